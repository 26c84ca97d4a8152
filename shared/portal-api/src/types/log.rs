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

/// A row of the access log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
pub struct LogNamed {
    /// iLOQ's id, in lower case.
    pub id: String,
    /// The name when the row was read; it never changes afterwards.
    pub name: String,
}

/// The holder of a row's key, as known when the row was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
