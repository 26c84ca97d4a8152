//! API users: names, passwords, rights, lock-outs.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Failed logins in a row that lock the credentials.
const FAILURES: u32 = 5;
/// How long a lock-out lasts.
const LOCK_OUT: TimeDelta = TimeDelta::minutes(15);

/// `CreateSession` went well.
pub(crate) const LOGGED_IN: i64 = 1;
/// The server's database is being upgraded.
pub(crate) const UPGRADING: i64 = 4;
/// Wrong user name, password or customer code.
pub(crate) const WRONG: i64 = 5;
const LOCKED_NOW: i64 = 7;
const STILL_LOCKED: i64 = 8;

/// An API user of one service code.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) password: String,
    pub(crate) service_code: String,
    /// The rights mask in each locking system that the user belongs to.
    pub(crate) rights: BTreeMap<Uuid, u64>,
    /// The visible zones; `None` for all.
    pub(crate) zones: Option<BTreeSet<Uuid>>,
    /// A CreateSession result that right credentials get instead of 1 (2, 3, 4, 6, 9, 10, 11).
    pub(crate) login_result: Option<i64>,
    pub(crate) failures: u32,
    pub(crate) locked_until: Option<DateTime<Utc>>,
}

impl User {
    /// What a login with `password` gives.
    pub(crate) fn log_in(&mut self, password: &str, now: DateTime<Utc>) -> i64 {
        if self.locked_until.is_some_and(|until| now < until) {
            return STILL_LOCKED;
        }
        if self.locked_until.take().is_some() {
            self.failures = 0;
        }
        if self.login_result == Some(UPGRADING) {
            return UPGRADING;
        }
        if self.password == password {
            self.failures = 0;
            return self.login_result.unwrap_or(LOGGED_IN);
        }
        self.failures += 1;
        if self.failures < FAILURES {
            return WRONG;
        }
        self.locked_until = Some(now + LOCK_OUT);
        LOCKED_NOW
    }
}
