//! Keys taken away from their holders, and what is noted of that.

use std::collections::BTreeSet;

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{AccessRight, Key, KeyId};
use portal_api::{
    Code, Problem,
    types::{Effective, ItemAction, ItemOutcome, KeyItem, KeyStatus},
};

use super::{
    change::{answer, item_or_failed},
    holder, job,
    list::key_id,
    record::{KeyRecord, KeyStore, Mark},
    settle, status,
    take_away::{Taken, take_away},
};
use crate::{
    http::{Answer, Call, new_id},
    platform::Platform,
    problem::Stop,
    system::System,
};

/// `DELETE …/users/{user}/keys/{key}`.
///
/// # Errors
/// What the caller is told of the request as a whole.
pub async fn detach<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let person = holder::holding(system, call.parameter("user"))?;
    let api = system.iloq()?;
    let id = key_id(call)?;
    let outcome = match api.key(id).await {
        Ok(Lookup::Found(key)) if key.person_id == Some(person) => remove(system, &api, &key, None).await,
        Ok(Lookup::Found(key)) if key.person_id.is_none() => unchanged(system, id, status::of(&key)),
        Ok(Lookup::Absent) if was_taken_away(system, &id.to_string())? => {
            unchanged(system, id, KeyStatus::Deleted)
        }
        Ok(_) => Err(Problem::of(Code::UnknownKey).into()),
        Err(error) => Err(error.into()),
    };
    let item = item_or_failed(system, &api, id, ItemAction::Detach, outcome).await;
    api.kill_session(false).await;
    Ok(answer(vec![system.noted(item)?]))
}

/// The key is nobody's already.
fn unchanged<P: Platform>(system: &System<'_, P>, id: KeyId, status: KeyStatus) -> Result<KeyItem, Stop> {
    note_away(system, &id.to_string())?;
    Ok(KeyItem::new(id, ItemAction::Detach, ItemOutcome::Unchanged).with_status(status))
}

/// Whether a key that iLOQ does not have any more is one that was taken from its holder here.
fn was_taken_away<P: Platform>(system: &System<'_, P>, id: &str) -> Result<bool, Stop> {
    let record = KeyStore::new(&system.space).get(id)?;
    let is_away = |record: KeyRecord| record.leaving || (record.user.is_none() && record.wanted.is_some());
    Ok(record.is_some_and(is_away))
}

/// A key's rights in the plan, read after the mark.
pub struct Planned {
    /// Who was the last to have ended.
    pub mark: Mark,
    /// All of them.
    pub rights: Vec<AccessRight>,
}

impl Planned {
    /// Reads them.
    ///
    /// # Errors
    /// iLOQ's or the store's error.
    pub async fn read<P: Platform>(
        system: &System<'_, P>,
        api: &impl IloqApi,
        id: KeyId,
    ) -> Result<Self, Stop> {
        let mark = KeyStore::new(&system.space).mark(&id.to_string())?;
        Ok(Self { mark, rights: api.key_access_rights(id, View::Planned).await?.rights })
    }
}

/// Takes a key away and notes it. May be repeated, and may run beside other work on the same key. `planned`: its
/// rights, if they were read just now.
///
/// # Errors
/// iLOQ's or the store's error; what was done stays, and the same call goes on.
pub async fn remove<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    key: &Key,
    planned: Option<Planned>,
) -> Result<KeyItem, Stop> {
    let store = KeyStore::new(&system.space);
    let id = key.id.to_string();
    let record = leaves(system, key)?;
    // If a request has ended since they were read, it may have given the key more.
    let mark = store.mark(&id)?;
    let planned = planned.filter(|planned| planned.mark == mark).map(|planned| planned.rights);
    let taken = match take_away(api, key, planned).await {
        Ok(taken) => taken,
        Err(stop) => {
            // A block keeps a list of its own of what it has to do.
            let is_blocks =
                record.user.as_ref().is_some_and(|user| holder::not_blocked(system, user).is_err());
            store.update(&id, |now| {
                if now.writer == record.writer && !is_blocks {
                    job::failed(system, now, &stop);
                }
            })?;
            return Err(stop);
        }
    };
    let mut now = store.get(&id)?.unwrap_or_default();
    let item = removed(key.id, &taken);
    if record.stands_over(&now) {
        now = taken_away(record.with_state(now), &taken, system.now_ms());
        store.put(&id, &now)?;
        now = store.get(&id)?.unwrap_or_default();
    }
    if !record.stands_over(&now) {
        settle::settle(system, api, key.id, key.person_id.as_slice()).await?;
        settle::conclude(system, &id, &record)?;
    }
    Ok(item)
}

/// The same for the user of a key who is being deleted: that is what is stored, and what goes on after a crash.
///
/// # Errors
/// The same.
pub async fn remove_with_user<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    key: &Key,
) -> Result<(), Stop> {
    let store = KeyStore::new(&system.space);
    let id = key.id.to_string();
    // What another request still wants for this user is void.
    for _ in 0..settle::ROUNDS {
        let record = leaves(system, key)?;
        let taken = take_away(api, key, None).await?;
        let mut now = store.get(&id)?.unwrap_or_default();
        if record.stands_over(&now) {
            store.put(&id, &taken_away(record.with_state(now), &taken, system.now_ms()))?;
            now = store.get(&id)?.unwrap_or_default();
        }
        if record.stands_over(&now) {
            break;
        }
    }
    Ok(())
}

/// Notes that a key is to go, so that it is not lost with the answer, and whoever works on it finds that.
fn leaves<P: Platform>(system: &System<'_, P>, key: &Key) -> Result<KeyRecord, Stop> {
    let store = KeyStore::new(&system.space);
    let id = key.id.to_string();
    let mut record = KeyRecord { leaving: true, ..store.get(&id)?.unwrap_or_default() };
    record.rev += 1;
    record.writer = new_id(system.platform.random());
    record.begun_at = system.now_ms();
    record.revoking |= key.is_programmed == Some(true);
    store.intend(&id, &record)?;
    Ok(record)
}

/// How a key stands that was to be taken away.
fn taken_away(mut now: KeyRecord, taken: &Taken, at: i64) -> KeyRecord {
    now.working = false;
    match taken {
        Taken::Kept(kept) => {
            if kept.is_empty {
                now.wanted = Some(BTreeSet::new());
                now.revoked(at);
            }
            now.waiting = Some(job::waiting(&now, kept.problem.clone(), at));
            now
        }
        Taken::Away(_) => away(now, at),
        // What is on the phone is not followed.
        Taken::Returned | Taken::Deleted => {
            now.revoking = false;
            away(now, 0)
        }
    }
}

/// What is told of a key that was to be taken away.
fn removed(id: KeyId, taken: &Taken) -> KeyItem {
    let (outcome, status, effective) = match taken {
        // Then nothing was on it, or iLOQ programs it itself, as a tag.
        Taken::Away(KeyStatus::Programmed) => {
            (ItemOutcome::Removed, KeyStatus::Programmed, Some(Effective::Now))
        }
        Taken::Away(status) => (ItemOutcome::Removed, *status, Some(Effective::WhenProgrammed)),
        Taken::Returned => (ItemOutcome::Returned, KeyStatus::Returned, Some(Effective::WhenAppOpened)),
        // It was on no phone.
        Taken::Deleted => (ItemOutcome::Deleted, KeyStatus::Deleted, Some(Effective::Now)),
        Taken::Kept(kept) => {
            (ItemOutcome::Pending, kept.status, kept.is_ordered.then_some(Effective::WhenAppOpened))
        }
    };
    let mut item = KeyItem::new(id, ItemAction::Detach, outcome).with_status(status);
    item.effective = effective;
    match taken {
        Taken::Kept(kept) => item.with_problem(kept.problem.clone()),
        _ => item,
    }
}

/// A key that was on its way out is found to be out: the call that took it away did not come to note it.
///
/// # Errors
/// The store's failure.
pub fn note_away<P: Platform>(system: &System<'_, P>, id: &str) -> Result<(), Stop> {
    let store = KeyStore::new(&system.space);
    let Some(record) = store.get(id)?.filter(|record| record.leaving) else { return Ok(()) };
    Ok(store.put(id, &away(record, system.now_ms()))?)
}

/// A key that was taken away: nothing is wanted of it, and what is still on it is followed.
fn away(mut record: KeyRecord, at: i64) -> KeyRecord {
    record.revoked(at);
    let KeyRecord { rev, writer, revoked_at, .. } = record;
    KeyRecord { rev, writer, wanted: Some(BTreeSet::new()), revoked_at, ..KeyRecord::default() }
}
