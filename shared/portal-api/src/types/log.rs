//! The access log as answers show it.

use serde::{Deserialize, Serialize};

use crate::time::Time;
use crate::words::words;

words! {
    /// What a row of the access log says (from the bits of iLOQ's `AccessTypeMask`).
    LogEvent {
        /// The lock opened, or would have.
        AccessGranted = "accessGranted",
        /// The lock refused the key.
        AccessDenied = "accessDenied",
        /// The lock was programmed.
        LockProgrammed = "lockProgrammed",
        /// The key was programmed.
        KeyProgrammed = "keyProgrammed",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// What a summary counts.
    SummaryBy {
        /// Hours of the wall clock.
        Hour = "hour",
        /// Days of the wall clock.
        Day = "day",
        /// Doors.
        Door = "door",
        /// Persons.
        Person = "person",
    }
}

/// The answer of `GET …/logs/summary`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LogSummary {
    /// Only buckets that have rows.
    pub items: Vec<LogBucket>,
}

/// How many rows there are of one hour, day, door or person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LogBucket {
    /// `2026-11-24`, `2026-11-24T08`, the door's id, the user's id, `name:` and the name of a person that is no
    /// user here, or `-` for rows without a door or person.
    pub bucket: String,
    /// The name of the door or person, as it was seen last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Rows of `accessGranted`.
    pub granted: u64,
    /// Rows of `accessDenied`.
    pub denied: u64,
    /// All other rows.
    pub other: u64,
}

/// A row of the access log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LogRow {
    /// iLOQ's id of the row (`DeviceLog_ID`), in lower case.
    pub id: String,
    /// When it happened; absent if the lock did not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Time>,
    /// When it arrived in iLOQ.
    pub received_at: Time,
    /// The door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<LogNamed>,
    /// The key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<LogNamed>,
    /// Who held the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<LogPerson>,
    /// What happened.
    pub event: LogEvent,
    /// Whether access was granted; absent where that is not the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<bool>,
    /// Whether iLOQ is not sure of the time or of the holder at that time.
    pub time_uncertain: bool,
    /// The error in iLOQ's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A door or a key of a row, with its name when the row was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LogNamed {
    /// iLOQ's id, in lower case.
    pub id: String,
    /// The name when the row was read; it never changes afterwards.
    pub name: String,
}

/// The holder of a row's key, as known when the row was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LogPerson {
    /// The name.
    pub name: String,
    /// The portal's user, if one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// `true` if it is the holder of today rather than of that moment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncertain: bool,
}
