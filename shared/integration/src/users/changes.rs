//! What runs found and the portal has to apply: at least once, in order per user.

use portal_api::{
    Time,
    types::{Change, ChangeType},
};
use serde_json::{Map, Value};

use crate::{
    http::new_id,
    platform::Platform,
    state::{StateError, Stream},
    system::System,
};

/// The feed of one system.
pub struct Changes<'s, 'a, P: Platform> {
    system: &'s System<'a, P>,
}

impl<'s, 'a, P: Platform> Changes<'s, 'a, P> {
    /// The feed of `system`.
    pub fn new(system: &'s System<'a, P>) -> Self {
        Self { system }
    }

    /// The feed as a stream. One sequence, since nearly all is written by runs, one at a time.
    pub fn stream(&self) -> Stream<'s, P::Store>
    where
        'a: 's,
    {
        Stream::new(&self.system.space, "changes", 1)
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

    /// Appends changes together.
    ///
    /// # Errors
    /// The store's failure; they may then have been appended.
    pub fn append(&self, changes: Vec<Change>) -> Result<(), StateError> {
        let nonce = new_id(self.system.platform.random());
        self.stream().append("", self.system.now_ms(), &nonce, changes)
    }
}
