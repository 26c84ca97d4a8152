//! What lies in the store's files.

use std::{collections::BTreeMap, path::Path};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

/// Every value by its key.
pub fn rows(state: &Path) -> BTreeMap<String, Vec<u8>> {
    let path = databases(state).pop().expect("the store has a file");
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut query = connection.prepare("SELECT key, value FROM spin_key_value").unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// What was saved: without the trail of refused writes, and the requests that are remembered.
pub fn saved(state: &Path) -> BTreeMap<String, Vec<u8>> {
    let kept = |key: &str| !key.contains(":audit") && !key.contains(":idem:");
    rows(state).into_iter().filter(|(key, _)| kept(key)).collect()
}

/// Writes a value past the application.
pub fn overwrite(state: &Path, key: &str, value: &[u8]) {
    let path = databases(state).pop().expect("the store has a file");
    let connection = Connection::open(path).unwrap();
    let changed =
        connection.execute("UPDATE spin_key_value SET value = ?2 WHERE key = ?1", (key, value)).unwrap();
    assert_eq!(changed, 1, "{key}");
}

/// The bytes of all files of the store, the log of writes included.
pub fn bytes(state: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(state).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file()).flat_map(|path| std::fs::read(path).unwrap()).collect()
}

/// Everything in the store is again as [`rows`] has told.
pub fn restore(state: &Path, rows: &BTreeMap<String, Vec<u8>>) {
    let path = databases(state).pop().expect("the store has a file");
    let mut connection = Connection::open(path).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
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

fn databases(state: &Path) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(state).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|end| end == "db")).collect()
}
