//! A system whose login iLOQ refuses is left alone until its settings are put again.

use iloq_model::CreateSessionResult;
use serde::{Deserialize, Serialize};

use super::{Space, StateError};
use crate::platform::Store;

const KEY: &str = "suspension";

/// Why a system is suspended: each further login could lengthen a lock-out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// `CreateSession.Result`: 5, 7, 8 or 9.
    pub result: i32,
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// The settings that were tried; newer ones are tried once more.
    pub settings_revision: u64,
}

impl Suspension {
    /// The suspension that holds for these settings, if any.
    ///
    /// # Errors
    /// The store's failure.
    pub fn of(space: &Space<'_, impl Store>, settings_revision: u64) -> Result<Option<Self>, StateError> {
        Ok(space.get::<Self>(KEY)?.filter(|s| s.settings_revision >= settings_revision))
    }

    /// Stores it.
    ///
    /// # Errors
    /// The store's failure.
    pub fn store(&self, space: &Space<'_, impl Store>) -> Result<(), StateError> {
        space.put(KEY, self)
    }

    /// Whether this login result suspends: a repeated attempt could lengthen a lock-out.
    #[must_use]
    pub fn is_due_to(result: CreateSessionResult) -> bool {
        matches!(result.code(), 5 | 7 | 8 | 9)
    }

    /// What iLOQ said, and what to do.
    #[must_use]
    pub fn because(&self) -> String {
        let result = CreateSessionResult::from_code(self.result);
        format!("iLOQ refused the login (CreateSession {}: {})", self.result, result.meaning())
    }
}
