//! What has to be installed.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

/// The target triple of the components.
pub const TARGET: &str = "wasm32-wasip2";

/// Installs the target by rustup if the compiler that is used in `folder` does not have it.
///
/// # Errors
/// Says what is missing: rustc, rustup, or what rustup said.
pub fn ensure_target(folder: &Path) -> Result<()> {
    if sysroot(folder)?.join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    let install = Command::new("rustup").args(["target", "add", TARGET]).current_dir(folder).status();
    match install {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => {
            bail!("`rustup target add {TARGET}` failed; the components cannot be built without that target")
        }
        Err(error) => bail!(
            "the target {TARGET} is not installed, and rustup cannot be run to install it ({error}): install rustup, \
             or the target by the way your rustc came"
        ),
    }
}

fn sysroot(folder: &Path) -> Result<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).current_dir(folder).output();
    let output = output.context("rustc cannot be run: install Rust (https://rustup.rs)")?;
    if !output.status.success() {
        bail!("`rustc --print sysroot` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// A sentence about the linker, when there is none: build scripts and macros of the components need it.
pub(crate) fn linker_hint() -> &'static str {
    match Command::new("cc").arg("--version").output() {
        Ok(_) => "",
        Err(_) => {
            "; `cc` cannot be run, and cargo links build scripts with it: install a C compiler (gcc or clang)"
        }
    }
}
