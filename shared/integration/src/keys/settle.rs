//! When two calls have worked on one key at the same time: what was stored last is brought about once more.
//!
//! Each call stores what it wants before it changes iLOQ, and looks again when it is done. Who finds another's wish
//! there has perhaps changed what the other one had changed already, so it does that again. All that the other one
//! still does leads to the same, whatever the order.

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{KeyId, PersonId, ProgrammingState};
use portal_api::{Code, Problem, types::ItemOutcome};

use super::{
    bring::{self, Brought, KeyPlan, Wanted},
    holder, list,
    record::{KeyRecord, KeyStore},
    rights::{Difference, api_rights},
    status, take_away,
};
use crate::{platform::Platform, problem::Stop, system::System};

/// If the wish keeps changing, its newest owner has the last word after so many rounds.
pub const ROUNDS: u32 = 3;

/// Whether no other request has stored a wish, or come to its end, in between.
#[must_use]
pub fn same_work(before: Option<&KeyRecord>, now: Option<&KeyRecord>) -> bool {
    let stage = |record: &KeyRecord| (record.rev, record.writer.clone(), record.working, record.leaving);
    before.map(stage) == now.map(stage)
}

/// Whether work on the rights of a key was under way between two looks at its record.
#[must_use]
pub fn was_worked_on(before: Option<&KeyRecord>, now: Option<&KeyRecord>) -> bool {
    let working = |record: Option<&KeyRecord>| record.is_some_and(|record| record.working || record.leaving);
    working(before) || working(now) || !same_work(before, now)
}

/// Brings the key to what its record wants now; a blocked user gets nothing. `mine`: the person whom the caller may
/// have given the key to. The last change that it took, if any.
///
/// # Errors
/// iLOQ's or the store's error; `user-blocked` if the one who is to have it is blocked just now.
pub async fn settle<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: KeyId,
    mine: Option<PersonId>,
) -> Result<Option<Brought>, Stop> {
    let store = KeyStore::new(&system.space);
    let text = id.to_string();
    let mut last = None;
    for _ in 0..ROUNDS {
        let Some(record) = store.get(&text)? else { return Ok(last) };
        let Lookup::Found(key) = api.key(id).await? else { return Ok(last) };
        if !status::is_alive(status::of(&key)) {
            return Ok(last);
        }
        let is_mine = key.person_id.is_some() && key.person_id == mine;
        match &record.user {
            Some(user) if !record.leaving => {
                let blocked = system.users().get(user)?.is_some_and(|user| user.is_blocked());
                let person = holder::holding(system, user)?;
                let free = key.person_id.is_none() || is_mine;
                let attach = key.person_id != Some(person) && free && !blocked;
                let planned = api.key_access_rights(id, View::Planned).await?.rights;
                let rights = record.wanted.clone().unwrap_or_else(|| api_rights(&planned));
                let mut difference = Difference::between(&planned, &rights);
                if blocked {
                    difference.add.clear();
                }
                let unordered = key.programming_state == Some(ProgrammingState::Planning);
                let mut plan = KeyPlan::new(key, attach, difference, unordered, planned);
                if !plan.is_empty() {
                    bring::permitted(api, &mut plan).await?;
                    let wanted = Wanted { user: user.clone(), person, attach, only: None, rights };
                    last = Some(bring::bring(system, api, plan, &wanted).await?);
                }
            }
            // Also the rights of a key that is nobody's by now.
            _ if is_mine || key.person_id.is_none() => drop(take_away(api, &key, None).await?),
            _ => {}
        }
        if same_work(Some(&record), store.get(&text)?.as_ref()) {
            return Ok(last);
        }
    }
    Ok(last)
}

/// A key was free when it was read, and another user's request was quicker with it, whose wish ours has replaced: the
/// key becomes the user's all the same, and the other request finds that when it looks again.
///
/// # Errors
/// `key-attached-to-another-user` if the other one's request is not the one that ours has replaced; else those of
/// [`settle`].
pub async fn take_over<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: KeyId,
    replaced: Option<&KeyRecord>,
    wanted: &Wanted,
) -> Result<Brought, Stop> {
    let taken = || Stop::from(Problem::of(Code::KeyAttachedToAnotherUser));
    let rival = replaced.filter(|record| record.working).and_then(|record| record.user.as_ref());
    let Some(rival) = rival.filter(|user| **user != wanted.user) else { return Err(taken()) };
    let brought = settle(system, api, id, Some(holder::holding(system, rival)?)).await?;
    let Lookup::Found(key) = api.key(id).await? else { return Err(Problem::of(Code::UnknownKey).into()) };
    if key.person_id != Some(wanted.person) {
        return Err(taken());
    }
    Ok(match brought {
        Some(brought) => brought,
        // The other request has done it already, when it looked again.
        None => {
            let seen = list::look(system, api, &key).await?;
            Brought { key, outcome: ItemOutcome::Ordered, problem: None, seen }
        }
    })
}
