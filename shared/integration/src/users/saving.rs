//! Writing a user's own record around the calls to iLOQ: intent, calls, outcome.

use super::{record::UserRecord, store::UserStore};
use crate::{platform::Platform, problem::Stop, system::System};

/// A request or job that writes one user.
pub struct Saving<'s, 'a, P: Platform> {
    system: &'s System<'a, P>,
    id: &'s str,
    writer: String,
}

impl<'s, 'a, P: Platform> Saving<'s, 'a, P> {
    /// Begins to write the user `id`.
    pub fn new(system: &'s System<'a, P>, id: &'s str) -> Self {
        let mut writer = crate::http::new_id(system.platform.random());
        writer.truncate(8);
        Self { system, id, writer }
    }

    fn users(&self) -> UserStore<'s, P::Store> {
        UserStore::new(&self.system.space)
    }

    /// Stores what the caller wants, before iLOQ is called: from here on it is not lost.
    ///
    /// # Errors
    /// The store's failure.
    pub fn intend(&self, user: &mut UserRecord) -> Result<(), Stop> {
        user.rev += 1;
        user.sub = 0;
        user.writer.clone_from(&self.writer);
        user.updated_at = self.system.now_ms();
        Ok(self.users().put_own(self.id, user)?)
    }

    /// Stores the outcome, unless another request has changed the user since: that one's outcome follows.
    /// Also restores what a slower writer may have overwritten.
    ///
    /// # Errors
    /// The store's failure.
    pub fn finish(&self, user: &mut UserRecord) -> Result<(), Stop> {
        let own = self.users().own(self.id)?;
        let superseded = own.is_some_and(|own| {
            own.order() > user.order() || (own.order() == user.order() && own.writer != user.writer)
        });
        if !superseded {
            user.sub += 1;
            return Ok(self.users().put_own(self.id, user)?);
        }
        Ok(self.users().note(self.id)?)
    }
}
