//! A row of the access log, and its form in the store.

use std::rc::Rc;

use portal_api::types::LogEvent;
use uuid::Uuid;

/// A name or an id. Rows of one window share them: keep one `Rc` for each door, key and person.
pub type Text = Rc<str>;

/// A row of the access log. Its names are those at import and never change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// iLOQ's `DeviceLog_ID`: the same row has the same id and the same `occurred_at`, whenever it is read.
    pub id: Uuid,
    /// When it happened (`GoingDate`), in milliseconds since 1970 UTC; `None` for an undated row.
    pub occurred_at: Option<i64>,
    /// When it arrived in iLOQ (`TimestampUtc`), in milliseconds since 1970 UTC.
    pub received_at: i64,
    /// The door (`FLock_ID`).
    pub door: Option<Named>,
    /// The key (`FNKey_ID`).
    pub key: Option<Named>,
    /// The holder.
    pub person: Option<Person>,
    /// What happened.
    pub event: LogEvent,
    /// Whether access was granted.
    pub granted: Option<bool>,
    /// Whether the time is not certain.
    pub time_uncertain: bool,
    /// iLOQ's words for what went wrong.
    pub error: Option<Text>,
}

/// A door or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// iLOQ's id, in lower case.
    pub id: Text,
    /// The name at import.
    pub name: Text,
}

/// A holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name at import.
    pub name: Text,
    /// The portal's user, if known at import.
    pub user_id: Option<Text>,
    /// Whether it is the holder known today rather than the one at that moment.
    pub uncertain: bool,
}

impl Row {
    /// Where the row stands in time: when it happened, else when it arrived.
    #[must_use]
    pub fn time(&self) -> i64 {
        self.occurred_at.unwrap_or(self.received_at)
    }
}
