//! A system as answers show it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::run::Run;
use super::settings::Settings;
use crate::names::PortalId;
use crate::problem::Problem;
use crate::time::Time;
use crate::words::words;

words! {
    /// Whether iLOQ is called for a system.
    SystemState {
        /// It is.
        Active = "active",
        /// iLOQ refused the login (results 5, 7, 8 and 9): no call until the settings are put again.
        Suspended = "suspended",
    }
}

/// A system's settings and state; secrets only as "set or not".
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "LockingSystem"))]
#[serde(rename_all = "camelCase")]
pub struct SystemView {
    /// The portal's id.
    pub id: PortalId,
    /// The settings.
    #[serde(flatten)]
    pub settings: Settings,
    /// Whether a password is stored.
    pub password_set: bool,
    /// Whether an API key is stored.
    pub api_key_set: bool,
    /// Whether iLOQ is called.
    pub state: SystemState,
    /// Why it is suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended_because: Option<Problem>,
    /// When the settings were first put.
    pub created_at: Time,
    /// When the settings were last put.
    pub updated_at: Time,
    /// The last run of each job.
    pub last_runs: BTreeMap<String, Run>,
}
