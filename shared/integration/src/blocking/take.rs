//! What a user holds, taken for a block: key by key, several side by side.

use std::cell::RefCell;

use std::collections::BTreeSet;

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{Key, KeyId, PersonId, ProgrammingState};
use portal_api::{
    Code, Problem,
    types::{BlockReason, Effective, ItemAction, ItemOutcome, KeyItem, KeyType},
};

use super::journal::{Journal, TakenKey};
use crate::{
    keys::{
        KeyStore, Taken, block_list,
        bring::Wanted,
        change,
        detach::{self, Planned},
        list, look_at_phone,
        rights::api_rights,
        sending::{self, Sending},
        set_rights::set_rights,
        status,
    },
    platform::Platform,
    problem::Stop,
    side_by_side::in_order,
    system::System,
    users::{Blocked, visible},
};

/// The work of one block: its keys side by side.
pub struct Work<'w, 'a, P: Platform, A> {
    system: &'w System<'a, P>,
    api: &'w A,
    user: &'w str,
    person: PersonId,
    blocked: Blocked,
    /// Never held while iLOQ is waited for.
    journal: RefCell<&'w mut Journal>,
    /// Why no further key is begun.
    stopped: RefCell<Option<Problem>>,
    dry_run: bool,
}

impl<'w, 'a, P: Platform, A: IloqApi> Work<'w, 'a, P, A> {
    /// The block of `user`, who is that person. `dry_run`: tells what would become of the keys, and changes nothing.
    pub fn new(
        system: &'w System<'a, P>,
        api: &'w A,
        user: &'w str,
        (person, blocked): (PersonId, Blocked),
        journal: &'w mut Journal,
        dry_run: bool,
    ) -> Self {
        let (journal, stopped) = (RefCell::new(journal), RefCell::default());
        Self { system, api, user, person, blocked, journal, stopped, dry_run }
    }

    /// All of it: what became of each key.
    ///
    /// # Errors
    /// iLOQ's or the store's error if the keys can't be told.
    pub async fn all(self) -> Result<Vec<KeyItem>, Stop> {
        // Before the keys are listed: what is made and ordered in between is in the list.
        let sending = sending::all(&self.system.space, self.user, self.system.now_ms())?;
        let Lookup::Found(held) = self.api.person_keys(self.person).await? else { return Ok(Vec::new()) };
        if !self.dry_run {
            let holds = |id: &str| held.iter().any(|key| key.id.to_string() == id);
            let journal = self.journal.borrow();
            for (id, _) in journal.taken.iter().filter(|(id, taken)| taken.detached && !holds(id)) {
                detach::note_away(self.system, id)?;
            }
        }
        let physical = held.iter().any(|key| status::kind(key) != Some(KeyType::Mobile));
        let listed = if physical { list::block_listed(self.api).await? } else { BTreeSet::new() };
        let mut items = self.on_their_way(sending, &held)?;
        let alive = held.iter().filter(|key| status::is_alive(status::of(key)));
        items.extend(in_order(change::AT_ONCE, alive.map(|key| self.item(key, &listed))).await);
        let journal = self.journal.into_inner();
        if journal.order_list && self.stopped.into_inner().is_none() && !self.dry_run {
            order_list(self.system, self.api, journal, self.user, &mut items).await?;
        }
        Ok(items)
    }

    /// One key. What stops everybody keeps those from beginning that have not.
    async fn item(&self, key: &Key, listed: &BTreeSet<KeyId>) -> KeyItem {
        if self.system.is_over() {
            let over = || Problem::new(Code::InProgress, "The call was over; it goes on by itself.");
            self.stopped.borrow_mut().get_or_insert_with(over);
        }
        let stopped = self.stopped.borrow().clone();
        let outcome = match (stopped, self.goes_on()) {
            (Some(problem), _) => Err(problem),
            (None, Ok(())) => Ok(self.one(key, listed).await),
            (None, Err(stop)) => Ok(Err(stop)),
        };
        let problem = match outcome {
            Err(problem) => problem,
            Ok(outcome) => match outcome {
                Ok(item) => return item,
                Err(stop) => {
                    let stops = stop.stops_everybody();
                    let problem = self.system.problem(stop);
                    if !stops {
                        let item = KeyItem::failed(key.id, ItemAction::Block, problem);
                        return item.with_status(status::of(key));
                    }
                    self.stopped.borrow_mut().get_or_insert(problem).clone()
                }
            },
        };
        let item = KeyItem::new(key.id, ItemAction::Block, ItemOutcome::Pending);
        item.with_status(status::of(key)).with_problem(problem)
    }

    /// A block that is lifted takes nothing more.
    fn goes_on(&self) -> Result<(), Stop> {
        if self.dry_run || visible(self.system, self.user)?.is_blocked() {
            return Ok(());
        }
        Err(Problem::new(Code::InProgress, "The block was lifted meanwhile; what it took is given back.")
            .into())
    }

    /// Notes that something is about to be taken from a key.
    fn note(&self, key: &Key, taken: &TakenKey) -> Result<(), Stop> {
        self.journal.borrow_mut().note(self.system, self.user, key.id, taken)
    }

    /// Phone keys that are being sent. What is not in the list may be made by a call just now, or that has died over it.
    fn on_their_way(&self, sending: Sending, held: &[Key]) -> Result<Vec<KeyItem>, Stop> {
        let mut items = Vec::new();
        for (text, began) in sending {
            let Ok(id) = text.parse::<KeyId>() else { continue };
            let is_held = held.iter().any(|key| key.id == id);
            if !is_held && sending::may_come(began, self.system.now_ms()) {
                let fact =
                    "The phone key is being sent and iLOQ does not show it yet; it is taken away by itself.";
                let item = KeyItem::new(id, ItemAction::Detach, ItemOutcome::Pending);
                items.push(item.with_problem(Problem::new(Code::InProgress, fact)));
            } else if !self.dry_run {
                let store = KeyStore::new(&self.system.space);
                if !is_held && store.get(&text)?.is_some_and(|record| record.is_unmade()) {
                    store.forget(&text)?;
                }
                sending::end(&self.system.space, &text)?;
            }
        }
        Ok(items)
    }

    async fn one(&self, key: &Key, listed: &BTreeSet<KeyId>) -> Result<KeyItem, Stop> {
        let status = status::of(key);
        if status::kind(key) == Some(KeyType::Mobile) {
            return self.phone(key).await;
        }
        // A key that is listed can't be changed, and opens nothing.
        if listed.contains(&key.id) {
            return Ok(self.unchanged(key));
        }
        if self.blocked.reason == BlockReason::Lost {
            return self.list(key).await;
        }
        let planned = Planned::read(self.system, self.api, key.id).await?;
        let taken = TakenKey { rights: api_rights(&planned.rights), ..TakenKey::default() };
        if self.blocked.keep_keys {
            let unordered = key.programming_state == Some(ProgrammingState::Planning);
            if taken.rights.is_empty() && !unordered {
                return Ok(self.unchanged(key));
            }
            return self.strip(key, taken).await;
        }
        if self.dry_run {
            let item = KeyItem::new(key.id, ItemAction::Detach, ItemOutcome::Removed);
            return Ok(item.with_status(status).with_effective(Effective::WhenProgrammed));
        }
        self.note(key, &TakenKey { detached: true, ..taken })?;
        detach::remove(self.system, self.api, key, Some(planned)).await
    }

    fn unchanged(&self, key: &Key) -> KeyItem {
        KeyItem::new(key.id, ItemAction::Block, ItemOutcome::Unchanged).with_status(status::of(key))
    }

    async fn phone(&self, key: &Key) -> Result<KeyItem, Stop> {
        if self.dry_run {
            let item =
                |outcome| KeyItem::new(key.id, ItemAction::Detach, outcome).with_status(status::of(key));
            return Ok(match look_at_phone(self.api, key).await? {
                Taken::Kept(kept) => item(ItemOutcome::Pending).with_problem(kept.problem),
                Taken::Deleted => item(ItemOutcome::Deleted).with_effective(Effective::Now),
                Taken::Returned | Taken::Away(_) => {
                    item(ItemOutcome::Returned).with_effective(Effective::WhenAppOpened)
                }
            });
        }
        let store = KeyStore::new(&self.system.space);
        let (rights, planned) = match store.get(&key.id.to_string())?.and_then(|key| key.wanted) {
            Some(wanted) => (wanted, None),
            None => {
                let planned = Planned::read(self.system, self.api, key.id).await?;
                (api_rights(&planned.rights), Some(planned))
            }
        };
        self.note(key, &TakenKey { rights, detached: true, phone: true, ..TakenKey::default() })?;
        detach::remove(self.system, self.api, key, planned).await
    }

    /// Puts a key on the block list; the list is ordered once, at the end.
    async fn list(&self, key: &Key) -> Result<KeyItem, Stop> {
        match block_list::may_add(self.api, key.id).await {
            Err(stop @ Stop::Problem(_)) => {
                // A key without a right opens nothing, and iLOQ lists none.
                let rights = self.api.key_access_rights(key.id, View::Planned).await?.rights;
                return if rights.is_empty() { Ok(self.unchanged(key)) } else { Err(stop) };
            }
            outcome => outcome?,
        }
        if !self.dry_run {
            self.note(key, &TakenKey { listed: true, ..TakenKey::default() })?;
            block_list::add(self.api, key.id).await?;
        }
        let item = KeyItem::new(key.id, ItemAction::Block, ItemOutcome::BlockListed);
        Ok(item.with_status(status::of(key)).with_effective(Effective::WhenListSpreads))
    }

    /// Takes the API rights off a key that stays the user's.
    async fn strip(&self, key: &Key, taken: TakenKey) -> Result<KeyItem, Stop> {
        let wanted = Wanted {
            user: self.user.to_owned(),
            person: self.person,
            attach: false,
            only: None,
            rights: BTreeSet::new(),
        };
        if !self.dry_run {
            self.note(key, &taken)?;
        }
        let action = ItemAction::Rights;
        set_rights(self.system, self.api, key.id, &wanted, &[], action, self.dry_run).await
    }
}

/// Orders the block list and tells it to the items about it.
///
/// # Errors
/// The store's failure; iLOQ's is told in the items, and the order is tried again by the jobs.
pub async fn order_list<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    journal: &mut Journal,
    user: &str,
    items: &mut [KeyItem],
) -> Result<(), Stop> {
    let refused = match block_list::order_list(api).await {
        Ok(refused) => refused,
        Err(stop @ Stop::State(_)) => return Err(stop),
        Err(stop) => Some(system.problem(stop)),
    };
    let Some(problem) = refused else {
        journal.order_list = false;
        return journal.store(system, user);
    };
    for item in items.iter_mut().filter(|item| item.effective == Some(Effective::WhenListSpreads)) {
        item.outcome = ItemOutcome::ChangedNotOrdered;
        item.effective = None;
        item.problem = Some(problem.clone().brief());
    }
    journal.store(system, user)
}
