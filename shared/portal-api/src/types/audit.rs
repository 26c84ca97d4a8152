//! The audit trail.

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// One write, or one refused write, by a call or by a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// When.
    pub at: Time,
    /// The name of the token's entry.
    pub token: String,
    /// Who acted, as `X-Actor` said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The request.
    pub request_id: String,
    /// The operation, for example `putUser`.
    pub action: String,
    /// What it was about, for example `users/anna`.
    pub target: String,
    /// `ok`, another outcome, or the code of the problem.
    pub outcome: String,
}
