//! The answer of `POST …/check`.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// What is checked, in the order of the answer.
    CheckId {
        /// The service address answers (`GetUrl`, `Version`).
        ServiceAddress = "service-address",
        /// The login works (`CreateSession`).
        Login = "login",
        /// The API user's login does not ask for a programming token.
        ProgrammingToken = "programming-token",
        /// One usable locking system (`LockGroups`).
        LockGroup = "lock-group",
        /// The API is on (option 2048 of the locking system).
        ApiEnabled = "api-enabled",
        /// The API user's rights suffice (`SetLockgroup`).
        UserRights = "user-rights",
        /// API access rights are in use (option 16384) and one can be given.
        ApiAccessRights = "api-access-rights",
        /// The locks take API access rights.
        DoorsAllowApiRights = "doors-allow-api-rights",
        /// New persons and keys have a zone.
        DefaultZone = "default-zone",
        /// The settings' zone is the locking system's.
        TimeZone = "time-zone",
        /// It is decided where e-mail addresses are.
        EmailField = "email-field",
        /// Keys can be attached to another person without a return (option 1).
        KeyHandover = "key-handover",
        /// There are devices on line.
        OnlineDevices = "online-devices",
        /// Licences.
        Licence = "licence",
    }
}

words! {
    /// How a check ended.
    CheckStatus {
        /// All is well.
        Pass = "pass",
        /// It works, but somebody should look.
        Warn = "warn",
        /// It has to be put right.
        Fail = "fail",
        /// It could not be looked at because of an earlier failure.
        Skipped = "skipped",
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Check {
    /// What was checked.
    pub id: CheckId,
    /// How it ended.
    pub status: CheckStatus,
    /// What was found.
    pub detail: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// All checks, in a fixed order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CheckAnswer {
    /// Whether none failed.
    pub ok: bool,
    /// The checks.
    pub checks: Vec<Check>,
}

impl CheckAnswer {
    /// The answer for these checks.
    #[must_use]
    pub fn new(checks: Vec<Check>) -> Self {
        Self { ok: checks.iter().all(|check| check.status != CheckStatus::Fail), checks }
    }
}
