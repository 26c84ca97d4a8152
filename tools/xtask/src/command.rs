//! Running other programs.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::application::Application;

/// `cargo` in the workspace's root, with its target folder.
pub(crate) fn in_root(app: &Application, args: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(args).current_dir(&app.workspace.root).env("CARGO_TARGET_DIR", &app.workspace.target);
    command
}

pub(crate) fn cargo(app: &Application, args: &[&str]) -> Result<()> {
    run(&mut in_root(app, args))
}

/// Runs to the end; a failure is an error that shows the command.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    eprintln!("+ {}", shown(command));
    let status = command.status().with_context(|| format!("`{}` cannot be run", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Whether a command runs and succeeds; its output is dropped.
pub(crate) fn works(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    let program = words.first().and_then(|program| program.rsplit('/').next()).unwrap_or_default();
    std::iter::once(program).chain(words.iter().skip(1).map(AsRef::as_ref)).collect::<Vec<_>>().join(" ")
}
