//! The session that is kept between runs, sealed.

use std::cell::Cell;

use chrono::{DateTime, Utc};
use iloq_client::{
    KeptSession,
    io::{Random, SessionKeeper},
};
use iloq_model::{LockGroupId, RightsMask};
use serde::{Deserialize, Serialize};

use super::Space;
use crate::{
    platform::Store,
    seal::{Binding, KeyRing},
};

const KEY: &str = "session";

#[derive(Serialize, Deserialize)]
struct Value {
    address: String,
    session_id: String,
    lock_group: LockGroupId,
    rights: RightsMask,
    /// In milliseconds since the epoch.
    opened_at: i64,
    /// A session opened with older settings is not used any more.
    settings_revision: u64,
}

/// Keeps a system's session in the store.
pub struct StoredSession<'a, S, R> {
    space: Space<'a, S>,
    random: &'a R,
    key_ring: &'a KeyRing,
    system: &'a str,
    origin: String,
    settings_revision: u64,
    saved: Cell<bool>,
}

impl<'a, S: Store, R: Random> StoredSession<'a, S, R> {
    /// The session of `system` for the settings of that revision; `origin` is where its service is.
    pub fn new(
        space: Space<'a, S>,
        random: &'a R,
        key_ring: &'a KeyRing,
        system: &'a str,
        origin: String,
        settings_revision: u64,
    ) -> Self {
        Self { space, random, key_ring, system, origin, settings_revision, saved: Cell::new(false) }
    }

    fn binding(&self) -> Binding<'_> {
        Binding { system: self.system, field: "sessionId", origin: &self.origin }
    }
}

impl<S: Store, R: Random> SessionKeeper for StoredSession<'_, S, R> {
    fn load(&self) -> Option<KeptSession> {
        let value = self.space.get::<Value>(KEY).ok()??;
        if value.settings_revision != self.settings_revision {
            return None;
        }
        Some(KeptSession {
            session_id: self.key_ring.open(self.binding(), &value.session_id).ok()?,
            address: value.address,
            lock_group: value.lock_group,
            rights: value.rights,
            opened_at: DateTime::<Utc>::from_timestamp_millis(value.opened_at).unwrap_or_default(),
        })
    }

    fn save(&self, session: &KeptSession) {
        let Ok(sealed) = self.key_ring.seal(self.random, self.binding(), &session.session_id) else { return };
        let value = Value {
            address: session.address.clone(),
            session_id: sealed,
            lock_group: session.lock_group,
            rights: session.rights,
            opened_at: session.opened_at.timestamp_millis(),
            settings_revision: self.settings_revision,
        };
        // A session that can't be kept is opened again by the next run.
        let _ = self.space.put(KEY, &value);
        self.saved.set(true);
    }

    fn clear(&self) {
        let _ = self.space.delete(KEY);
    }
}
