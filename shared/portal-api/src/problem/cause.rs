//! The parts of a problem.

use serde::{Deserialize, Serialize};

/// One wrong member of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// RFC 6901 pointer into the body (`/defaults/zoneId`), or `?name` for a query parameter.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

/// What iLOQ answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct IloqCause {
    /// The operation that was called, for example `CreateSession`.
    pub operation: String,
    /// The HTTP status of its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The name of the check whose result this is, for example `CanOrder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// The number of the result in iLOQ's code table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<i64>,
    /// What the number means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
}

impl IloqCause {
    /// A cause that names the operation only.
    #[must_use]
    pub fn operation(name: impl Into<String>) -> Self {
        Self { operation: name.into(), ..Self::default() }
    }

    /// Adds the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds the result of a check: its name, its number and what the number means.
    #[must_use]
    pub fn with_result(mut self, check: impl Into<String>, result: i64, meaning: impl Into<String>) -> Self {
        self.check = Some(check.into());
        self.result = Some(result);
        self.meaning = Some(meaning.into());
        self
    }
}
