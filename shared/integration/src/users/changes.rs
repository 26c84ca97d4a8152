//! What runs found and the portal has to apply: at least once, in order per user.

use portal_api::{
    Time,
    types::{Change, ChangeType},
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{merge::Merge, record::UserRecord};

use crate::{
    http::new_id,
    platform::Platform,
    state::{StateError, Stream, spread},
    system::System,
};

/// Sequences for what requests find; part of the layout.
const OF_REQUESTS: u8 = 4;

/// The feed of one system.
pub struct Changes<'s, 'a, P: Platform> {
    system: &'s System<'a, P>,
}

impl<'s, 'a, P: Platform> Changes<'s, 'a, P> {
    /// The feed of `system`.
    pub fn new(system: &'s System<'a, P>) -> Self {
        Self { system }
    }

    /// The feed as a stream: one sequence for runs, which come one at a time, and some for what single requests
    /// find beside them.
    pub fn stream(&self) -> Stream<'s, P::Store>
    where
        'a: 's,
    {
        Stream::new(&self.system.space, "changes", 1 + OF_REQUESTS).in_order()
    }

    /// A change of a user, as of now.
    pub fn of_user(&self, change: ChangeType, user: &str, data: Value) -> Change {
        let data = match data {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        Change {
            at: Time::from_millis(self.system.now_ms()),
            change,
            user: Some(user.to_owned()),
            key: None,
            data,
        }
    }

    /// What a merge changes for the portal: values taken from iLOQ, and collisions in which its own stood.
    pub fn of_merge(&self, id: &str, user: &UserRecord, merge: &Merge) -> Vec<Change> {
        let mut changes = Vec::new();
        if !merge.to_portal.is_empty() {
            let fields: Vec<_> = merge.to_portal.iter().map(|field| field.name()).collect();
            let data = json!({ "fields": fields, "user": self.system.user_view(id, user) });
            changes.push(self.of_user(ChangeType::UserUpdated, id, data));
        }
        changes.extend(self.of_collisions(id, merge));
        changes
    }

    /// The collisions of a merge: iLOQ's values that the portal's have replaced.
    pub fn of_collisions(&self, id: &str, merge: &Merge) -> Option<Change> {
        let values: Map<String, Value> = merge
            .collisions
            .iter()
            .map(|c| {
                (c.field.name().to_owned(), json!({ "iloq": c.iloq, "portal": merge.result.get(c.field) }))
            })
            .collect();
        (!values.is_empty()).then(|| self.of_user(ChangeType::UserConflict, id, json!({ "fields": values })))
    }

    /// Appends what a run found, together: [`Change`]s, or their JSON.
    ///
    /// # Errors
    /// The store's failure; they may then have been appended.
    pub fn append<C: Serialize>(&self, changes: Vec<C>) -> Result<(), StateError> {
        self.append_to(0, changes)
    }

    /// Appends what a request found of one user or key.
    ///
    /// # Errors
    /// The store's failure; they may then have been appended.
    pub fn append_beside(&self, of: &str, changes: Vec<Change>) -> Result<(), StateError> {
        self.append_to(1 + spread(of) % u32::from(OF_REQUESTS), changes)
    }

    fn append_to<C: Serialize>(&self, shard: u32, changes: Vec<C>) -> Result<(), StateError> {
        let nonce = new_id(self.system.platform.random());
        self.stream().append_to(shard, self.system.now_ms(), &nonce, changes)
    }
}
