//! The workspace and the components that its manifest names.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};
use guests::Workspace;
use serde::Deserialize;

/// The part of `spin.toml` that matters here.
#[derive(Deserialize)]
struct Manifest {
    component: BTreeMap<String, toml::Value>,
}

/// The component that only the runner's tests use.
const PROBE: &str = "guest-probe";

pub(crate) struct Application {
    pub(crate) workspace: Workspace,
    /// Component ids; packages have the same names.
    pub(crate) components: Vec<String>,
}

impl Application {
    pub(crate) fn find() -> Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let workspace = Workspace::find(here)?.context("this binary's workspace is gone")?;
        let path = workspace.root.join("spin.toml");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let manifest: Manifest = toml::from_str(&text).with_context(|| path.display().to_string())?;
        Ok(Self { workspace, components: manifest.component.into_keys().collect() })
    }

    /// All packages that are built for the guest's target.
    pub(crate) fn guests(&self) -> Vec<String> {
        self.components.iter().cloned().chain([PROBE.to_owned()]).collect()
    }

    pub(crate) fn build(&self) -> Result<()> {
        self.workspace.build(&self.guests())
    }
}
