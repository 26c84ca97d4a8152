//! What jobs do for keys: what failed is tried again, and what is on its way is followed.

use iloq_client::{IloqApi, Lookup};
use iloq_model::{CanOrder, Key, KeyId, PersonId};
use portal_api::{
    Code, Problem, Time,
    types::{ChangeType, Counts, ItemAction, ItemOutcome, KeyStatus, Retry},
};
use serde_json::json;
use std::collections::BTreeMap;

use super::{
    bring::{self, Wanted},
    detach,
    follow::{Follow, change_of},
    holder,
    holders::Holders,
    list,
    order::{Order, order},
    record::{KeyRecord, KeyStore},
    set_rights::set_rights,
    status,
};
use crate::{
    events::hints::{self, Hints},
    platform::Platform,
    problem::Stop,
    state::{Due, Waiting, work_id},
    system::System,
};

/// Notes a failure.
pub fn waiting(record: &KeyRecord, problem: Problem, now: i64) -> Waiting {
    Waiting::after(record.waiting.as_ref(), problem, now)
}

/// Notes that work on a key has failed, if it is to be tried again.
pub fn failed<P: Platform>(system: &System<'_, P>, record: &mut KeyRecord, stop: &Stop) {
    if !is_void(stop) {
        record.waiting = Some(waiting(record, stop.problem(), system.now_ms()));
    }
}

/// Work on keys that waits or is parked.
///
/// # Errors
/// The store's failure.
pub fn retries<P: Platform>(system: &System<'_, P>) -> Result<Vec<Retry>, Stop> {
    let view = |(id, record): (String, KeyRecord)| {
        let waiting = record.waiting.as_ref()?;
        Some(Retry {
            id: retry_id(&id),
            kind: kind(&record).to_owned(),
            user: record.user.clone(),
            key: Some(id),
            tries: waiting.tries,
            next_at: waiting.next_at.map(Time::from_millis),
            problem: waiting.problem.clone(),
        })
    };
    Ok(KeyStore::new(&system.space).all()?.into_iter().filter_map(view).collect())
}

/// What is missing.
fn kind(record: &KeyRecord) -> &'static str {
    match record {
        KeyRecord { leaving: true, .. } => "remove-key",
        KeyRecord { working: true, .. } => "change-key",
        _ => "order-key",
    }
}

/// The id of a key's waiting work.
fn retry_id(key: &str) -> String {
    work_id("key", key)
}

/// Tries everything that is due; tells how many were tried and how many are done.
///
/// # Errors
/// What stops everybody.
pub async fn run_due<P: Platform>(system: &System<'_, P>, due: Due) -> Result<(u64, u64), Stop> {
    let (mut tried, mut done) = (0, 0);
    let store = KeyStore::new(&system.space);
    store.heal()?;
    for (id, record) in store.all()? {
        // A block does what was begun with a blocked user's keys itself.
        let is_left = record.working
            && record.waiting.is_none()
            && due.is_dead(record.begun_at)
            && record.user.as_ref().is_none_or(|user| holder::not_blocked(system, user).is_ok());
        if (is_left || due.is(record.waiting.as_ref())) && !system.is_over() {
            tried += 1;
            done += u64::from(again(system, &id, record).await?);
        }
    }
    Ok((tried, done))
}

/// Finds the key whose waiting work has the id `retry`.
///
/// # Errors
/// The store's failure.
pub fn find<P: Platform>(system: &System<'_, P>, retry: &str) -> Result<Option<(String, KeyRecord)>, Stop> {
    let all = KeyStore::new(&system.space).all()?;
    Ok(all.into_iter().find(|(id, record)| record.waiting.is_some() && retry_id(id) == retry))
}

/// Gives the waiting work of a key up.
///
/// # Errors
/// The store's failure.
pub fn give_up<P: Platform>(system: &System<'_, P>, id: &str, record: &KeyRecord) -> Result<(), Stop> {
    KeyStore::new(&system.space).update(id, |now| {
        if now.rev == record.rev {
            (now.waiting, now.leaving, now.working) = (None, false, false);
        }
    })?;
    Ok(())
}

/// Tries one key again: takes it away, brings it to what is wanted, or orders what is planned. Whether it is done now.
///
/// # Errors
/// What stops everybody.
pub async fn again<P: Platform>(system: &System<'_, P>, id: &str, record: KeyRecord) -> Result<bool, Stop> {
    let Ok(key_id) = id.parse::<KeyId>() else { return Ok(true) };
    let api = system.iloq()?;
    let outcome = async {
        let Lookup::Found(key) = api.key(key_id).await? else { return Ok(None) };
        if record.leaving {
            let item = detach::remove(system, &api, &key, None).await?;
            return Ok(Some(item.outcome != ItemOutcome::Pending));
        }
        if record.working {
            return go_on(system, &api, key_id, &record).await;
        }
        Ok(Some(order_again(system, &api, key_id, &record).await?))
    };
    let outcome: Result<Option<bool>, Stop> = outcome.await;
    api.kill_session(false).await;
    match system.noted(outcome) {
        Ok(Some(done)) => Ok(done),
        Ok(None) => {
            give_up(system, id, &record)?;
            Ok(true)
        }
        Err(stop) if stop.stops_the_job() => Err(stop),
        Err(stop) => {
            KeyStore::new(&system.space).update(id, |now| {
                // Unless it is noted already.
                if now.waiting == record.waiting {
                    failed(system, now, &stop);
                }
            })?;
            Ok(false)
        }
    }
}

/// A request has died, or iLOQ was away in the middle of it: what it wanted is brought about. Whether it is done now;
/// `None`: it is void.
async fn go_on<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: KeyId,
    record: &KeyRecord,
) -> Result<Option<bool>, Stop> {
    let (Some(user), Some(rights)) = (record.user.clone(), record.wanted.clone()) else { return Ok(None) };
    let outcome = async {
        let person = holder::holding(system, &user)?;
        let definitions = api.access_rights().await?;
        let wanted = Wanted { user, person, attach: record.attach, only: None, rights };
        set_rights(system, api, id, &wanted, &definitions, ItemAction::Rights, false).await
    };
    match outcome.await {
        Ok(item) => Ok(Some(item.problem.is_none())),
        Err(stop) if is_void(&stop) || stop.is(Code::UnknownUser) => Ok(None),
        Err(stop) => Err(stop),
    }
}

/// Whether another request or a block has won, or it cannot be: what was wanted is wanted no more.
fn is_void(stop: &Stop) -> bool {
    stop.is_block() || stop.is(Code::KeyAttachedToAnotherUser) || stop.is(Code::TooManyRights)
}

/// The order of a key alone, which was refused before. Whether it is done now: what a blocked user was to be given
/// waits, and what is taken is ordered.
///
/// # Errors
/// iLOQ's or the store's error.
pub async fn order_again<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: KeyId,
    record: &KeyRecord,
) -> Result<bool, Stop> {
    let gives = record.wanted.as_ref().is_none_or(|rights| !rights.is_empty());
    if let Some(user) = record.user.as_ref().filter(|_| gives)
        && holder::not_blocked(system, user).is_err()
    {
        KeyStore::new(&system.space).update(&id.to_string(), |now| {
            // It goes on when the block is lifted.
            now.waiting = now.waiting.take().map(|before| {
                let problem = before.problem.clone();
                Waiting::after(Some(&before), problem, system.now_ms()).again_and_again()
            });
        })?;
        return Ok(false);
    }
    let cause = record.waiting.as_ref().and_then(|waiting| waiting.problem.iloq.as_ref());
    if cause.and_then(|cause| cause.result) == Some(i64::from(CanOrder::MainZoneMissing.code())) {
        bring::main_zone(system, api, id).await?;
    }
    let ordered = order(api, id).await?;
    // Whose order the licence refused has never been ordered.
    let first = record.waiting.as_ref().is_some_and(|waiting| waiting.problem.code == Code::LicenceLimit);
    bring::note_licence(system, first, &ordered)?;
    let refused = match ordered {
        Order::Ordered | Order::Refused(CanOrder::NotInPlanning) => None,
        Order::Refused(code) => Some(bring::refused(code)),
    };
    let done = refused.is_none();
    KeyStore::new(&system.space).update(&id.to_string(), |record| {
        if let (None, Some(invited)) = (&refused, &mut record.invitation) {
            invited.went_with_the_order(system.now_ms());
        }
        record.waiting = refused.map(|problem| waiting(record, problem, system.now_ms()));
    })?;
    Ok(done)
}

/// Follows the keys that the portal has to do with: one listing, and two calls for each that has moved or that iLOQ has
/// told of. What was done in Manager to other keys of the portal's users is found by who held them at the last look.
///
/// # Errors
/// iLOQ's or the store's error.
pub async fn refresh<P: Platform>(system: &System<'_, P>) -> Result<Counts, Stop> {
    let store = KeyStore::new(&system.space);
    store.heal()?;
    let known = store.all()?;
    let mut told = hints::open(&system.space)?;
    let mut counts = Counts::new();
    let users = holder::users_by_person(system)?;
    if known.is_empty() && told.is_empty() && users.is_empty() {
        return Ok(counts);
    }
    let api = system.iloq()?;
    let outcome = async {
        let listed: Vec<Key> = api.keys().await?;
        let by_id: BTreeMap<String, &Key> = listed.iter().map(|key| (key.id.to_string(), key)).collect();
        let others = Others { system, api: &api, listed: &by_id, known: &known, users: &users };
        let holders = Holders::load(&system.space)?;
        let added = others.added(&told, &holders).await?;
        if added > 0 {
            counts.insert("added".to_owned(), added);
        }
        others.gone(&holders).await?;
        // What could not be looked at any more is looked at next time.
        let over = system.is_over();
        holders.store(&listed, |id| over && !known.contains_key(id))?;
        for (id, mut record) in known {
            if system.is_over() {
                // What was not looked at is looked at next time.
                told.remove(&id);
                continue;
            }
            let gone = |key: &Key| matches!(status::of(key), KeyStatus::Deleted | KeyStatus::Returned);
            let key = by_id.get(&id).copied().filter(|key| !gone(key));
            if record.leaving && key.is_some_and(|key| key.person_id.is_none()) {
                // A call has taken it away, and did not come to note it.
                detach::note_away(system, &id)?;
                record = store.get(&id)?.unwrap_or_default();
            }
            let holder = key.and_then(|key| users.get(&key.person_id?));
            let told = told.contains_key(&id);
            let follow = Follow { system, id: &id, before: &record, holder, told };
            let (after, changes) = match key {
                Some(key) => follow.present(&api, key).await?,
                None => follow.absent(&api).await?,
            };
            // A request that has changed the key meanwhile knows better; the next run follows it.
            if after.as_ref() == Some(&record) || store.get(&id)?.as_ref() != Some(&record) {
                *counts.entry("unchanged".to_owned()).or_default() += 1;
                continue;
            }
            *counts.entry("changed".to_owned()).or_default() += 1;
            system.changes().append(changes)?;
            match after {
                Some(after) => store.put(&id, &after)?,
                None => store.forget(&id)?,
            }
        }
        Ok(hints::done(&system.space, &told)?)
    };
    let outcome: Result<(), Stop> = outcome.await;
    api.kill_session(false).await;
    system.noted(outcome)?;
    Ok(counts)
}

/// Keys that the portal has no record of.
struct Others<'o, 'a, P: Platform, A> {
    system: &'o System<'a, P>,
    api: &'o A,
    listed: &'o BTreeMap<String, &'o Key>,
    known: &'o BTreeMap<String, KeyRecord>,
    users: &'o BTreeMap<PersonId, String>,
}

impl<P: Platform, A: IloqApi> Others<'_, '_, P, A> {
    /// Keys that iLOQ has told of, or that somebody else held before: those that a user of the portal holds are followed
    /// from now on, and the portal is told. Tells how many.
    async fn added(&self, told: &Hints, holders: &Holders<'_, P::Store>) -> Result<u64, Stop> {
        let system = self.system;
        let is_new = |id: &String, key: &Key| {
            let is_told = told.contains_key(id) || holders.is_given(key);
            is_told && !self.known.contains_key(id) && status::kind(key).is_some()
        };
        let store = KeyStore::new(&system.space);
        let mut added = 0;
        for (id, key) in self.listed.iter().filter(|(id, key)| is_new(id, key)) {
            let Some(user) = key.person_id.and_then(|person| self.users.get(&person)) else { continue };
            if system.is_over() {
                break;
            }
            let seen = list::look(system, self.api, key).await?;
            // A request may have made the key's record meanwhile: then it knows more.
            if store.get(id)?.is_some() {
                continue;
            }
            let data = json!({ "user": user, "status": status::of(key) });
            let attached = change_of(system, Some(user.clone()), id, ChangeType::KeyAttached, data);
            system.changes().append(vec![attached])?;
            let record = KeyRecord { user: Some(user.clone()), seen: Some(seen), ..KeyRecord::default() };
            store.put(id, &record)?;
            added += 1;
        }
        Ok(added)
    }

    /// Keys that a user of the portal held and holds no more: the portal is told.
    async fn gone(&self, holders: &Holders<'_, P::Store>) -> Result<(), Stop> {
        for (id, person) in holders.all().filter(|(id, _)| !self.known.contains_key(*id)) {
            let Some(user) = self.users.get(&person) else { continue };
            let key = self.listed.get(id).copied().filter(|key| status::is_alive(status::of(key)));
            if key.is_some_and(|key| key.person_id == Some(person)) || self.system.is_over() {
                continue;
            }
            let before = KeyRecord { user: Some(user.clone()), ..KeyRecord::default() };
            let holder = key.and_then(|key| self.users.get(&key.person_id?));
            let follow = Follow { system: self.system, id, before: &before, holder, told: false };
            let changes = match key {
                Some(_) => vec![follow.detached(user)],
                None => follow.absent(self.api).await?.1,
            };
            self.system.changes().append(changes)?;
        }
        Ok(())
    }
}
