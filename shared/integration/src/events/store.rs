//! What is kept of the subscription: what the portal wants, and what iLOQ has.
//!
//! Two values, since two write: a request what is wanted; whoever has read iLOQ, what iLOQ has. The second can be read anew
//! at any time.

use iloq_model::SubscriptionId;
use portal_api::{Problem, types::EventName};
use serde::{Deserialize, Serialize};

use crate::{
    platform::Store,
    state::{Space, StateError},
};

/// What the portal wants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// Raised by each request that changes it.
    pub rev: u64,
    /// Where iLOQ is to post to.
    pub target: String,
    /// What is subscribed; none after a deletion.
    pub events: Vec<Entry>,
    /// Subscriptions that are to go in iLOQ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaving: Vec<Entry>,
    /// How many ids were made: no id is used for a second subscription.
    pub made: u32,
    /// When it was put, in milliseconds since the epoch.
    pub at: i64,
    /// Why the last try did not bring it to iLOQ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// One subscription that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The event.
    pub event: EventName,
    /// iLOQ's `SubscriptionId`, chosen before it is made.
    pub id: SubscriptionId,
}

/// One subscription that iLOQ has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The event.
    pub event: EventName,
    /// iLOQ's `SubscriptionId`.
    pub id: SubscriptionId,
    /// When iLOQ ends it, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<i64>,
    /// The sign key, sealed.
    pub key: String,
    /// Keys that it had before, which deliveries under way may still be signed with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<Former>,
}

/// A sign key that was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    /// Sealed.
    pub key: String,
    /// Until when it is taken, in milliseconds since the epoch.
    pub until: i64,
}

const WANTED: &str = "es";
const HELD: &str = "ek";

impl Wanted {
    /// What is wanted; `None` if nothing ever was.
    ///
    /// # Errors
    /// The store's failure.
    pub fn load(space: &Space<'_, impl Store>) -> Result<Option<Self>, StateError> {
        space.get(WANTED)
    }

    /// Stores it.
    ///
    /// # Errors
    /// The store's failure.
    pub fn store(&self, space: &Space<'_, impl Store>) -> Result<(), StateError> {
        space.put(WANTED, self)
    }

    /// Whether there is nothing, and nothing to be taken away.
    pub fn is_over(&self) -> bool {
        self.events.is_empty() && self.leaving.is_empty()
    }
}

impl Held {
    /// What iLOQ has.
    ///
    /// # Errors
    /// The store's failure.
    pub fn load(space: &Space<'_, impl Store>) -> Result<Vec<Self>, StateError> {
        Ok(space.get(HELD)?.unwrap_or_default())
    }

    /// Stores all that iLOQ has, if that is something else than `before`.
    ///
    /// # Errors
    /// The store's failure.
    pub fn store(all: &[Self], before: &[Self], space: &Space<'_, impl Store>) -> Result<(), StateError> {
        match all {
            _ if all == before => Ok(()),
            [] => space.delete(HELD),
            _ => space.put(HELD, &all),
        }
    }
}
