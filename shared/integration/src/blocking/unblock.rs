//! `POST …/users/{user}/unblock`.

use std::cell::RefCell;

use std::collections::{BTreeMap, BTreeSet};

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{AccessRight, KeyId};
use portal_api::{
    Code, Problem,
    types::{Effective, ItemAction, ItemOutcome, ItemsAnswer, KeyItem, UnblockUser},
};

use super::{
    journal::{self, Journal, TakenKey},
    take::order_list,
};
use crate::{
    http::{Answer, Call},
    keys::{
        block_list, bring::Wanted, change, holder, list, rights::api_rights, set_rights::set_rights, status,
    },
    platform::Platform,
    problem::Stop,
    side_by_side::in_order,
    system::System,
    users::{Saving, visible},
};

/// Lifts the block. May be repeated.
///
/// # Errors
/// What the caller is told; the flag is off, and the jobs go on.
pub async fn unblock<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let id = call.parameter("user");
    let request = UnblockUser::read(call.members.clone())?;
    let mut user = visible(system, id)?;
    let mut items = Vec::new();
    if let Some(blocked) = user.blocked.as_mut() {
        let mut journal = Journal::load(system, id)?;
        // A block that is at work has begun it.
        if journal.waiting.is_none() {
            journal.begin(system.now_ms());
            journal.store(system, id)?;
        }
        if !blocked.lifted || blocked.restore != request.restore {
            (blocked.lifted, blocked.restore) = (true, request.restore);
            Saving::new(system, id).intend(&mut user)?;
        }
        items = system.noted(go_on(system, id).await)?;
    }
    Ok(Answer::json(ItemsAnswer::status_of(&items), &ItemsAnswer { items }))
}

/// Gives back what is to be given back. May be repeated.
///
/// # Errors
/// iLOQ's or the store's error if nothing could be done; it is noted, and tried again by the jobs.
pub async fn go_on<P: Platform>(system: &System<'_, P>, id: &str) -> Result<Vec<KeyItem>, Stop> {
    let Some(blocked) = visible(system, id)?.blocked.filter(|blocked| blocked.lifted) else {
        return Ok(Vec::new());
    };
    let mut journal = Journal::load(system, id)?;
    journal.taken.retain(|_, taken| taken.listed || blocked.restore);
    journal.waiting.iter_mut().for_each(|waiting| waiting.next_at = Some(system.now_ms() + 60_000));
    let before = journal.taken.clone();
    if journal.is_done() {
        store(system, id, &journal, &before)?;
        return Ok(Vec::new());
    }
    let outcome = match system.iloq() {
        Ok(api) => {
            let outcome = all(system, &api, id, blocked.restore, &mut journal).await;
            api.kill_session(false).await;
            outcome
        }
        Err(stop) => Err(stop),
    };
    match outcome {
        Ok(items) if journal.is_done() => {
            store(system, id, &journal, &before)?;
            Ok(items)
        }
        Ok(items) => {
            let why = items.iter().rev().find_map(|item| item.problem.clone());
            let problem = why.unwrap_or_else(|| Problem::of(Code::InProgress));
            journal.failed(system.now_ms(), problem);
            store(system, id, &journal, &before)?;
            Ok(items)
        }
        Err(stop @ Stop::State(_)) => Err(stop),
        Err(stop) => {
            let problem = system.problem(stop);
            journal.failed(system.now_ms(), problem.clone());
            store(system, id, &journal, &before)?;
            Err(problem.into())
        }
    }
}

/// Whether it is this lifting that counts: a block that came meanwhile takes over.
fn is_lifted<P: Platform>(system: &System<'_, P>, id: &str) -> Result<bool, Stop> {
    Ok(visible(system, id)?.blocked.is_some_and(|blocked| blocked.lifted))
}

/// Stores the journal, or forgets it if nothing is left in it, unless a block has taken it over: what that one finds
/// there is to be given back once more. `before`: what was to be given back at first.
fn store<P: Platform>(
    system: &System<'_, P>,
    id: &str,
    journal: &Journal,
    before: &BTreeMap<String, TakenKey>,
) -> Result<(), Stop> {
    if !is_lifted(system, id)? {
        return Ok(());
    }
    if journal.is_done() {
        journal::forget(system, id)?;
    } else {
        journal.store(system, id)?;
    }
    // A block may have come after the first look, and noted what it takes.
    if is_lifted(system, id)? { Ok(()) } else { journal::put_back(system, id, before) }
}

async fn all<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    user: &str,
    restore: bool,
    journal: &mut Journal,
) -> Result<Vec<KeyItem>, Stop> {
    let any_listed = journal.taken.values().any(|taken| taken.listed);
    let listed = if any_listed { list::block_listed(api).await? } else { BTreeSet::new() };
    let definitions = if restore { api.access_rights().await? } else { Vec::new() };
    let taken = journal.taken.clone();
    let (journal, stopped) = (RefCell::new(journal), RefCell::default());
    let work = Lifting { system, api, user, restore, listed, definitions, journal, before: &taken, stopped };
    let keys = taken.iter().filter_map(|(text, taken)| Some((text.parse().ok()?, taken)));
    let items = in_order(change::AT_ONCE, keys.map(|(key, taken)| work.items(key, taken))).await;
    let mut items = items.into_iter().collect::<Result<Vec<_>, Stop>>()?.concat();
    let journal = work.journal.into_inner();
    if journal.order_list && work.stopped.into_inner().is_none() {
        order_list(system, api, journal, user, &mut items).await?;
    }
    Ok(items)
}

/// The lifting of one block: its keys side by side.
struct Lifting<'w, 'a, P: Platform, A> {
    system: &'w System<'a, P>,
    api: &'w A,
    user: &'w str,
    /// What was taken is given back.
    restore: bool,
    /// Keys on the block list.
    listed: BTreeSet<KeyId>,
    definitions: Vec<AccessRight>,
    /// Never held while iLOQ is waited for.
    journal: RefCell<&'w mut Journal>,
    /// What was to be given back at first.
    before: &'w BTreeMap<String, TakenKey>,
    /// Why no further key is begun.
    stopped: RefCell<Option<Problem>>,
}

impl<P: Platform, A: IloqApi> Lifting<'_, '_, P, A> {
    /// One key. What stops everybody keeps those from beginning that have not.
    async fn items(&self, key: KeyId, taken: &TakenKey) -> Result<Vec<KeyItem>, Stop> {
        if self.system.is_over() || !is_lifted(self.system, self.user)? {
            let over = || Problem::new(Code::InProgress, "The call was over; it goes on by itself.");
            self.stopped.borrow_mut().get_or_insert_with(over);
        }
        let pending = |problem| KeyItem::new(key, action(taken), ItemOutcome::Pending).with_problem(problem);
        let stopped = self.stopped.borrow().clone();
        if let Some(problem) = stopped {
            return Ok(vec![pending(problem)]);
        }
        let mut items = Vec::new();
        match self.lift(key, taken, &mut items).await {
            Ok(()) => self.done(key)?,
            Err(stop) => {
                let stops = stop.stops_everybody();
                let problem = self.system.problem(stop);
                if stops {
                    items.push(pending(self.stopped.borrow_mut().get_or_insert(problem).clone()));
                    return Ok(items);
                }
                if is_final(&problem) {
                    self.done(key)?;
                }
                items.push(KeyItem::failed(key, action(taken), problem));
            }
        }
        Ok(items)
    }

    /// Off the block list, and back to the user.
    async fn lift(&self, key: KeyId, taken: &TakenKey, items: &mut Vec<KeyItem>) -> Result<(), Stop> {
        let found = self.api.key(key).await?;
        if taken.listed && self.listed.contains(&key) {
            self.journal.borrow_mut().order_list = true;
            self.store()?;
            block_list::take_off(self.api, key).await?;
            let item = KeyItem::new(key, ItemAction::Unblock, ItemOutcome::Removed);
            let mut item = item.with_effective(Effective::WhenListSpreads);
            if let Lookup::Found(key) = &found {
                item = item.with_status(status::of(key));
            }
            items.push(item);
        }
        let restores = taken.detached || !taken.rights.is_empty();
        if restores && self.restore {
            let is_there = matches!(&found, Lookup::Found(key) if status::is_alive(status::of(key)));
            let (system, user) = (self.system, self.user);
            let item = give_back(system, self.api, user, (key, is_there), taken, &self.definitions);
            items.push(item.await?);
        }
        Ok(())
    }

    /// Nothing of the key is left to be given back.
    fn done(&self, key: KeyId) -> Result<(), Stop> {
        self.journal.borrow_mut().taken.remove(&key.to_string());
        self.store()
    }

    fn store(&self) -> Result<(), Stop> {
        store(self.system, self.user, &self.journal.borrow(), self.before)
    }
}

fn action(taken: &TakenKey) -> ItemAction {
    if taken.listed {
        ItemAction::Unblock
    } else if taken.detached {
        ItemAction::Attach
    } else {
        ItemAction::Rights
    }
}

/// A fact that no further try changes: the key is gone, or somebody else's.
fn is_final(problem: &Problem) -> bool {
    matches!(problem.code, Code::UnknownKey | Code::KeyAttachedToAnotherUser)
}

/// Gives one key back what was taken from it and is still missing.
async fn give_back<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    user: &str,
    (id, is_there): (KeyId, bool),
    taken: &TakenKey,
    definitions: &[AccessRight],
) -> Result<KeyItem, Stop> {
    if !is_there {
        let fact = if taken.phone {
            "The phone key was returned and can't be given back: send a new invitation with POST …/users/{user}/mobile-keys."
        } else {
            "The key is not there any more."
        };
        return Err(Problem::new(Code::UnknownKey, fact).into());
    }
    let assignable = |right: &&AccessRight| right.is_assignable() && taken.rights.contains(&right.id);
    let mut rights = api_rights(&api.key_access_rights(id, View::Planned).await?.rights);
    // A right that may not be given any more is dropped, also if somebody else has given it since.
    rights.extend(definitions.iter().filter(assignable).map(|right| right.id));
    let wanted = Wanted {
        user: user.to_owned(),
        person: holder::person_of(system, user)?,
        attach: taken.detached,
        only: None,
        rights,
    };
    let action = if taken.detached { ItemAction::Attach } else { ItemAction::Rights };
    set_rights(system, api, id, &wanted, definitions, action, false).await
}
