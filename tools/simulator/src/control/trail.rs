//! Rows of the audit trail that nobody opened a door for: single ones as they are wanted, and very many.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    clock::parse_utc,
    http::Refusal,
    keys::{self, KeyRow},
    logs,
    persons::full_name,
    trail::LogRow,
    world::{System, World},
};

/// A row of the audit trail. What is not given is left out, or taken from the key.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewLogRow {
    /// Its id: a known one for a row that comes again. A new one is made for `None`.
    pub id: Option<Uuid>,
    /// The lock; one that does not exist is a lock that was deleted. The first one if `None`.
    pub lock: Option<Uuid>,
    /// The key.
    pub key: Option<Uuid>,
    /// When, UTC; `None` for a lock without a clock.
    pub at: Option<String>,
    /// When the row reaches the server, UTC; at once if `None`.
    pub arrives_at: Option<String>,
    /// The type bits; 4 (it went well) if `None`.
    pub kind: Option<i64>,
    /// The error code.
    pub error: i64,
    /// The holder's name; that of the key's holder if `None`.
    pub person_name: Option<String>,
}

/// Many rows, one after another in even steps, over all locks and all keys that somebody holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogFill {
    /// How many.
    pub count: u32,
    /// When the first one arrives, UTC.
    pub from: String,
    /// Milliseconds from one arrival to the next.
    pub every_ms: i64,
    /// Milliseconds from the passage to the arrival.
    #[serde(default)]
    pub delay_ms: i64,
    /// One row in so many is refused; 0 for none.
    #[serde(default)]
    pub refused_each: u32,
    /// One row in so many has no time; 0 for none.
    #[serde(default)]
    pub undated_each: u32,
}

impl LogFill {
    /// A row in each minute from `from` on, some of which are refused.
    #[must_use]
    pub fn each_minute(count: u32, from: DateTime<Utc>) -> Self {
        Self {
            count,
            from: from.to_rfc3339(),
            every_ms: 60_000,
            delay_ms: 4_000,
            refused_each: 11,
            undated_each: 0,
        }
    }
}

impl World {
    /// Adds a row. Gives its id.
    pub(crate) fn add_log_row(&mut self, system: Option<Uuid>, new: &NewLogRow) -> Result<Uuid, Refusal> {
        let now = self.now();
        let time = |text: &str| parse_utc(text).ok_or_else(|| Refusal::invalid("at", text));
        let went_at = new.at.as_deref().map(time).transpose()?;
        let arrives_at = new.arrives_at.as_deref().map_or(Ok(now), time)?;
        let id = new.id.unwrap_or_else(|| self.ids.next());
        let system = self.system(system)?;
        let first = system.locks.iter().next().map(|(id, _)| id);
        let (person, name) = holder(system, new.key);
        let row = LogRow {
            id,
            lock: new.lock.or(first).unwrap_or_default(),
            key: new.key,
            went_at,
            arrives_at,
            kind: new.kind.unwrap_or(logs::OPENED),
            error: new.error,
            person,
            person_name: new.person_name.as_deref().map(Arc::from).or(name),
            counter: counter(system),
            announced: false,
        };
        system.logs.push(row);
        self.settle();
        Ok(id)
    }

    /// Adds many rows, of which no listener is told.
    pub(crate) fn fill_log(&mut self, system: Option<Uuid>, fill: &LogFill) -> Result<(), Refusal> {
        let from = parse_utc(&fill.from).ok_or_else(|| Refusal::invalid("from", &fill.from))?;
        let (system, ids) = self.system_and_ids(system)?;
        let locks: Vec<Uuid> = system.locks.iter().map(|(id, _)| id).collect();
        let held = system.keys.iter().filter(|(_, key)| key.person().is_some());
        let held: Vec<(Uuid, i64)> = held.map(|(id, key)| (id, kind_of(key))).collect();
        let (Some(_), Some(_)) = (locks.first(), held.first()) else {
            return Err(Refusal::validation("There is no lock, or no key that somebody holds."));
        };
        let mut holders = BTreeMap::new();
        let each = |number: u32, each: u32| each > 0 && number % each == each - 1;
        for number in 0..fill.count {
            let place = number as usize;
            let (lock, (key, by)) = (locks[place % locks.len()], held[place * 7 % held.len()]);
            let (person, name) = holders.entry(key).or_insert_with(|| holder(system, Some(key))).clone();
            let arrives_at: DateTime<Utc> = from + TimeDelta::milliseconds(fill.every_ms * i64::from(number));
            let refused = each(number, fill.refused_each);
            let dated = !each(number, fill.undated_each);
            let row = LogRow {
                id: ids.next(),
                lock,
                key: Some(key),
                went_at: dated.then(|| arrives_at - TimeDelta::milliseconds(fill.delay_ms)),
                arrives_at,
                kind: by | if refused { logs::REFUSED } else { logs::OPENED },
                error: i64::from(refused),
                person,
                person_name: name,
                counter: counter(system),
                announced: true,
            };
            system.logs.push(row);
        }
        Ok(())
    }
}

/// The bit that says what kind of key it was.
fn kind_of(key: &KeyRow) -> i64 {
    if key.kind() & keys::SERIES_5 != 0 { logs::BY_5_SERIES } else { 0 }
}

fn counter(system: &System) -> i64 {
    i64::try_from(system.logs.len()).unwrap_or(i64::MAX).saturating_add(1)
}

fn holder(system: &System, key: Option<Uuid>) -> (Option<Uuid>, Option<Arc<str>>) {
    let person = key.and_then(|key| system.keys.get(key)).and_then(KeyRow::person);
    let row = person.and_then(|person| system.persons.table.get(person));
    (person, row.map(|row| Arc::from(full_name(&row.record))))
}
