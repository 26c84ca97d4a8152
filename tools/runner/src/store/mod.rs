//! Key-value backends.

#[cfg(test)]
mod conformance;
mod redis;
mod sqlite;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use anyhow::{Context, Result};

use crate::runtime_config::{KeyValueStore, RuntimeConfig};

/// One backend. Errors are texts for the guest: no address, no password.
pub(crate) enum Backend {
    Sqlite(sqlite::Sqlite),
    Redis(redis::Redis),
}

impl Backend {
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        match self {
            Self::Sqlite(store) => store.get(key),
            Self::Redis(store) => store.get(key).await,
        }
    }

    pub(crate) async fn set(&self, key: String, value: Vec<u8>) -> Result<(), String> {
        match self {
            Self::Sqlite(store) => store.write(key, Some(value)).await,
            Self::Redis(store) => store.set(&key, value).await,
        }
    }

    pub(crate) async fn delete(&self, key: String) -> Result<(), String> {
        match self {
            Self::Sqlite(store) => store.write(key, None).await,
            Self::Redis(store) => store.delete(&key).await,
        }
    }

    pub(crate) async fn exists(&self, key: &str) -> Result<bool, String> {
        match self {
            Self::Sqlite(store) => store.exists(key),
            Self::Redis(store) => store.exists(key).await,
        }
    }

    pub(crate) async fn keys(&self) -> Result<Vec<String>, String> {
        match self {
            Self::Sqlite(store) => store.keys(),
            Self::Redis(store) => store.keys().await,
        }
    }
}

/// Opens every backend that the configuration names, and `default` beside them.
pub(crate) fn open_all(config: &RuntimeConfig, state_dir: &Path) -> Result<BTreeMap<String, Arc<Backend>>> {
    let mut configured = config.key_value_store.clone();
    configured.entry("default".to_owned()).or_insert(KeyValueStore::Sqlite { path: None });
    let open = |(label, kind): (String, KeyValueStore)| {
        let backend = match kind {
            KeyValueStore::Sqlite { path } => {
                let path = path.unwrap_or_else(|| state_dir.join("sqlite_key_value.db"));
                sqlite::Sqlite::open(&path, &label).map(Backend::Sqlite)
            }
            KeyValueStore::Redis { url } => redis::Redis::new(&url).map(Backend::Redis),
        };
        let backend = backend.with_context(|| format!("key-value store `{label}`"))?;
        Ok((label, Arc::new(backend)))
    };
    configured.into_iter().map(open).collect()
}
