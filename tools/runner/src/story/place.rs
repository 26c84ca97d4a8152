//! Where the application is.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::Manifest;

/// The manifest of the clone that the working directory is in; elsewhere, of the clone that this was built from.
///
/// `name` is the file's: both manifests lie side by side.
pub(super) fn manifest(name: &str) -> Result<Manifest> {
    let here = env::current_dir().context("the working directory cannot be read")?;
    let built = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = find(&here).or_else(|| find(built)).with_context(|| {
        format!("no spin.toml beside a Cargo.toml in {} or above: go into the clone first", here.display())
    })?;
    Manifest::load(&found.with_file_name(name))
}

/// A `spin.toml` with the sources beside it, in `folder` or above.
fn find(folder: &Path) -> Option<PathBuf> {
    let beside = |dir: &&Path| dir.join("spin.toml").is_file() && dir.join("Cargo.toml").is_file();
    folder.ancestors().find(beside).map(|dir| dir.join("spin.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_from_any_folder_inside() {
        let deep = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/story/steps");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        assert_eq!(find(&deep), Some(root.join("spin.toml")));
        assert_eq!(find(Path::new("/")), None);
    }
}
