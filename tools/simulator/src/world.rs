//! Everything that the simulator knows: locking systems, users, sessions, settings.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use hyper::body::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    block_list::BlockList, call_log::CallLog, clock::Clock, faults::Faults, ids::Ids, keys::Keys,
    persons::Persons, sessions::Session, shape::Record, structure::LockRow, trail::Trail, users::User,
    webhooks::Webhooks,
};

/// Rows by id, with the rendered listing kept until a row changes.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Table<T> {
    rows: BTreeMap<Uuid, T>,
    #[serde(skip)]
    listing: Option<Bytes>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), listing: None }
    }
}

impl<T> Table<T> {
    pub(crate) fn get(&self, id: Uuid) -> Option<&T> {
        self.rows.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: Uuid) -> Option<&mut T> {
        self.listing = None;
        self.rows.get_mut(&id)
    }

    pub(crate) fn insert(&mut self, id: Uuid, row: T) {
        self.listing = None;
        self.rows.insert(id, row);
    }

    pub(crate) fn remove(&mut self, id: Uuid) -> Option<T> {
        self.listing = None;
        self.rows.remove(&id)
    }

    pub(crate) fn contains(&self, id: Uuid) -> bool {
        self.rows.contains_key(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Uuid, &T)> {
        self.rows.iter().map(|(id, row)| (*id, row))
    }

    /// The kept listing, made by `make` when there is none.
    pub(crate) fn listing<E>(&mut self, make: impl FnOnce(&Self) -> Result<Bytes, E>) -> Result<Bytes, E> {
        if let Some(bytes) = &self.listing {
            return Ok(bytes.clone());
        }
        let bytes = make(self)?;
        self.listing = Some(bytes.clone());
        Ok(bytes)
    }
}

/// A registration message that went to a phone or a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The phone number or e-mail address.
    pub address: String,
    /// `sms` or `email`.
    pub channel: &'static str,
    /// The person's `LanguageCode`, if any.
    pub language: Option<String>,
    /// The key that it is about.
    pub key: Uuid,
    /// What sent it: `order` or `re-register`.
    pub reason: &'static str,
    /// When it was sent, UTC.
    pub at: String,
}

/// The limits and switches of one locking system that iLOQ's documents leave open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Keys that the licence allows in use at a time; `None` for no limit (CanOrder 3).
    pub licence: Option<usize>,
    /// Places for time limits on a key: 10 to 23 (CanOrder 11, CanAdd 12).
    pub key_memory: usize,
    /// Access rights that fit on a key (CanAdd 3).
    pub rights_per_key: usize,
    /// Whether a key needs a main zone before its first order (CanOrder 12).
    pub main_zone_required: bool,
    /// Keys that fit on the block list (`CanOrderS40Blacklist` 3).
    pub block_list: usize,
    /// Whether changes of the block list need a token (`CanOrderS40Blacklist` 1).
    pub block_list_needs_token: bool,
    /// Seconds after an order at which keys become programmed by themselves; `None`: only when told.
    pub programmed_after: Option<i64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            licence: None,
            key_memory: 10,
            rights_per_key: 100,
            main_zone_required: false,
            block_list: 500,
            block_list_needs_token: false,
            programmed_after: None,
        }
    }
}

/// A definition of an access right, or a time profile with its rows.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TitleRow {
    pub(crate) record: Record,
    pub(crate) rows: Vec<Record>,
    /// A CanDelete code that is not computed (2 = locked, 4 = calendar).
    pub(crate) can_delete: Option<i64>,
}

/// One locking system.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct System {
    pub(crate) group: Record,
    pub(crate) limits: Limits,
    pub(crate) persons: Persons,
    pub(crate) keys: Keys,
    pub(crate) key_tags: Table<Record>,
    pub(crate) rights: Table<Record>,
    pub(crate) titles: Table<TitleRow>,
    pub(crate) zones: Table<Record>,
    pub(crate) real_estates: Table<Record>,
    pub(crate) locks: Table<LockRow>,
    pub(crate) modules: Table<Record>,
    pub(crate) devices: Table<Record>,
    pub(crate) relays: Table<Record>,
    pub(crate) block_list: BlockList,
    pub(crate) logs: Trail,
    pub(crate) webhooks: Webhooks,
    pub(crate) messages: Vec<Message>,
    /// Members beyond the documented ones, which requests may carry too.
    pub(crate) extras: BTreeSet<String>,
    /// The number that the next key gets in the audit trail.
    pub(crate) next_key_number: i64,
}

impl System {
    pub(crate) fn new(group: Record, ids: &mut Ids) -> Self {
        Self {
            group,
            limits: Limits::default(),
            persons: Persons::default(),
            keys: Keys::default(),
            key_tags: Table::default(),
            rights: Table::default(),
            titles: Table::default(),
            zones: Table::default(),
            real_estates: Table::default(),
            locks: Table::default(),
            modules: Table::default(),
            devices: Table::default(),
            relays: Table::default(),
            block_list: BlockList::new(ids),
            logs: Trail::default(),
            webhooks: Webhooks::new(ids),
            messages: Vec::new(),
            extras: BTreeSet::new(),
            next_key_number: 1,
        }
    }

    /// Whether bit `bit` of `LockGroup.OptionMask` is set.
    pub(crate) fn option(&self, bit: i64) -> bool {
        number(&self.group, "OptionMask") & bit != 0
    }
}

/// Switches of the whole simulator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Milliseconds that every answer waits.
    pub latency_ms: u64,
    /// 503 for every call.
    pub maintenance: bool,
    /// What GetUrl answers: `None` for null; `{host}` stands for the request's host and port.
    pub get_url: Option<String>,
    /// The `x-api-key` that every call must carry; `None` for no check.
    pub api_key: Option<String>,
    /// Minutes without a call after which a session is dead; `None` for never.
    pub session_minutes: Option<i64>,
    /// What Version answers.
    pub version: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            latency_ms: 0,
            maintenance: false,
            get_url: Some("http://{host}/iloqwspool2/".to_owned()),
            api_key: None,
            session_minutes: Some(30),
            version: "7.5.0.0".to_owned(),
        }
    }
}

/// All locking systems and what surrounds them.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    pub(crate) ids: Ids,
    pub(crate) systems: BTreeMap<Uuid, System>,
    pub(crate) users: Vec<User>,
    pub(crate) sessions: BTreeMap<Uuid, Session>,
    pub(crate) faults: Faults,
    pub(crate) calls: CallLog,
}

impl World {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Lets happen what was due by now: keys become programmed by themselves, rows of the audit trail arrive.
    pub(crate) fn settle(&mut self) {
        let now = self.clock.now();
        for system in self.systems.values_mut() {
            crate::orders::settle(system, now);
            crate::webhooks::announce_logs(system, &mut self.ids, now);
        }
    }

    /// The state of all locking systems in a stable order, without sessions and call log.
    pub(crate) fn snapshot(&self) -> Value {
        serde_json::to_value(&self.systems).unwrap_or(Value::Null)
    }
}

/// An integer member; 0 if it is not there.
pub(crate) fn number(record: &Record, name: &str) -> i64 {
    record.get(name).and_then(Value::as_i64).unwrap_or(0)
}

/// A text member; empty if it is not there or null.
pub(crate) fn text<'a>(record: &'a Record, name: &str) -> &'a str {
    record.get(name).and_then(Value::as_str).unwrap_or("")
}

/// A GUID member.
pub(crate) fn guid(record: &Record, name: &str) -> Option<Uuid> {
    record.get(name).and_then(Value::as_str).and_then(crate::ids::parse)
}

/// A list of GUIDs; empty if it is not there or null.
pub(crate) fn guids(record: &Record, name: &str) -> Vec<Uuid> {
    let items = record.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).filter_map(crate::ids::parse).collect()
}

/// A list of objects; empty if it is not there or null.
pub(crate) fn objects(record: &Record, name: &str) -> Vec<Record> {
    let items = record.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_object).cloned().collect()
}
