//! The SQLite backend: WAL, and every acknowledged write is on disk (`synchronous=FULL`).
//!
//! One thread writes. It takes all writes that wait into one transaction, so that many callers share one sync of
//! the disk, and answers them after the commit. Reads have a connection of their own, and see what is committed.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError, mpsc},
    time::Duration,
};

use anyhow::{Context, Result};
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::oneshot;

/// The same table as Spin's, so that a state folder can be moved between the two.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (store TEXT NOT NULL, key TEXT NOT NULL, \
                     value BLOB NOT NULL, PRIMARY KEY (store, key))";

/// More writes than this are not put into one transaction.
const MOST_IN_ONE: usize = 256;

struct Write {
    key: String,
    /// `None` deletes.
    value: Option<Vec<u8>>,
    done: oneshot::Sender<Result<(), String>>,
}

pub(crate) struct Sqlite {
    label: String,
    reader: Mutex<Connection>,
    writes: mpsc::Sender<Write>,
}

impl Sqlite {
    pub(crate) fn open(path: &Path, label: &str) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let (writer, reader) = (connect(path)?, connect(path)?);
        let (writes, waiting) = mpsc::channel();
        let store = label.to_owned();
        std::thread::Builder::new()
            .name(format!("key-value {label}"))
            .spawn(move || write_all(writer, &store, &waiting))?;
        Ok(Self { label: label.to_owned(), reader: Mutex::new(reader), writes })
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        let reader = self.reader();
        let mut query = reader
            .prepare_cached("SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2")
            .map_err(text)?;
        query.query_row([&self.label, key], |row| row.get(0)).optional().map_err(text)
    }

    pub(crate) fn exists(&self, key: &str) -> Result<bool, String> {
        let reader = self.reader();
        let mut query = reader
            .prepare_cached("SELECT 1 FROM spin_key_value WHERE store = ?1 AND key = ?2")
            .map_err(text)?;
        query.exists([&self.label, key]).map_err(text)
    }

    pub(crate) fn keys(&self) -> Result<Vec<String>, String> {
        let reader = self.reader();
        let mut query =
            reader.prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1").map_err(text)?;
        let rows = query.query_map([&self.label], |row| row.get(0)).map_err(text)?;
        rows.collect::<Result<_, _>>().map_err(text)
    }

    /// Resolves when the write is on disk.
    pub(crate) async fn write(&self, key: String, value: Option<Vec<u8>>) -> Result<(), String> {
        let gone = || "sqlite: the writer is gone".to_owned();
        let (done, outcome) = oneshot::channel();
        self.writes.send(Write { key, value, done }).map_err(|_| gone())?;
        outcome.await.map_err(|_| gone())?
    }
}

fn connect(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute(TABLE, [])?;
    Ok(connection)
}

/// Ends when the last sender is gone.
fn write_all(mut connection: Connection, store: &str, waiting: &mpsc::Receiver<Write>) {
    while let Ok(first) = waiting.recv() {
        let batch: Vec<Write> =
            std::iter::once(first).chain(waiting.try_iter().take(MOST_IN_ONE - 1)).collect();
        let outcome = commit(&mut connection, store, &batch).map_err(text);
        for write in batch {
            // The caller may have gone away; the write holds all the same.
            let _ = write.done.send(outcome.clone());
        }
    }
}

fn commit(connection: &mut Connection, store: &str, batch: &[Write]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for Write { key, value, .. } in batch {
        match value {
            Some(value) => {
                let sql = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3) \
                           ON CONFLICT (store, key) DO UPDATE SET value = excluded.value";
                transaction.prepare_cached(sql)?.execute(params![store, key, value])?
            }
            None => {
                let sql = "DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2";
                transaction.prepare_cached(sql)?.execute([store, key])?
            }
        };
    }
    transaction.commit()
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function for map_err")]
fn text(error: rusqlite::Error) -> String {
    format!("sqlite: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_acknowledged_is_there_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/kv.db");
        let store = Sqlite::open(&path, "default").unwrap();
        store.write("a".into(), Some(b"1".to_vec())).await.unwrap();
        store.write("b".into(), Some(b"2".to_vec())).await.unwrap();
        store.write("a".into(), None).await.unwrap();
        drop(store);
        let store = Sqlite::open(&path, "default").unwrap();
        assert_eq!(store.get("a").unwrap(), None);
        assert_eq!(store.get("b").unwrap(), Some(b"2".to_vec()));
        assert!(store.exists("b").unwrap() && !store.exists("a").unwrap());
        assert_eq!(store.keys().unwrap(), ["b"]);
    }

    #[tokio::test]
    async fn stores_with_different_labels_in_one_file_are_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kv.db");
        let (one, two) = (Sqlite::open(&path, "one").unwrap(), Sqlite::open(&path, "two").unwrap());
        one.write("k".into(), Some(b"1".to_vec())).await.unwrap();
        assert_eq!(two.get("k").unwrap(), None);
    }

    #[test]
    fn every_commit_is_synced_to_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let connection = connect(&folder.path().join("kv.db")).unwrap();
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, String>(0));
        assert_eq!(pragma("journal_mode").unwrap(), "wal");
        let full = connection.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(full, 2, "2 is FULL");
    }
}
