//! The workspace and the components that its manifests name.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use guests::Workspace;
use serde::Deserialize;

/// The part of a manifest that matters here.
#[derive(Deserialize)]
struct Manifest {
    component: BTreeMap<String, Component>,
}

#[derive(Deserialize)]
struct Component {
    source: PathBuf,
}

/// The manifest with all components: the plain one has no schedules.
const MANIFEST: &str = "spin-cron.toml";
/// The component that only the runner's tests use.
const PROBE: &str = "guest-probe";

pub(crate) struct Application {
    pub(crate) workspace: Workspace,
    /// The packages that the components are made of; several components may be made of one.
    pub(crate) components: Vec<String>,
}

impl Application {
    pub(crate) fn find() -> Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let workspace = Workspace::find(here)?.context("this binary's workspace is gone")?;
        let path = workspace.root.join(MANIFEST);
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let manifest: Manifest = toml::from_str(&text).with_context(|| path.display().to_string())?;
        let package = |component: &Component| {
            let name = component.source.file_stem()?.to_str()?;
            Some(name.replace('_', "-"))
        };
        let packages: BTreeSet<_> = manifest.component.values().filter_map(package).collect();
        Ok(Self { workspace, components: packages.into_iter().collect() })
    }

    /// All packages that are built for the guest's target.
    pub(crate) fn guests(&self) -> Vec<String> {
        self.components.iter().cloned().chain([PROBE.to_owned()]).collect()
    }

    pub(crate) fn build(&self) -> Result<()> {
        self.workspace.build(&self.guests())
    }
}
