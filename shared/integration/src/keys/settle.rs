//! When two calls have worked on one key at the same time: what was stored last is brought about once more.
//!
//! Each call stores what it wants before it changes iLOQ, and looks again when it is done. Who finds another's wish
//! there has perhaps changed what the other one had changed already, so it does that again. All that the other one
//! still does leads to the same, whatever the order.

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{KeyId, PersonId, ProgrammingState};

use super::{
    bring::{self, KeyPlan, Wanted},
    holder,
    record::{KeyRecord, KeyStore},
    rights::{Difference, api_rights},
    status, take_away,
};
use crate::{platform::Platform, problem::Stop, system::System};

/// If the wish keeps changing, its newest owner has the last word after so many rounds.
pub const ROUNDS: u32 = 3;

/// Whether no other request has stored a wish in between.
#[must_use]
pub fn same_work(before: Option<&KeyRecord>, now: Option<&KeyRecord>) -> bool {
    let writer = |record: Option<&KeyRecord>| record.map(|record| (record.rev, record.writer.clone()));
    writer(before) == writer(now)
}

/// Whether work on the rights of a key was under way between two looks at its record.
#[must_use]
pub fn was_worked_on(before: Option<&KeyRecord>, now: Option<&KeyRecord>) -> bool {
    let working = |record: Option<&KeyRecord>| record.is_some_and(|record| record.working || record.leaving);
    working(before) || working(now) || !same_work(before, now)
}

/// Brings the key to what its record wants now; a blocked user gets nothing. `mine`: the person whom the caller may
/// have given the key to.
///
/// # Errors
/// iLOQ's or the store's error; `user-blocked` if the one who is to have it is blocked just now.
pub async fn settle<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: KeyId,
    mine: Option<PersonId>,
) -> Result<(), Stop> {
    let store = KeyStore::new(&system.space);
    let text = id.to_string();
    for _ in 0..ROUNDS {
        let Some(record) = store.get(&text)? else { return Ok(()) };
        let Lookup::Found(key) = api.key(id).await? else { return Ok(()) };
        if !status::is_alive(status::of(&key)) {
            return Ok(());
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
                let plan = KeyPlan::new(key, attach, difference, unordered, planned);
                if !plan.is_empty() {
                    let wanted = Wanted { user: user.clone(), person, attach, rights };
                    bring::bring(system, api, plan, &wanted).await?;
                }
            }
            // Also the rights of a key that is nobody's by now.
            _ if is_mine || key.person_id.is_none() => drop(take_away(api, &key).await?),
            _ => {}
        }
        if same_work(Some(&record), store.get(&text)?.as_ref()) {
            return Ok(());
        }
    }
    Ok(())
}
