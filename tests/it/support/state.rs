//! Where an application keeps its state, and what lies there.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use redis::Commands;
use redis_server::RedisServer;
use runner::{KeyValueStore, RuntimeConfig};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use tempfile::TempDir;

/// With this variable set to `redis`, every application of a test has a Redis of its own in place of SQLite.
const STORE: &str = "ILOQ_FUNCTIONS_STORE";

/// Everything by its key.
pub type Rows = BTreeMap<String, Vec<u8>>;

/// A folder, and perhaps a Redis.
pub struct State {
    folder: TempDir,
    /// The Redis of its own that the environment asked for.
    own: Option<RedisServer>,
    /// The address of the Redis, if that is the store.
    url: Option<String>,
}

impl State {
    /// An empty one, as the environment asks for; or on the Redis at `url`.
    pub fn new(url: Option<String>) -> Self {
        let wanted = std::env::var(STORE).is_ok_and(|store| store == "redis");
        let own = if wanted && url.is_none() { Some(RedisServer::start()) } else { None };
        let url = url.or_else(|| own.as_ref().map(RedisServer::url));
        Self { folder: tempfile::tempdir().unwrap(), own, url }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What tells a host of the store.
    pub fn runtime_config(&self) -> RuntimeConfig {
        let mut config = RuntimeConfig::default();
        if let Some(url) = self.url.clone() {
            config.key_value_store.insert("default".to_owned(), KeyValueStore::Redis { url });
        }
        config
    }

    /// The same as a file for the command line.
    pub fn runtime_config_file(&self) -> Option<PathBuf> {
        let url = self.url.as_ref()?;
        let path = self.folder().join("runtime-config.toml");
        let text = format!("[key_value_store.default]\ntype = \"redis\"\nurl = \"{url}\"\n");
        std::fs::write(&path, text).unwrap();
        Some(path)
    }

    fn redis(&self) -> Option<redis::Connection> {
        Some(redis::Client::open(self.url.as_deref()?).unwrap().get_connection().unwrap())
    }

    fn sqlite(&self) -> PathBuf {
        self.folder().join("sqlite_key_value.db")
    }

    /// Every value by its key.
    pub fn rows(&self) -> Rows {
        if let Some(mut redis) = self.redis() {
            let keys: Vec<String> = redis.keys("*").unwrap();
            return keys.into_iter().map(|key| (key.clone(), redis.get(key).unwrap())).collect();
        }
        let connection =
            Connection::open_with_flags(self.sqlite(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let mut query = connection.prepare("SELECT key, value FROM spin_key_value").unwrap();
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// What was saved: without the trail of refused writes, and the requests that are remembered.
    pub fn saved(&self) -> Rows {
        let kept = |key: &str| !key.contains(":audit") && !key.contains(":idem:");
        self.rows().into_iter().filter(|(key, _)| kept(key)).collect()
    }

    /// Writes a value past the application.
    pub fn overwrite(&self, key: &str, value: &[u8]) {
        if let Some(mut redis) = self.redis() {
            let (): () = redis.set(key, value).unwrap();
            return;
        }
        let connection = Connection::open(self.sqlite()).unwrap();
        let changed =
            connection.execute("UPDATE spin_key_value SET value = ?2 WHERE key = ?1", (key, value)).unwrap();
        assert_eq!(changed, 1, "{key}");
    }

    /// The bytes of all files of the store, the log of writes included.
    pub fn bytes(&self) -> Vec<u8> {
        fn read(folder: &Path, into: &mut Vec<u8>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    read(&path, into);
                } else {
                    into.extend(std::fs::read(path).unwrap());
                }
            }
        }
        let mut all = Vec::new();
        read(self.own.as_ref().map_or(self.folder(), RedisServer::folder), &mut all);
        all
    }

    /// Everything in the store is again as [`Self::rows`] has told.
    pub fn restore(&self, rows: &Rows) {
        if let Some(mut redis) = self.redis() {
            let mut all = redis::pipe();
            all.atomic().cmd("FLUSHDB").ignore();
            for (key, value) in rows {
                all.set(key, value).ignore();
            }
            let (): () = all.query(&mut redis).unwrap();
            return;
        }
        let mut connection = Connection::open(self.sqlite()).unwrap();
        connection.busy_timeout(Duration::from_secs(5)).unwrap();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        transaction.execute("DELETE FROM spin_key_value", []).unwrap();
        {
            let sql = "INSERT INTO spin_key_value (store, key, value) VALUES ('default', ?1, ?2)";
            let mut insert = transaction.prepare(sql).unwrap();
            for row in rows {
                insert.execute(row).unwrap();
            }
        }
        transaction.commit().unwrap();
    }
}
