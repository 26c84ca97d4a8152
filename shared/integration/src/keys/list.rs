//! Reading keys.

use std::collections::BTreeSet;

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{BlockListChange, BlockListItem, Key, KeyId};
use portal_api::{
    Code, Date, Problem, Time, cursor,
    types::{KeyRightsView, KeyType, KeyView, List},
};

use super::{
    holder,
    invitation::{self, Invited},
    record::{KeyRecord, KeyStore, Seen},
    rights::api_rights,
    status,
};
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    system::System,
};

/// `GET …/keys`: listed live; rights as last refreshed, live for one user's keys.
///
/// # Errors
/// What the caller is told.
pub async fn keys<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let wanted_type = call.query.word("type", KeyType::ALL, KeyType::name)?;
    let after = match call.query.cursor() {
        None => String::new(),
        Some(text) => cursor::decode::<1>("cursor", "keys", text)?.concat(),
    };
    let user = call.query.text("user");
    let api = system.iloq()?;
    let outcome = async {
        let listed = match user {
            Some(user) => match api.person_keys(holder::holding(system, user)?).await? {
                Lookup::Found(keys) => keys,
                Lookup::Absent => Vec::new(),
            },
            None => api.keys().await?,
        };
        let blocked = block_listed(&api).await?;
        let users = holder::users_by_person(system)?;
        let available = call.query.flag("available");
        let fits = |key: &Key| {
            let kind = status::kind(key);
            kind.is_some()
                && wanted_type.is_none_or(|wanted| kind == Some(wanted))
                && (!available || is_available(key, &blocked))
        };
        let mut page: Vec<Key> =
            listed.into_iter().filter(|key| fits(key) && key.id.to_string() > after).collect();
        page.sort_by_key(|a| a.id);
        let more = page.len() > call.query.limit();
        page.truncate(call.query.limit());
        let next = page.last().filter(|_| more).map(|key| cursor::encode("keys", &[&key.id.to_string()]));
        let store = KeyStore::new(&system.space);
        let mut items = Vec::new();
        for key in &page {
            let mut record = store.get(&key.id.to_string())?.unwrap_or_default();
            if user.is_some() {
                record.saw(look(system, &api, key).await?);
                invitation::read(&api, key, &mut record).await?;
            }
            let holder = key.person_id.and_then(|person| users.get(&person).cloned());
            items.extend(view(key, &record, holder, blocked.contains(&key.id), system.now_ms()));
        }
        Ok::<_, Stop>(List { items, next })
    };
    let outcome = outcome.await;
    api.kill_session(false).await;
    Ok(Answer::json(200, &system.noted(outcome)?))
}

/// `GET …/keys/{key}`: everything live.
///
/// # Errors
/// `unknown-key`, or what else the caller is told.
pub async fn key<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let api = system.iloq()?;
    let outcome = one(system, &api, key_id(call)?).await;
    api.kill_session(false).await;
    Ok(Answer::json(200, &system.noted(outcome)?))
}

/// One key with everything live.
///
/// # Errors
/// `unknown-key`, iLOQ's or the store's error.
pub async fn one<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: KeyId,
) -> Result<KeyView, Stop> {
    let Lookup::Found(key) = api.key(id).await? else { return Err(Problem::of(Code::UnknownKey).into()) };
    let mut record = KeyStore::new(&system.space).get(&id.to_string())?.unwrap_or_default();
    record.saw(look(system, api, &key).await?);
    invitation::read(api, &key, &mut record).await?;
    let holder = match key.person_id {
        Some(person) => holder::user_of(system, person)?,
        None => None,
    };
    let blocked = block_listed(api).await?.contains(&id);
    view(&key, &record, holder, blocked, system.now_ms()).ok_or_else(|| Problem::of(Code::UnknownKey).into())
}

/// The key of the path.
///
/// # Errors
/// `unknown-key`; the route has checked its form.
pub fn key_id<P: Platform>(call: &Call<'_, P>) -> Result<KeyId, Stop> {
    call.parameter("key").parse().map_err(|_| Problem::of(Code::UnknownKey).into())
}

/// Reads what is planned on a key and what is on it: two calls.
///
/// # Errors
/// iLOQ's error.
pub async fn look<P: Platform>(system: &System<'_, P>, api: &impl IloqApi, key: &Key) -> Result<Seen, Stop> {
    let planned = api.key_access_rights(key.id, View::Planned).await?;
    let programmed = api.key_access_rights(key.id, View::Programmed).await?;
    Ok(Seen {
        at: system.now_ms(),
        planned: api_rights(&planned.rights),
        programmed: api_rights(&programmed.rights),
        programming: key.programming_state.map_or(0, |state| state.code()),
    })
}

/// The keys on the block list. One that was taken off stays in the listing until the list is ordered.
///
/// # Errors
/// iLOQ's error.
pub async fn block_listed(api: &impl IloqApi) -> Result<BTreeSet<KeyId>, Stop> {
    let list = api.block_list().await?;
    let holds = |item: &&BlockListItem| item.change != Some(BlockListChange::Removed);
    Ok(list.items.iter().filter(holds).map(|item| item.key_id).collect())
}

/// Whether a key may be offered: nobody's, alive, not block-listed.
fn is_available(key: &Key, blocked: &BTreeSet<KeyId>) -> bool {
    key.person_id.is_none() && status::is_alive(status::of(key)) && !blocked.contains(&key.id)
}

/// A key as the portal sees it; `None` for forms that the portal does not know.
#[must_use]
pub fn view(key: &Key, record: &KeyRecord, user: Option<String>, blocked: bool, now: i64) -> Option<KeyView> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let rights = record.seen.as_ref().map(|seen| KeyRightsView {
        wanted: record.wanted.clone().unwrap_or_else(|| seen.planned.clone()),
        programmed: seen.programmed.clone(),
        refreshed_at: Time::from_millis(seen.at),
    });
    Some(KeyView {
        id: key.id,
        key_type: status::kind(key)?,
        name: text(&key.description),
        description: text(&key.info_text),
        stamp: key.stamp.clone().filter(|stamp| !stamp.is_empty()),
        user_id: user,
        person_id: key.person_id,
        status: status::of(key),
        ever_programmed: key.is_programmed.unwrap_or(false),
        access_rights: rights,
        block_listed: blocked,
        revocation_pending_since: record.revoked_at.map(Time::from_millis),
        expected_return: key.returns_on().map(Date::new),
        invitation: record.invitation.as_ref().and_then(Invited::view),
        // What was never refreshed was read just now.
        updated_at: Time::from_millis(record.seen.as_ref().map_or(now, |seen| seen.at)),
    })
}
