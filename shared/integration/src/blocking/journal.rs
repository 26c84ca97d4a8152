//! What a block took, written down before it is taken, and what of the work is still to be done.

use std::collections::{BTreeMap, BTreeSet};

use iloq_model::{AccessRightId, KeyId};
use portal_api::{Code, Problem};
use serde::{Deserialize, Serialize};

use crate::{platform::Platform, problem::Stop, state::Waiting, system::System, users::UserRecord};

/// The journal of one user's block.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    /// What was taken, by key.
    #[serde(rename = "t", default)]
    pub taken: BTreeMap<String, TakenKey>,
    /// The block list was changed and has to be ordered.
    #[serde(rename = "o", default)]
    pub order_list: bool,
    /// A request gave a key something while the block was set: all is looked at once more.
    #[serde(rename = "n", default)]
    pub again: bool,
    /// The work is not done; when it is tried again.
    #[serde(rename = "w", default)]
    pub waiting: Option<Waiting>,
}

/// What was taken from one key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TakenKey {
    /// These API rights.
    #[serde(rename = "r", default)]
    pub rights: BTreeSet<AccessRightId>,
    /// The key itself.
    #[serde(rename = "a", default)]
    pub detached: bool,
    /// Its use: it was put on the block list.
    #[serde(rename = "b", default)]
    pub listed: bool,
    /// It is a phone key: returned, it can't be given back.
    #[serde(rename = "p", default)]
    pub phone: bool,
}

impl TakenKey {
    fn and(&self, other: &Self) -> Self {
        Self {
            rights: self.rights.union(&other.rights).copied().collect(),
            detached: self.detached || other.detached,
            listed: self.listed || other.listed,
            phone: self.phone || other.phone,
        }
    }
}

fn place(user: &str) -> String {
    format!("b:{user}")
}

impl Journal {
    /// The journal of `user`; empty if there is none.
    ///
    /// # Errors
    /// The store's failure.
    pub fn load<P: Platform>(system: &System<'_, P>, user: &str) -> Result<Self, Stop> {
        Ok(system.space.get(&place(user))?.unwrap_or_default())
    }

    /// Stores it.
    ///
    /// # Errors
    /// The store's failure.
    pub fn store<P: Platform>(&self, system: &System<'_, P>, user: &str) -> Result<(), Stop> {
        Ok(system.space.put(&place(user), self)?)
    }

    /// Notes that something is about to be taken from `key`; what was noted before stays.
    ///
    /// # Errors
    /// The store's failure; then nothing may be taken.
    pub fn note<P: Platform>(
        &mut self,
        system: &System<'_, P>,
        user: &str,
        key: KeyId,
        taken: &TakenKey,
    ) -> Result<(), Stop> {
        let stored = Self::load(system, user)?;
        self.again |= stored.again;
        let text = key.to_string();
        let before = self.taken.get(&text).cloned().unwrap_or_default();
        let merged = before.and(taken);
        let order_list = self.order_list || taken.listed;
        // A lifting that this block has overtaken may have struck it off.
        let is_stored = stored.taken.get(&text) == Some(&merged) && order_list == self.order_list;
        self.order_list = order_list;
        self.taken.insert(text, merged);
        if !is_stored {
            self.store(system, user)?;
        }
        Ok(())
    }

    /// Whether nothing is left to be given back.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.taken.is_empty() && !self.order_list
    }

    /// The work begins: if the call dies, the jobs go on.
    pub fn begin(&mut self, now: i64) {
        let problem = Problem::new(Code::InProgress, "The work was begun and is gone on with by itself.");
        self.waiting = Some(Waiting::begun(problem, now));
    }

    /// The work, or a part of it, failed. It is never parked: keys that still open doors are no matter of patience.
    pub fn failed(&mut self, now: i64, problem: Problem) {
        self.waiting = Some(Waiting::after(self.waiting.as_ref(), problem, now).again_and_again());
    }
}

/// Something came to a blocked user, perhaps after the block looked: the jobs look once more.
///
/// # Errors
/// The store's failure.
pub fn look_again<P: Platform>(system: &System<'_, P>, user: &str) -> Result<(), Stop> {
    let mut journal = Journal::load(system, user)?;
    journal.again = true;
    journal.begin(system.now_ms());
    journal.store(system, user)
}

/// Notes again what a block has taken that came while this was to be given back.
///
/// # Errors
/// The store's failure.
pub fn put_back<P: Platform>(
    system: &System<'_, P>,
    user: &str,
    taken: &BTreeMap<String, TakenKey>,
) -> Result<(), Stop> {
    let mut journal = Journal::load(system, user)?;
    for (key, taken) in taken {
        let noted = journal.taken.entry(key.clone()).or_default();
        *noted = noted.and(taken);
    }
    journal.begin(system.now_ms());
    journal.store(system, user)
}

/// Removes the journal: the block is over.
///
/// # Errors
/// The store's failure.
pub fn forget<P: Platform>(system: &System<'_, P>, user: &str) -> Result<(), Stop> {
    Ok(system.space.delete(&place(user))?)
}

/// The import `from` becomes the user `to`: a block of it stays one.
///
/// # Errors
/// The store's failure.
pub fn inherit<P: Platform>(
    system: &System<'_, P>,
    from: &str,
    import: &UserRecord,
    to: &str,
    user: &mut UserRecord,
) -> Result<(), Stop> {
    if user.blocked.is_none_or(|blocked| blocked.lifted) && import.blocked.is_some() {
        Journal::load(system, from)?.store(system, to)?;
        user.blocked = import.blocked;
    }
    Ok(())
}
