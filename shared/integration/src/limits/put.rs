//! `PUT …/keys/{key}/limits`: read, laid over, written, ordered.

use std::collections::BTreeSet;

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{Key, KeyId, KeyTimeLimits, PersonId, ProgrammingState, SlotNo};
use portal_api::{
    Code, Problem,
    types::{ItemAction, ItemOutcome, KeyItem, KeyType, LimitsAnswer, PutLimits, check_period},
};

use super::{clock, merge, write};
use crate::{
    certain::certain,
    http::{Answer, Call},
    keys::{
        KeyRecord, KeyStore, Seen,
        bring::{self, KeyPlan, Wanted},
        holder, job, list,
        rights::api_rights,
        settle, status,
    },
    platform::Platform,
    problem::Stop,
    system::System,
};

/// Sets the limits that the request names. May be repeated.
///
/// # Errors
/// What the caller is told.
pub async fn put<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let request = PutLimits::read(call.members.clone())?;
    let warning = clock::check(&system.zone()?, &request)?;
    let id = list::key_id(call)?;
    let api = system.iloq()?;
    let outcome = change(system, &api, id, &request).await;
    api.kill_session(false).await;
    let (key, limits, item) = system.noted(outcome)?;
    let answer = LimitsAnswer { limits: merge::view(&key, &limits), item, warning };
    Ok(Answer::json(answer.status(), &answer))
}

async fn change<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: KeyId,
    request: &PutLimits,
) -> Result<(Key, KeyTimeLimits, KeyItem), Stop> {
    let store = KeyStore::new(&system.space);
    let text = id.to_string();
    // Before the key: whatever another request does from here on is noticed.
    let known = store.get(&text)?;
    let Lookup::Found(mut key) = api.key(id).await? else { return Err(Problem::of(Code::UnknownKey).into()) };
    if !status::is_alive(status::of(&key)) {
        let fact = format!("The key is {}.", status::of(&key).name());
        return Err(Problem::because(Code::KeyUnmodifiable, &fact).into());
    }
    if status::kind(&key) == Some(KeyType::Mobile) {
        merge::check_phone(request)?;
    }
    let user = match key.person_id {
        Some(person) => holder::user_of(system, person)?.unwrap_or_default(),
        None => String::new(),
    };
    holder::not_blocked(system, &user)?;
    let before = api.key_time_limits(id, View::Planned).await?;
    let added = write::added(api, &before, request).await?;
    let after = merge::merge(&before, request, added);
    check_period(merge::date(&after, SlotNo::Start), merge::date(&after, SlotNo::End))?;
    let date = merge::expected_return(&key, &request.expected_return);
    let is_written = after != before || key.programming_state == Some(ProgrammingState::Planning);
    let item = if is_written {
        if after != before {
            let written = write::write(api, id, &before, &after).await;
            if let Err(stop) = &written
                && stop.is_passing()
            {
                // What came of it is not known: the jobs order what is there.
                store.update(&text, |record| job::failed(system, record, stop))?;
            }
            written?;
        }
        // Writing the limits whole writes the rights as they were read: what a request has changed meanwhile is done
        // again.
        if settle::was_worked_on(known.as_ref(), store.get(&text)?.as_ref()) {
            settle::settle(system, api, id, &[]).await?;
        }
        holder::not_blocked(system, &user)?;
        order(system, api, key.clone(), (&user, known.as_ref()), after != before).await?
    } else {
        KeyItem::new(id, ItemAction::Limits, ItemOutcome::Unchanged).with_status(status::of(&key))
    };
    // Last, so that limits that iLOQ refuses leave it as it was.
    if let Some(date) = date {
        let person = key.person_id;
        if is_written && let Lookup::Found(now) = api.key(id).await? {
            // The order has changed the record.
            key = now;
        }
        key.expire_date = date;
        // The record is written with its holder: who has taken the key away meanwhile does it again.
        holder::not_blocked(system, &user)?;
        write_key(api, &key).await?;
        if settle::was_worked_on(known.as_ref(), store.get(&text)?.as_ref()) {
            settle::settle(system, api, id, person.as_slice()).await?;
        }
    }
    Ok((key, after, item))
}

async fn write_key(api: &impl IloqApi, key: &Key) -> Result<(), Stop> {
    let is_written = async {
        Ok(matches!(api.key(key.id).await?, Lookup::Found(now) if now.expire_date == key.expire_date))
    };
    certain(api.update_key(key).await, is_written).await
}

/// Orders what is planned; a refusal is kept, and the order alone is tried again. `known`: the key's record when its
/// holder `user` was read.
async fn order<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    key: Key,
    (user, known): (&str, Option<&KeyRecord>),
    changed: bool,
) -> Result<KeyItem, Stop> {
    let id = key.id;
    let wanted = Wanted {
        user: user.to_owned(),
        // Nothing is attached, so a key that is nobody's needs no person.
        person: key.person_id.unwrap_or_else(|| PersonId::from_uuid(uuid::Uuid::nil())),
        attach: false,
        only: None,
        rights: BTreeSet::new(),
    };
    let store = KeyStore::new(&system.space);
    let text = id.to_string();
    let mut brought = match bring::bring(system, api, KeyPlan::just_made(key, Vec::new()), &wanted).await {
        Ok(brought) => brought,
        Err(stop) => {
            store.update(&text, |record| job::failed(system, record, &stop))?;
            return Err(stop);
        }
    };
    if changed && brought.outcome == ItemOutcome::Unchanged {
        // Another request on the same key has ordered this change with its own.
        brought.outcome = ItemOutcome::Ordered;
        brought.key.programming_state = Some(ProgrammingState::Ordered);
        brought.seen.programming = ProgrammingState::Ordered.code();
    }
    // From here on the jobs follow the key until it is programmed.
    let first = match store.get(&text)?.and_then(|record| record.seen) {
        Some(_) => None,
        None => {
            let planned = api_rights(&api.key_access_rights(id, View::Planned).await?.rights);
            Some(Seen { planned, ..brought.seen.clone() })
        }
    };
    let none = KeyRecord::default();
    let known = known.unwrap_or(&none);
    store.update(&text, |record| {
        record.waiting =
            brought.problem.clone().map(|problem| job::waiting(record, problem, system.now_ms()));
        if let Some(seen) = &mut record.seen {
            seen.programming = brought.seen.programming;
        } else {
            record.seen = first;
        }
        // Unless a request has taken it away meanwhile.
        if !user.is_empty() && settle::same_work(Some(known), Some(record)) {
            record.user.get_or_insert_with(|| user.to_owned());
        }
    })?;
    Ok(brought.item(ItemAction::Limits))
}
