//! `POST …/keys/refresh` and `GET …/drift`.

use std::collections::{BTreeMap, BTreeSet};

use iloq_client::{IloqApi, Lookup};
use iloq_model::{Key, KeyId};
use portal_api::{
    Code, Problem, cursor,
    types::{ItemOutcome, KeyView, List, RefreshAnswer, RefreshItem, RefreshKeys},
};

use super::{
    holder, invitation, job, list,
    record::{KeyRecord, KeyStore},
};
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    system::System,
};

/// The Synchronize button: reads keys anew and answers them.
///
/// # Errors
/// What the caller is told of the request as a whole.
pub async fn refresh<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let request = RefreshKeys::read(call.members.clone())?;
    let api = system.iloq()?;
    let outcome = async {
        let ids: Vec<KeyId> = match request {
            RefreshKeys::Keys(ids) => ids,
            RefreshKeys::User(user) => {
                match api.person_keys(holder::holding(system, user.as_str())?).await? {
                    Lookup::Found(keys) => keys.into_iter().map(|key| key.id).collect(),
                    Lookup::Absent => Vec::new(),
                }
            }
        };
        let blocked = list::block_listed(&api).await?;
        let mut items = Vec::new();
        for id in ids {
            items.push(match one(system, &api, id, &blocked).await {
                Ok(item) => item,
                Err(stop) if stop.stops_everybody() => return Err(stop),
                Err(stop) => RefreshItem::failed(id, system.problem(stop)),
            });
        }
        Ok(RefreshAnswer { items })
    };
    let outcome = outcome.await;
    api.kill_session(false).await;
    let answer = system.noted(outcome)?;
    Ok(Answer::json(answer.status(), &answer))
}

async fn one<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: KeyId,
    blocked: &BTreeSet<KeyId>,
) -> Result<RefreshItem, Stop> {
    let Lookup::Found(mut key) = api.key(id).await? else { return Err(Problem::of(Code::UnknownKey).into()) };
    let store = KeyStore::new(&system.space);
    let text = id.to_string();
    let mut outcome = ItemOutcome::Unchanged;
    if let Some(record) = store.get(&text)?.filter(|record| record.waiting.is_some() && !record.leaving) {
        outcome = ItemOutcome::ChangedNotOrdered;
        if job::order_again(system, api, id, &record).await? {
            outcome = ItemOutcome::Ordered;
            if let Lookup::Found(now) = api.key(id).await? {
                key = now;
            }
        }
    }
    let seen = list::look(system, api, &key).await?;
    let mut answered = store.get(&text)?.unwrap_or_default();
    invitation::read(api, &key, &mut answered).await?;
    let registered = answered.invitation.map(|invited| invited.registered);
    // What a request has stored meanwhile stays.
    let stored = store.get(&text)?;
    let mut record = stored.clone().unwrap_or_default();
    record.saw(seen);
    if let (Some(invited), Some(registered)) = (&mut record.invitation, registered) {
        invited.registered = registered;
    }
    if stored.is_some() {
        store.put(&text, &record)?;
    }
    let holder = match key.person_id {
        Some(person) => holder::user_of(system, person)?,
        None => None,
    };
    let view = list::view(&key, &record, holder, blocked.contains(&id), system.now_ms());
    let view = view.ok_or_else(|| Problem::of(Code::UnknownKey))?;
    let waits = outcome == ItemOutcome::ChangedNotOrdered;
    let problem = record.waiting.filter(|_| waits).map(|waiting| waiting.problem);
    Ok(RefreshItem::after_order(view, outcome, problem))
}

/// `GET …/drift`: keys whose wanted and programmed rights differ, oldest first; a block-listed key is none.
///
/// # Errors
/// What the caller is told.
pub async fn drift<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let after = match call.query.cursor() {
        None => None,
        Some(text) => {
            let [at, id] = cursor::decode("cursor", "drift", text)?;
            let at =
                at.parse::<i64>().map_err(|_| Problem::invalid("?cursor", "it is no cursor of this list"))?;
            Some((at, id))
        }
    };
    let mut drifting: Vec<((i64, String), KeyRecord)> = KeyStore::new(&system.space)
        .all()?
        .into_iter()
        .filter_map(|(id, record)| Some(((since(&record)?, id), record)))
        .filter(|(place, _)| after.as_ref().is_none_or(|after| place > after))
        .collect();
    if drifting.is_empty() {
        return Ok(Answer::json(200, &List::<KeyView> { items: Vec::new(), next: None }));
    }
    drifting.sort_by(|a, b| a.0.cmp(&b.0));
    let api = system.iloq()?;
    let outcome = async { Ok::<_, Stop>((api.keys().await?, list::block_listed(&api).await?)) };
    let outcome = outcome.await;
    api.kill_session(false).await;
    let (keys, blocked) = system.noted(outcome)?;
    let keys: BTreeMap<String, Key> = keys.into_iter().map(|key| (key.id.to_string(), key)).collect();
    let users = holder::users_by_person(system)?;
    let (mut items, mut last, mut more) = (Vec::new(), None, false);
    for (place, record) in drifting {
        let Some(key) = keys.get(&place.1).filter(|key| !blocked.contains(&key.id)) else { continue };
        if items.len() == call.query.limit() {
            more = true;
            break;
        }
        let holder = key.person_id.and_then(|person| users.get(&person).cloned());
        items.extend(list::view(key, &record, holder, false, system.now_ms()));
        last = Some(place);
    }
    let next = last.filter(|_| more).map(|(at, id)| cursor::encode("drift", &[&at.to_string(), &id]));
    Ok(Answer::json(200, &List { items, next }))
}

/// Since when a key's rights are not what is wanted, as far as it was last seen.
fn since(record: &KeyRecord) -> Option<i64> {
    let (seen, wanted) = (record.seen.as_ref()?, record.wanted.as_ref()?);
    (seen.programmed != *wanted).then(|| record.drifts_since.unwrap_or(seen.at))
}
