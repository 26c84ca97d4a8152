//! What the client is told, and what it keeps between runs.

use chrono::{DateTime, Utc};
use iloq_model::{LockGroupId, RightsMask};

use crate::Secret;

/// How to sign in to a locking system.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The address that iLOQ gave, for example `https://s5.iloq.com/iloqws`.
    pub service_address: String,
    /// The service code (iLOQ's `CustomerCode`).
    pub service_code: String,
    /// The API user's name.
    pub user_name: String,
    /// The API user's password.
    pub password: Secret,
    /// The key of iLOQ's API gateway, if calls go through it.
    pub api_key: Option<Secret>,
    /// The locking system to work on; needed only if the user can see several.
    pub lock_group: Option<LockGroupId>,
}

/// A session that can be used again by the next run.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptSession {
    /// The address that `GetUrl` led to.
    pub address: String,
    /// iLOQ's session id.
    pub session_id: Secret,
    /// The locking system that was set.
    pub lock_group: LockGroupId,
    /// The rights at that time.
    pub rights: RightsMask,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
}
