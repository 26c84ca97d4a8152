//! The access log.

use std::{collections::BTreeMap, fmt::Write};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Session;
use crate::Iloq;

/// iLOQ answers with at most 2,000 rows that have names; a few others may lie between them.
const NAMED_AT_ONCE: usize = 1_900;
/// Rows by arrival come in windows of so long.
const WINDOW: TimeDelta = TimeDelta::days(7);

/// The rows that the peer has read, in a database of its own.
pub struct Log {
    database: Connection,
    _folder: TempDir,
}

/// The body of a call for rows.
#[must_use]
pub fn span(prefix: &str, from: DateTime<Utc>, until: DateTime<Utc>) -> Value {
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({ (format!("{prefix}StartDateUtc")): text(from), (format!("{prefix}EndDateUtc")): text(until) })
}

/// The windows from `from` to `until`.
#[must_use]
pub fn windows(from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let starts = std::iter::successors(Some(from), |start| Some(*start + WINDOW));
    starts.take_while(|start| *start < until).map(|start| (start, until.min(start + WINDOW))).collect()
}

impl Log {
    /// Has no rows yet.
    ///
    /// # Errors
    /// When there is no place for the database.
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = Connection::open(folder.path().join("log.db"))?;
        database.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE row (id TEXT PRIMARY KEY, at TEXT, arrived TEXT, door TEXT, key TEXT, person TEXT);
             CREATE INDEX by_time ON row (at);",
        )?;
        Ok(Self { database, _folder: folder })
    }

    /// Reads the rows that arrived in that time, and the names of their holders.
    ///
    /// # Errors
    /// iLOQ's refusal.
    pub async fn pull(&mut self, iloq: &Iloq, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<()> {
        let session = Session::open(iloq).await?;
        let locks = locks(&session).await?;
        for (from, until) in windows(from, until) {
            let rows = arrived(&session, from, until).await?;
            let mut names = BTreeMap::new();
            for rows in rows.chunks(NAMED_AT_ONCE) {
                names.extend(named(&session, &locks, rows).await?);
            }
            let transaction = self.database.transaction()?;
            {
                let mut put =
                    transaction.prepare("INSERT OR IGNORE INTO row VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
                for row in &rows {
                    let id = text(row, "DeviceLog_ID");
                    let name = names.get(id);
                    put.execute(params![
                        id,
                        text(row, "GoingDate"),
                        text(row, "TimestampUtc"),
                        text(row, "LockingObject"),
                        text(row, "FNKey_ID"),
                        name
                    ])?;
                }
            }
            transaction.commit()?;
        }
        session.close().await
    }

    /// How many rows there are, and how many of them have a name.
    ///
    /// # Errors
    /// The database's.
    pub fn counts(&self) -> Result<(u32, u32)> {
        let counts = self
            .database
            .query_row("SELECT count(*), count(person) FROM row", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(counts)
    }

    /// What somebody did without a copy of the log: a page of `rows` rows that end before `until`, read from iLOQ.
    /// Gives how many there are.
    ///
    /// # Errors
    /// iLOQ's refusal.
    pub async fn page(iloq: &Iloq, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<usize> {
        let session = Session::open(iloq).await?;
        let mut search = span("Going", from, until);
        search["FLockIds"] = locks(&session).await?;
        let answer = session.post("LockLogs", search).await?;
        session.close().await?;
        Ok(answer["LockLogs"].as_array().map_or(0, Vec::len))
    }

    /// The same by arrival, as somebody does who asks for what is new.
    ///
    /// # Errors
    /// iLOQ's refusal.
    pub async fn news(iloq: &Iloq, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<usize> {
        let session = Session::open(iloq).await?;
        let locks = locks(&session).await?;
        let rows = arrived(&session, from, until).await?;
        let names = named(&session, &locks, &rows).await?;
        session.close().await?;
        ensure!(names.len() == rows.len(), "names are missing");
        Ok(rows.len())
    }

    /// A file of all rows, read from iLOQ. Gives how many lines it has.
    ///
    /// # Errors
    /// iLOQ's refusal.
    pub async fn csv(iloq: &Iloq, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<usize> {
        let session = Session::open(iloq).await?;
        let locks = locks(&session).await?;
        let mut file = "id,occurredAt,receivedAt,doorName,keyId,personName\r\n".to_owned();
        for (from, until) in windows(from, until) {
            let rows = arrived(&session, from, until).await?;
            for rows in rows.chunks(NAMED_AT_ONCE) {
                let names = named(&session, &locks, rows).await?;
                for row in rows {
                    let [id, at, arrived, door, key] =
                        ["DeviceLog_ID", "GoingDate", "TimestampUtc", "LockingObject", "FNKey_ID"]
                            .map(|member| text(row, member));
                    let name = names.get(id).map_or("", String::as_str);
                    write!(file, "{id},{at},{arrived},\"{door}\",{key},\"{name}\"\r\n")?;
                }
            }
        }
        session.close().await?;
        Ok(file.lines().count())
    }
}

fn text<'a>(row: &'a Value, member: &str) -> &'a str {
    row[member].as_str().unwrap_or_default()
}

/// The ids of all locks: without them, iLOQ tells no names.
async fn locks(session: &Session) -> Result<Value> {
    let locks = session.list("Locks").await?;
    Ok(locks.iter().map(|lock| lock["FLock_ID"].clone()).collect())
}

async fn arrived(session: &Session, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<Vec<Value>> {
    let mut answer = session.post("LockLogs/GetLockLogDataByTimestamp", span("", from, until)).await?;
    let Value::Array(mut rows) = answer["LockLogs"].take() else {
        anyhow::bail!("no rows in iLOQ's answer");
    };
    rows.sort_by(|one, other| text(one, "TimestampUtc").cmp(text(other, "TimestampUtc")));
    Ok(rows)
}

/// Holders at that time, by the rows' ids. `rows` are in the order of their arrival.
async fn named(session: &Session, locks: &Value, rows: &[Value]) -> Result<BTreeMap<String, String>> {
    let moments = rows.iter().filter_map(|row| text(row, "GoingDate").parse::<DateTime<Utc>>().ok());
    let (Some(first), Some(last)) = (moments.clone().min(), moments.max()) else {
        return Ok(BTreeMap::new());
    };
    let mut search = span("Going", first, last + TimeDelta::milliseconds(1));
    search["FLockIds"] = locks.clone();
    let answer = session.post("LockLogs", search).await?;
    let found = answer["LockLogs"].as_array().context("no rows in iLOQ's answer")?;
    ensure!(found.len() >= rows.len(), "iLOQ has left out rows");
    let name = |row: &Value| {
        Some((row["DeviceLog_ID"].as_str()?.to_owned(), row["FNKey"]["PersonName"].as_str()?.to_owned()))
    };
    Ok(found.iter().filter_map(name).collect())
}
