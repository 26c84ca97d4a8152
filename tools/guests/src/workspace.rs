//! The workspace that the components are built from.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result, bail};

use crate::toolchain::{TARGET, ensure_target, linker_hint};

/// The cargo profile of the components.
pub const PROFILE: &str = "guest";
/// When this environment variable is set, the components are there already and nothing is built. Tests that run
/// as many processes need not ask cargo in each.
pub const PREBUILT: &str = "ILOQ_FUNCTIONS_PREBUILT";

/// What this process has built: a root and its packages.
static DONE: Mutex<BTreeSet<(PathBuf, BTreeSet<String>)>> = Mutex::new(BTreeSet::new());

/// A folder with a `Cargo.toml` that has `[workspace]`, and its target folder.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The folder.
    pub root: PathBuf,
    /// Cargo's target folder: `CARGO_TARGET_DIR`, or `target` in the root.
    pub target: PathBuf,
}

impl Workspace {
    /// The workspace that `folder` is in; `None` where there are no sources, only built files.
    ///
    /// # Errors
    /// When the folder cannot be made absolute.
    pub fn find(folder: &Path) -> Result<Option<Self>> {
        let folder = std::path::absolute(folder)?;
        let is_root = |dir: &&Path| {
            std::fs::read_to_string(dir.join("Cargo.toml"))
                .is_ok_and(|text| text.lines().any(|line| line.trim() == "[workspace]"))
        };
        let Some(root) = folder.ancestors().find(is_root) else { return Ok(None) };
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => std::path::absolute(folder)?,
            None => root.join("target"),
        };
        Ok(Some(Self { root: root.to_owned(), target }))
    }

    /// The file that a package's component is built into.
    #[must_use]
    pub fn wasm(&self, package: &str) -> PathBuf {
        self.target.join(TARGET).join(PROFILE).join(format!("{}.wasm", package.replace('-', "_")))
    }

    /// Builds the packages' components in one cargo call, which rebuilds what is outdated and nothing else.
    /// A process asks cargo once for the same packages, however many of its tests want them.
    ///
    /// # Errors
    /// What is missing on the machine, or that cargo failed (its own words are on stderr).
    pub fn build(&self, packages: &[String]) -> Result<()> {
        if packages.is_empty() || std::env::var_os(PREBUILT).is_some() {
            return Ok(());
        }
        let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = (self.root.clone(), packages.iter().cloned().collect());
        if done.contains(&wanted) {
            return Ok(());
        }
        self.call_cargo(packages)?;
        done.insert(wanted);
        Ok(())
    }

    /// Rustc's flags that put fixed names in the place of this machine's folders: panics name source files, so without
    /// them each machine would build other bytes, and tell its users' names to whoever reads the component.
    fn same_paths(&self) -> String {
        let mut folders = vec![(self.root.clone(), "/iloq-functions"), (self.target.clone(), "/target")];
        let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        folders.extend(
            cargo.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).map(|home| (home, "/cargo")),
        );
        let flags =
            folders.iter().map(|(folder, name)| format!("'--remap-path-prefix={}={name}'", folder.display()));
        format!("target.{TARGET}.rustflags=[{}]", flags.collect::<Vec<_>>().join(","))
    }

    fn call_cargo(&self, packages: &[String]) -> Result<()> {
        ensure_target(&self.root)?;
        // Inside `cargo run` this is the cargo that runs; a plain `cargo` otherwise.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(["build", "--profile", PROFILE, "--target", TARGET]).current_dir(&self.root);
        command.args(["--config", &self.same_paths()]);
        command.env("CARGO_TARGET_DIR", &self.target);
        // Set by tools that wrap the compiler for this process; they have no business in the components.
        command.env_remove("RUSTC_WORKSPACE_WRAPPER").env_remove("RUSTFLAGS");
        for package in packages {
            command.args(["--package", package]);
        }
        let status = command.status().context("cargo cannot be run: install Rust (https://rustup.rs)")?;
        if !status.success() {
            bail!("the components could not be built{}", linker_hint());
        }
        Ok(())
    }
}
