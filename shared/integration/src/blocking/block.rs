//! `POST …/users/{user}/block`.

use sorted::SortedSet;

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{Key, KeyId, PersonId, ProgrammingState};
use portal_api::{
    Code, Problem,
    types::{
        BlockReason, BlockUser, Effective, ItemAction, ItemOutcome, ItemsAnswer, KeyItem, KeyType, LinkState,
    },
};

use super::journal::{Journal, TakenKey};
use crate::{
    http::{Answer, Call},
    keys::{
        KeyStore, Taken, block_list,
        bring::Wanted,
        change, list, look_at_phone,
        rights::api_rights,
        sending::{self, Sending},
        status,
    },
    platform::Platform,
    problem::Stop,
    system::System,
    users::{Blocked, Saving, UserRecord, Waiting, view, visible},
};

/// Blocks a user: the flag, then the keys. May be repeated.
///
/// # Errors
/// What the caller is told; the flag stands, and the jobs go on.
pub async fn block<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let id = call.parameter("user");
    let request = BlockUser::read(call.members.clone())?;
    let user = visible(system, id)?;
    let items = if request.dry_run {
        let blocked = wanted(&user, request, system.now_ms());
        system.noted(dry_run(system, id, &user, blocked).await)?
    } else {
        let user = flag(system, id, user, request)?;
        system.noted(go_on(system, id, &user).await)?
    };
    Ok(Answer::json(ItemsAnswer::status_of(&items), &ItemsAnswer { items }))
}

fn wanted(user: &UserRecord, request: BlockUser, now: i64) -> Blocked {
    let at = user.blocked.filter(|blocked| !blocked.lifted).map_or(now, |blocked| blocked.at);
    Blocked { reason: request.reason, keep_keys: request.keep_keys, at, lifted: false }
}

/// Sets the flag. From here on nothing is given to the user any more.
fn flag<P: Platform>(
    system: &System<'_, P>,
    id: &str,
    mut user: UserRecord,
    request: BlockUser,
) -> Result<UserRecord, Stop> {
    // What an earlier user of that id lost is not this one's.
    let mut journal = if user.blocked.is_some() { Journal::load(system, id)? } else { Journal::default() };
    journal.restore = false;
    journal.begin(system.now_ms());
    journal.store(system, id)?;
    let blocked = wanted(&user, request, system.now_ms());
    if user.blocked != Some(blocked) {
        user.blocked = Some(blocked);
        if view::state(&user) == LinkState::Pending && user.waiting.is_none() {
            // A save is on its way and may find that this write has overtaken it: then the jobs conclude it.
            let problem = Problem::new(Code::InProgress, "The save was overtaken by a block.");
            user.waiting = Some(Waiting { tries: 0, next_at: Some(system.now_ms() + 60_000), problem });
        }
        Saving::new(system, id).intend(&mut user)?;
    }
    Ok(user)
}

/// Takes what the user still holds. May be repeated.
///
/// # Errors
/// iLOQ's or the store's error if nothing could be done; it is noted, and tried again by the jobs.
pub async fn go_on<P: Platform>(
    system: &System<'_, P>,
    id: &str,
    user: &UserRecord,
) -> Result<Vec<KeyItem>, Stop> {
    let Some(blocked) = user.blocked else { return Ok(Vec::new()) };
    let mut journal = Journal::load(system, id)?;
    if journal.again {
        journal.again = false;
        journal.store(system, id)?;
    }
    let Some(person) = user.person else {
        // Without a person there are no keys; if one is linked later, its keys are taken then.
        journal.failed(system.now_ms(), Problem::of(Code::SetupIncomplete));
        journal.store(system, id)?;
        return Ok(Vec::new());
    };
    let outcome = match system.iloq() {
        Ok(api) => {
            let work = Work { system, api: &api, user: id, person, blocked, dry_run: false };
            let outcome = work.all(&mut journal).await;
            api.kill_session(false).await;
            outcome
        }
        Err(stop) => Err(stop),
    };
    match outcome {
        Ok(items) => {
            let undone = items.iter().find(|item| item.outcome == ItemOutcome::Failed || is_ours(item));
            let list = journal.order_list.then(|| Problem::of(Code::OrderRefused));
            let again = Journal::load(system, id)?.again;
            match undone.and_then(|item| item.problem.clone()).or(list) {
                Some(problem) => journal.failed(system.now_ms(), problem),
                None if again => journal.begin(system.now_ms()),
                None => journal.waiting = None,
            }
            journal.store(system, id)?;
            Ok(items)
        }
        Err(stop @ Stop::State(_)) => Err(stop),
        Err(stop) => {
            system.note(&stop);
            let problem = stop.into_problem();
            journal.failed(system.now_ms(), problem.clone());
            journal.store(system, id)?;
            Err(problem.into())
        }
    }
}

/// Pending because the call could not get to it, rather than because iLOQ keeps the key for now (which is
/// noted with the key), or a block list that is not ordered.
fn is_ours(item: &KeyItem) -> bool {
    match item.action {
        ItemAction::Block => {
            matches!(item.outcome, ItemOutcome::Pending | ItemOutcome::ChangedNotOrdered)
        }
        _ => item.problem.as_ref().is_some_and(|problem| problem.code == Code::InProgress),
    }
}

async fn dry_run<P: Platform>(
    system: &System<'_, P>,
    id: &str,
    user: &UserRecord,
    blocked: Blocked,
) -> Result<Vec<KeyItem>, Stop> {
    let Some(person) = user.person else { return Ok(Vec::new()) };
    let api = system.iloq()?;
    let work = Work { system, api: &api, user: id, person, blocked, dry_run: true };
    let outcome = work.all(&mut Journal::default()).await;
    api.kill_session(false).await;
    outcome
}

/// The work of one block.
struct Work<'w, 'a, P: Platform, A> {
    system: &'w System<'a, P>,
    api: &'w A,
    user: &'w str,
    person: PersonId,
    blocked: Blocked,
    dry_run: bool,
}

impl<P: Platform, A: IloqApi> Work<'_, '_, P, A> {
    async fn all(&self, journal: &mut Journal) -> Result<Vec<KeyItem>, Stop> {
        // Before the keys are listed: what is made and ordered in between is in the list.
        let sending = sending::all(self.system, self.user)?;
        let Lookup::Found(held) = self.api.person_keys(self.person).await? else { return Ok(Vec::new()) };
        if !self.dry_run {
            let holds = |id: &str| held.iter().any(|key| key.id.to_string() == id);
            for (id, _) in journal.taken.iter().filter(|(id, taken)| taken.detached && !holds(id)) {
                change::note_away(self.system, id)?;
            }
        }
        let physical = held.iter().any(|key| status::kind(key) != Some(KeyType::Mobile));
        let listed = if physical { list::block_listed(self.api).await? } else { SortedSet::new() };
        let mut items = self.on_their_way(sending, &held)?;
        let mut stopped = None;
        for key in held.iter().filter(|key| status::is_alive(status::of(key))) {
            if self.system.is_over() && stopped.is_none() {
                stopped = Some(Problem::new(Code::InProgress, "The call was over; it goes on by itself."));
            }
            if let Some(problem) = &stopped {
                let item = KeyItem::new(key.id, ItemAction::Block, ItemOutcome::Pending);
                let item = item.with_status(status::of(key));
                items.push(item.with_problem(Problem::clone(problem)));
                continue;
            }
            match self.one(journal, key, &listed).await {
                Ok(item) => items.push(item),
                Err(stop) if stop.stops_everybody() => {
                    let problem = self.system.problem(stop);
                    let item = KeyItem::new(key.id, ItemAction::Block, ItemOutcome::Pending);
                    items.push(item.with_status(status::of(key)).with_problem(problem.clone()));
                    stopped = Some(problem);
                }
                Err(stop) => {
                    let item = KeyItem::failed(key.id, ItemAction::Block, self.system.problem(stop));
                    items.push(item.with_status(status::of(key)));
                }
            }
        }
        if stopped.is_none() && !self.dry_run {
            self.order_list(journal, &mut items).await?;
        }
        Ok(items)
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
                sending::end(self.system, self.user, &text)?;
            }
        }
        Ok(items)
    }

    async fn one(
        &self,
        journal: &mut Journal,
        key: &Key,
        listed: &SortedSet<KeyId>,
    ) -> Result<KeyItem, Stop> {
        let status = status::of(key);
        let unchanged = KeyItem::new(key.id, ItemAction::Block, ItemOutcome::Unchanged).with_status(status);
        // A key that is listed can't be changed, and opens nothing.
        let phone = status::kind(key) == Some(KeyType::Mobile);
        if !phone && listed.contains(&key.id) {
            return Ok(unchanged);
        }
        let mut known = None;
        if phone {
            if self.dry_run {
                let (outcome, effective) = match look_at_phone(self.api, key).await? {
                    Taken::Kept(kept) => {
                        let item = KeyItem::new(key.id, ItemAction::Detach, ItemOutcome::Pending);
                        return Ok(item.with_status(status).with_problem(kept.problem));
                    }
                    Taken::Deleted => (ItemOutcome::Deleted, Effective::Now),
                    Taken::Returned | Taken::Away(_) => (ItemOutcome::Returned, Effective::WhenAppOpened),
                };
                let item = KeyItem::new(key.id, ItemAction::Detach, outcome);
                return Ok(item.with_status(status).with_effective(effective));
            }
            known = KeyStore::new(&self.system.space).get(&key.id.to_string())?.and_then(|key| key.wanted);
        }
        let planned = match known {
            Some(_) => Vec::new(),
            None => self.api.key_access_rights(key.id, View::Planned).await?.rights,
        };
        let rights = known.unwrap_or_else(|| api_rights(&planned));
        if phone {
            let taken = TakenKey { rights, detached: true, phone: true, ..TakenKey::default() };
            journal.note(self.system, self.user, key.id, &taken)?;
            return change::remove(self.system, self.api, key).await;
        }
        match self.blocked.reason {
            BlockReason::Lost if planned.is_empty() => Ok(unchanged),
            BlockReason::Lost => self.list(journal, key).await,
            BlockReason::Leaver if self.blocked.keep_keys => {
                let unordered = key.programming_state == Some(ProgrammingState::Planning);
                if rights.is_empty() && !unordered {
                    return Ok(unchanged);
                }
                self.strip(journal, key, TakenKey { rights, ..TakenKey::default() }).await
            }
            BlockReason::Leaver => {
                if self.dry_run {
                    let item = KeyItem::new(key.id, ItemAction::Detach, ItemOutcome::Removed);
                    return Ok(item.with_status(status).with_effective(Effective::WhenProgrammed));
                }
                let taken = TakenKey { rights, detached: true, ..TakenKey::default() };
                journal.note(self.system, self.user, key.id, &taken)?;
                change::remove(self.system, self.api, key).await
            }
        }
    }

    /// Puts a key on the block list; the list is ordered once, at the end.
    async fn list(&self, journal: &mut Journal, key: &Key) -> Result<KeyItem, Stop> {
        let item = KeyItem::new(key.id, ItemAction::Block, ItemOutcome::BlockListed)
            .with_status(status::of(key))
            .with_effective(Effective::WhenListSpreads);
        block_list::may_add(self.api, key.id).await?;
        if !self.dry_run {
            let taken = TakenKey { listed: true, ..TakenKey::default() };
            journal.order_list = true;
            journal.note(self.system, self.user, key.id, &taken)?;
            block_list::add(self.api, key.id).await?;
        }
        Ok(item)
    }

    /// Takes the API rights off a key that stays the user's.
    async fn strip(&self, journal: &mut Journal, key: &Key, taken: TakenKey) -> Result<KeyItem, Stop> {
        let wanted = Wanted {
            user: self.user.to_owned(),
            person: self.person,
            attach: false,
            only: None,
            rights: SortedSet::new(),
        };
        if !self.dry_run {
            journal.note(self.system, self.user, key.id, &taken)?;
        }
        let action = ItemAction::Rights;
        change::set_rights(self.system, self.api, key.id, &wanted, &[], action, self.dry_run).await
    }

    async fn order_list(&self, journal: &mut Journal, items: &mut [KeyItem]) -> Result<(), Stop> {
        if journal.order_list {
            order_list(self.system, self.api, journal, self.user, items).await?;
        }
        Ok(())
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
