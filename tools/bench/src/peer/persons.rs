//! Persons and users.

use anyhow::{Context, Result};
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use simulator::Uuid;
use tempfile::TempDir;

use super::Session;
use crate::Iloq;

/// What the peer knows of persons, in a database of its own.
pub struct Persons {
    database: Connection,
    _folder: TempDir,
}

impl Persons {
    /// Knows nobody yet.
    ///
    /// # Errors
    /// When there is no place for the database.
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = Connection::open(folder.path().join("persons.db"))?;
        database.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE person (id TEXT PRIMARY KEY, record TEXT NOT NULL);",
        )?;
        Ok(Self { database, _folder: folder })
    }

    /// Lists iLOQ's persons and keeps what is new or changed; gives how many those were.
    ///
    /// # Errors
    /// iLOQ's refusal.
    pub async fn sync(&mut self, iloq: &Iloq) -> Result<usize> {
        let session = Session::open(iloq).await?;
        let listed = session.list("Persons").await?;
        session.close().await?;
        let transaction = self.database.transaction()?;
        let mut changed = 0;
        {
            let mut put = transaction.prepare(
                "INSERT INTO person (id, record) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE
                 SET record = excluded.record WHERE record <> excluded.record",
            )?;
            for person in &listed {
                changed += put.execute(params![person["Person_ID"].as_str(), person.to_string()])?;
            }
        }
        transaction.commit()?;
        Ok(changed)
    }
}

/// A user who is to become a person.
#[derive(Clone, Debug)]
pub struct Person {
    /// Known to the caller; the last name is made of it.
    pub external_id: String,
    /// The id in iLOQ.
    pub id: Uuid,
}

impl Person {
    /// The `number`th one.
    #[must_use]
    pub fn new(number: u32) -> Self {
        let id = Uuid::from_u128(0x6265_6e63_6800_4000_8000 << 48 | u128::from(number));
        Self { external_id: format!("bench{number:05}"), id }
    }

    /// As the portal's API takes it.
    #[must_use]
    pub fn user(&self) -> Value {
        json!({
            "firstName": "New", "lastName": self.external_id,
            "email": format!("{}@example.com", self.external_id), "companyName": "Example Oy",
        })
    }

    /// As iLOQ takes it.
    fn record(&self) -> Value {
        json!({ "Person": {
            "Person_ID": self.id, "FirstName": "New", "LastName": self.external_id, "PersonCode": "",
            "eMail": format!("{}@example.com", self.external_id), "CompanyName": "Example Oy",
            "ExternalPersonId": self.external_id,
        }, "ZoneIds": [] })
    }
}

/// One new user, as a portal saves it.
///
/// # Errors
/// iLOQ's refusal.
pub async fn save(iloq: &Iloq, person: &Person) -> Result<()> {
    push(iloq, std::slice::from_ref(person)).await
}

/// New users, as a nightly run brings them: one session and one listing for all of them.
///
/// # Errors
/// iLOQ's refusal.
pub async fn push(iloq: &Iloq, persons: &[Person]) -> Result<()> {
    let session = Session::open(iloq).await?;
    let listed = session.list("Persons").await?;
    let known: std::collections::BTreeSet<&str> =
        listed.iter().filter_map(|person| person["ExternalPersonId"].as_str()).collect();
    for person in persons {
        if !known.contains(person.external_id.as_str()) {
            session.post("Persons", person.record()).await?;
        }
    }
    session.close().await
}

/// Looks for a person in the whole listing.
pub(super) async fn find(session: &Session, external_id: &str) -> Result<Value> {
    let listed = session.list("Persons").await?;
    let found = listed.into_iter().find(|person| person["ExternalPersonId"] == external_id);
    found.with_context(|| format!("nobody is {external_id}"))
}
