//! Builds the components of a manifest before it is served.

use std::path::{Component as Part, Path};

use anyhow::Result;
use guests::{PROFILE, TARGET, Workspace};

use crate::{manifest::Manifest, options::Options};

/// Builds what is missing or outdated among the components whose `source` is in cargo's target folder, in one
/// cargo call, and points the options at that folder. Where there are no sources, nothing is built.
///
/// # Errors
/// What is missing on the machine, or that the build failed.
pub fn prepare(manifest: &Manifest, options: Options) -> Result<Options> {
    let Some(workspace) = Workspace::find(&manifest.folder)? else { return Ok(options) };
    workspace.build(&packages(manifest))?;
    let cache = workspace.target.join("compiled-components");
    Ok(options.cache_dir(cache).target_dir(workspace.target))
}

/// The packages that the manifest's components are built from. A package has its component's file name, with `-`
/// for `_`.
#[must_use]
pub fn packages(manifest: &Manifest) -> Vec<String> {
    let built = Path::new("target").join(TARGET).join(PROFILE);
    let package = |source: &Path| {
        let file = source.strip_prefix(&built).ok()?;
        let single =
            file.components().count() == 1 && matches!(file.components().next(), Some(Part::Normal(_)));
        single.then(|| file.file_stem()?.to_str().map(|stem| stem.replace('_', "-")))?
    };
    manifest.component.values().filter_map(|component| package(&component.source)).collect()
}
