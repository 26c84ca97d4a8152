//! `spin.toml`, manifest version 2.

mod checks;
mod schedule;
mod template;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::Deserialize;

pub(crate) use checks::is_variable_name;
pub(crate) use schedule::Schedule;
pub(crate) use template::expand;

/// An application. Fields that this host does not know are refused with their name: a field that is read and
/// not honoured would be a promise broken in silence.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Must be 2.
    pub spin_manifest_version: u32,
    /// Name and texts; nothing here changes what the host does.
    pub application: Application,
    /// The application's variables by name.
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    /// Triggers by kind.
    #[serde(default)]
    pub trigger: Trigger,
    /// Components by id.
    #[serde(default)]
    pub component: BTreeMap<String, Component>,
    /// The folder that the manifest was read from; `source` paths are relative to it.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// The `[application]` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The application's name.
    pub name: String,
    /// Its version.
    #[serde(default)]
    pub version: Option<String>,
    /// A text for people.
    #[serde(default)]
    pub description: Option<String>,
    /// Names and addresses.
    #[serde(default)]
    pub authors: Vec<String>,
}

/// One entry of `[variables]`: either required or with a default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The value when nobody gives one.
    #[serde(default)]
    pub default: Option<String>,
    /// Whether the start fails when nobody gives a value.
    #[serde(default)]
    pub required: bool,
    /// Whether the value must not be shown.
    #[serde(default)]
    pub secret: bool,
    /// A text for people.
    #[serde(default)]
    pub description: Option<String>,
}

/// The triggers that this host knows. Another kind is an unknown field, and refused.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// HTTP routes.
    #[serde(default)]
    pub http: Vec<HttpTrigger>,
    /// Schedules.
    #[serde(default)]
    pub cron: Vec<CronTrigger>,
}

impl Trigger {
    /// Whether anything calls the component.
    #[must_use]
    pub fn calls(&self, component: &str) -> bool {
        let http = self.http.iter().map(|trigger| &trigger.component);
        http.chain(self.cron.iter().map(|trigger| &trigger.component)).any(|id| id == component)
    }
}

/// One `[[trigger.http]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpTrigger {
    /// The path pattern: `/a/:param/b`, or `/a/...` for everything below.
    pub route: String,
    /// The component that answers.
    pub component: String,
}

/// One `[[trigger.cron]]`, as the released cron trigger for Spin takes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CronTrigger {
    /// The component whose `handle-cron-event` is called.
    pub component: String,
    /// Six fields, seconds first, in UTC.
    pub cron_expression: String,
}

/// One `[component.<id>]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// The `.wasm` file, relative to the manifest.
    pub source: PathBuf,
    /// A text for people.
    #[serde(default)]
    pub description: Option<String>,
    /// Environment variables that the component sees.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Labels of the key-value stores it may open.
    #[serde(default)]
    pub key_value_stores: Vec<String>,
    /// Patterns of the addresses it may call; may hold `{{ variable }}`.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// The variables it sees, as templates over the application's.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// How Spin builds it. This host builds by cargo itself.
    #[serde(default)]
    pub build: Option<Build>,
}

/// How `spin build` makes the component.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The command.
    pub command: String,
    /// The folder it runs in.
    #[serde(default)]
    pub workdir: Option<PathBuf>,
    /// What `spin watch` looks at.
    #[serde(default)]
    pub watch: Vec<String>,
}

impl Manifest {
    /// Reads and checks a manifest file.
    ///
    /// # Errors
    /// An unreadable file, an unknown field (named), a route or name that means nothing.
    pub fn load(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self::parse(&text, folder).with_context(|| format!("{} cannot be served", path.display()))
    }

    /// Parses and checks a manifest's text; `folder` is what `source` is relative to.
    ///
    /// # Errors
    /// As [`Manifest::load`].
    pub fn parse(text: &str, folder: &Path) -> Result<Self> {
        let mut manifest: Self = toml::from_str(text)?;
        manifest.folder = folder.to_owned();
        checks::check(&manifest)?;
        Ok(manifest)
    }
}
