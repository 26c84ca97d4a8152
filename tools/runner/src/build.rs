//! Builds the components of a manifest before it is served.

use std::{
    collections::BTreeSet,
    path::{Component as Part, Path},
};

use anyhow::Result;
use guests::{PROFILE, TARGET, Workspace};

use crate::{manifest::Manifest, options::Options};

/// Builds what is missing or outdated among the components whose `source` is in cargo's target folder, in one
/// cargo call, and points the options at that folder. Where there are no sources, nothing is built.
///
/// # Errors
/// What is missing on the machine, or that the build failed.
pub fn prepare(manifest: &Manifest, options: Options) -> Result<Options> {
    if let Some(workspace) = Workspace::find(&manifest.folder)? {
        workspace.build(&packages(manifest))?;
    }
    locate(manifest, options)
}

/// Points the options at cargo's target folder without building: that is where the components are, and where
/// their compiled forms are kept between starts.
///
/// # Errors
/// When the manifest's folder cannot be made absolute.
pub fn locate(manifest: &Manifest, options: Options) -> Result<Options> {
    Ok(match Workspace::find(&manifest.folder)? {
        Some(workspace) => {
            options.cache_dir(workspace.target.join("compiled-components")).target_dir(workspace.target)
        }
        None => options,
    })
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
    // Several components may be made of one package.
    let all: BTreeSet<_> =
        manifest.component.values().filter_map(|component| package(&component.source)).collect();
    all.into_iter().collect()
}
