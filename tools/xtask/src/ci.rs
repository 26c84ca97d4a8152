//! What CI checks.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::{
    application::Application,
    command::{cargo, in_root, run, works},
    packages, surface, test,
};

/// From the quickest to the slowest, so that a mistake shows early. The tests are last: the last lines are theirs.
pub(crate) fn ci(app: &Application) -> Result<()> {
    packages::need("redis-server", "redis-server")?;
    guests::ensure_target(&app.workspace.root)?;
    cargo(app, &["fmt", "--all", "--check"])?;
    deny(app)?;
    clippy(app)?;
    doc(app)?;
    app.build()?;
    surface::sizes(app)?;
    surface::check(app, false)?;
    test::test(app, &[])
}

pub(crate) fn clippy(app: &Application) -> Result<()> {
    cargo(app, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    let mut guests = in_root(app, &["clippy", "--target", guests::TARGET, "--package", "platform"]);
    for package in app.guests() {
        guests.args(["--package", &package]);
    }
    run(guests.args(["--", "-D", "warnings"]))
}

pub(crate) fn doc(app: &Application) -> Result<()> {
    run(in_root(app, &["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}

/// Installs `cargo-deny` into the cache where it is missing.
pub(crate) fn deny(app: &Application) -> Result<()> {
    let args = ["--all-features", "check", "bans", "licenses", "sources"];
    if works(&mut in_root(app, &["deny", "--version"])) {
        let mut command = in_root(app, &["deny"]);
        return run(command.args(args));
    }
    let root = cache()?.join("tools");
    let program = root.join("bin/cargo-deny");
    if !works(Command::new(&program).arg("--version")) {
        let mut install = in_root(app, &["install", "--locked", "cargo-deny", "--root"]);
        // Not into the workspace's target folder: its dependencies are others'.
        run(install.arg(&root).env_remove("CARGO_TARGET_DIR"))?;
    }
    run(Command::new(&program).args(args).current_dir(&app.workspace.root))
}

/// A folder that outlives a clone.
fn cache() -> Result<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    Ok(base.context("neither XDG_CACHE_HOME nor HOME is set")?.join("iloq-functions"))
}
