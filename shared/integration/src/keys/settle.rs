//! When two calls have worked on one key at the same time: what was stored last is brought about once more.
//!
//! Each call stores what it wants before it changes iLOQ, and its end when it has; then it looks again. Who finds
//! another's wish there has perhaps changed what the other one had changed already, so it does that again. Who stored
//! its wish too late for that finds the other one's end, and reads the key once more. All that the other one still does
//! leads to the same, whatever the order.
//!
//! Of two users who want one free key, the one who finds it attached to the other one withdraws. If neither does, the
//! wish that was stored last stands, and the other one gives way as soon as that request has ended.

use super::{
    bring::{self, KeyPlan, Wanted},
    detach, holder,
    record::{KeyRecord, KeyStore},
    rights::{Difference, api_rights},
    status,
    take_away::{Taken, take_away},
};
use crate::{platform::Platform, problem::Stop, system::System};
use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{Key, KeyId, PersonId, ProgrammingState};

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

/// Brings the key to what its record wants now; a blocked user gets nothing. `from`: those from whom it may be
/// taken for that, because they have it only from requests that a newer one has replaced.
///
/// # Errors
/// iLOQ's or the store's error; `user-blocked` if the one who is to have it is blocked just now.
pub async fn settle<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: KeyId,
    from: &[PersonId],
) -> Result<(), Stop> {
    let store = KeyStore::new(&system.space);
    let text = id.to_string();
    for _ in 0..ROUNDS {
        let Some(record) = store.get(&text)? else { return Ok(()) };
        let Lookup::Found(key) = api.key(id).await? else { return Ok(()) };
        if !status::is_alive(status::of(&key)) {
            return Ok(());
        }
        let is_free = key.person_id.is_none_or(|person| from.contains(&person));
        match &record.user {
            Some(user) if !record.leaving => {
                let blocked = system.users().get(user)?.is_some_and(|user| user.is_blocked());
                let person = holder::holding(system, user)?;
                if key.person_id != Some(person) && !is_free {
                    // Its request finds that, and withdraws.
                    return Ok(());
                }
                let attach = key.person_id != Some(person) && !blocked;
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
                    bring::bring(system, api, plan, &wanted).await?;
                }
            }
            // Also the rights of a key that is nobody's by now.
            user if is_free || is_of(system, user.as_ref(), &key)? => {
                if let Taken::Away(_) = take_away(api, &key, None).await? {
                    detach::note_away(system, &text)?;
                }
            }
            _ => {}
        }
        if same_work(Some(&record), store.get(&text)?.as_ref()) {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether the key is still that user's, from whom it is being taken.
fn is_of<P: Platform>(system: &System<'_, P>, user: Option<&String>, key: &Key) -> Result<bool, Stop> {
    let Some(user) = user else { return Ok(false) };
    let person = system.users().get(user)?.and_then(|user| user.person);
    Ok(key.person_id.is_some() && key.person_id == person)
}

/// After [`settle`]: the end of the newest request for the same user may have been stored before ours, which has replaced
/// it, so it is stored once more. One that is still at work stores its own later.
///
/// # Errors
/// The store's failure.
pub fn conclude<P: Platform>(system: &System<'_, P>, id: &str, ours: &KeyRecord) -> Result<(), Stop> {
    let store = KeyStore::new(&system.space);
    let Some(mut now) = store.get(id)?.filter(|now| now.working && !now.leaving) else { return Ok(()) };
    if now.user == ours.user && !ours.stands_over(&now) {
        now.working = false;
        now.revoked(system.now_ms());
        store.put(id, &now)?;
    }
    Ok(())
}
