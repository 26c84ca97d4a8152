//! Health and status.

use std::collections::BTreeMap;

use serde::Serialize;

use super::system::SystemState;
use crate::time::Time;

/// The answer of `GET /healthz`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Health<'a> {
    /// `ok`.
    pub status: &'a str,
    /// The version of the functions.
    pub version: &'a str,
}

/// The answer of `GET /v1/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct StatusAnswer {
    /// The version of the functions.
    pub version: String,
    /// The systems that the token covers.
    pub systems: Vec<SystemStatus>,
}

/// Requests to iLOQ, retries and logins included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct IloqRequests {
    /// How many.
    pub count: u64,
    /// How long they took in all, in milliseconds; some run side by side.
    pub milliseconds: u64,
}

/// How one system is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SystemStatus {
    /// The system.
    pub system: String,
    /// Whether iLOQ is called.
    pub state: SystemState,
    /// When each job last came to its end.
    pub last_success: BTreeMap<String, Time>,
    /// How much waits to be tried again.
    pub retries_waiting: u32,
    /// How much was given up after 10 tries.
    pub retries_parked: u32,
    /// By how many seconds the access log is behind; `null` if it was never pulled.
    pub log_lag_seconds: Option<u64>,
    /// How many keys hold revoked rights for too long.
    pub revocations_overdue: u32,
    /// What the jobs have asked iLOQ for, by job, since the system was made.
    pub iloq_requests: BTreeMap<String, IloqRequests>,
    /// How many invitations of phone keys are unanswered for 7 days or longer.
    pub invitations_expired: u32,
    /// Orders that iLOQ refused and that wait, by the result of its `CanOrder`.
    pub orders_refused: BTreeMap<String, u32>,
}
