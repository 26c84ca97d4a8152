//! Programs that cargo cannot bring.

use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{run, works};

/// That `program` can be run: installs the Debian package that has it, where that takes no password.
pub(crate) fn need(program: &str, package: &str) -> Result<()> {
    if works(Command::new(program).arg("--version")) {
        return Ok(());
    }
    let Some(apt) = apt() else {
        bail!(
            "{program} is missing: install the package `{package}` (`sudo apt-get install {package}` on Debian and \
             Ubuntu) and try again"
        );
    };
    run(apt().args(["update", "-qq"]))?;
    run(apt().args(["install", "-y", "-qq", "--no-install-recommends", package]))?;
    if !works(Command::new(program).arg("--version")) {
        bail!("{program} is missing, also after the installation of `{package}`");
    }
    Ok(())
}

/// `apt-get` with the right to install, if there is one without a password.
fn apt() -> Option<impl Fn() -> Command> {
    let root = works(Command::new("test").args(["-w", "/var/lib/dpkg/lock"]));
    let sudo = !root && works(Command::new("sudo").args(["-n", "true"]));
    let there = works(Command::new("apt-get").arg("--version"));
    (there && (root || sudo)).then_some(move || {
        let mut command = Command::new(if root { "env" } else { "sudo" });
        if sudo {
            command.args(["-n", "env"]);
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    })
}
