//! How keys are kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Deref, DerefMut},
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    phones,
    shape::Record,
    world::{System, Table, guid, number, text},
};

/// `KeyTypeMask` bits.
pub(crate) const S50: i64 = 2;
pub(crate) const PHONE: i64 = 4;
pub(crate) const EXTERNAL: i64 = 128;
pub(crate) const SERIES_5: i64 = 256;

/// `Key.State`: planning, handed over, deleted but kept for its logs, returned.
pub(crate) const PLANNED: i64 = 0;
pub(crate) const HANDED_OVER: i64 = 1;
pub(crate) const DELETED: i64 = 3;
pub(crate) const RETURNED: i64 = 4;

/// The access rights and time limits of a key, in one of its three states.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct KeyPlan {
    pub(crate) rights: BTreeSet<Uuid>,
    pub(crate) slots: Vec<Record>,
    pub(crate) offline_seconds: i64,
    pub(crate) scheduler: Option<Record>,
}

/// A key with what the API shows by other calls.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct KeyRow {
    pub(crate) record: Record,
    pub(crate) zones: BTreeSet<Uuid>,
    pub(crate) main_zone: Option<Uuid>,
    /// Wanted (mode 1).
    pub(crate) plan: KeyPlan,
    /// Ordered last.
    pub(crate) ordered: Option<KeyPlan>,
    /// On the key (mode 2).
    pub(crate) programmed: Option<KeyPlan>,
    pub(crate) phone: Option<Record>,
    pub(crate) location_reporting: bool,
    /// `KeyId` in the audit trail.
    pub(crate) number: i64,
    /// A CanOrder code that is not computed (-1, 5).
    pub(crate) can_order: Option<i64>,
    #[serde(skip)]
    pub(crate) ordered_at: Option<DateTime<Utc>>,
}

impl KeyRow {
    pub(crate) fn kind(&self) -> i64 {
        number(&self.record, "KeyTypeMask")
    }

    pub(crate) fn state(&self) -> i64 {
        number(&self.record, "State")
    }

    pub(crate) fn person(&self) -> Option<Uuid> {
        guid(&self.record, "Person_ID")
    }

    /// Whether lists show it: not deleted, not returned.
    pub(crate) fn is_listed(&self) -> bool {
        !matches!(self.state(), DELETED | RETURNED)
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.record.insert(name.to_owned(), value.into());
    }

    /// The plan was changed: there is something to order.
    pub(crate) fn replan(&mut self) {
        self.set("ProgrammingState", 0);
    }
}

/// All keys, also by person.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Keys {
    table: Table<KeyRow>,
    /// The keys that a person holds or has held: only a hint, so that it needs no care when a key changes hands.
    #[serde(skip)]
    by_person: BTreeMap<Uuid, BTreeSet<Uuid>>,
}

impl Keys {
    /// Adds a key, or puts it in the place of the one with the same id. A key whose person changes goes this way.
    pub(crate) fn put(&mut self, id: Uuid, row: KeyRow) {
        if let Some(person) = row.person() {
            self.by_person.entry(person).or_default().insert(id);
        }
        self.table.insert(id, row);
    }

    /// The keys in use that a person holds.
    pub(crate) fn held_by(&self, person: Uuid) -> impl Iterator<Item = &KeyRow> {
        let hinted = self.by_person.get(&person).into_iter().flatten();
        let rows = hinted.filter_map(|id| self.table.get(*id));
        rows.filter(move |row| row.is_listed() && row.person() == Some(person))
    }
}

impl Deref for Keys {
    type Target = Table<KeyRow>;

    fn deref(&self) -> &Self::Target {
        &self.table
    }
}

impl DerefMut for Keys {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.table
    }
}

/// A key in planning, with the next number of the audit trail.
pub(crate) fn new_row(system: &mut System, mut record: Record, zones: BTreeSet<Uuid>) -> KeyRow {
    for (name, value) in [("State", 0), ("ProgrammingState", 0), ("StampSource", 0), ("TagKeySource", 0)] {
        record.entry(name).or_insert(Value::from(value));
    }
    record.entry("IsProgrammed").or_insert(Value::Bool(false));
    if record.get("Stamp").is_none_or(Value::is_null) {
        record.insert("Stamp".to_owned(), Value::from(""));
    }
    set_tag_hex(&mut record);
    let is_phone = number(&record, "KeyTypeMask") & PHONE != 0;
    let phone = is_phone.then(|| phones::new(record.get("FNKey_ID").cloned().unwrap_or_default()));
    system.next_key_number += 1;
    KeyRow {
        record,
        zones,
        main_zone: None,
        plan: KeyPlan::default(),
        ordered: None,
        programmed: None,
        phone,
        location_reporting: false,
        number: system.next_key_number - 1,
        can_order: None,
        ordered_at: None,
    }
}

/// `TagKeyHex` follows `TagKey`: a decimal number in hex, anything else as it is.
pub(crate) fn set_tag_hex(record: &mut Record) {
    let tag = text(record, "TagKey");
    let hex = tag.parse::<u64>().map_or_else(|_| tag.to_owned(), |number| format!("{number:X}"));
    record.insert("TagKeyHex".to_owned(), Value::from(hex));
}
