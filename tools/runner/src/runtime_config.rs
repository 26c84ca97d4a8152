//! The runtime configuration file: key-value backends and certificate authorities.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::Deserialize;

/// What the operator decides, apart from the application. Unknown fields are refused with their name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeConfig {
    /// Key-value backends by label. A label `default` that is not here is SQLite in the state folder.
    #[serde(default)]
    pub key_value_store: BTreeMap<String, KeyValueStore>,
    /// Own certificate authorities.
    #[serde(default)]
    pub client_tls: Vec<ClientTls>,
}

/// One key-value backend.
#[derive(Clone, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum KeyValueStore {
    /// An SQLite file; without a path `sqlite_key_value.db` in the state folder. The type is also called `spin`.
    #[serde(alias = "spin")]
    Sqlite {
        /// The file, relative to the configuration file.
        #[serde(default)]
        path: Option<PathBuf>,
    },
    /// A Redis server.
    Redis {
        /// `redis://[user:password@]host:port[/db]`.
        url: String,
    },
}

impl std::fmt::Debug for KeyValueStore {
    /// Without the address: it may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite { path } => f.debug_struct("Sqlite").field("path", path).finish(),
            Self::Redis { .. } => f.write_str("Redis"),
        }
    }
}

/// A certificate authority for some hosts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientTls {
    /// The components that this holds for; empty for all.
    #[serde(default)]
    pub component_ids: Vec<String>,
    /// Exact host names.
    pub hosts: Vec<String>,
    /// A PEM file with the authorities to trust, beside the public ones.
    pub ca_roots_file: PathBuf,
}

impl RuntimeConfig {
    /// Reads the file; its relative paths are made relative to its folder.
    ///
    /// # Errors
    /// An unreadable file or an unknown field.
    pub fn load(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut config: Self = toml::from_str(&text).with_context(|| path.display().to_string())?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for store in config.key_value_store.values_mut() {
            if let KeyValueStore::Sqlite { path: Some(file) } = store {
                *file = folder.join(&*file);
            }
        }
        for tls in &mut config.client_tls {
            tls.ca_roots_file = folder.join(&tls.ca_roots_file);
        }
        Ok(config)
    }
}
