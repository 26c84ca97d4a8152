//! `POST …/keys/{key}/replace`: a free key takes over what a lost one had.

use std::collections::BTreeSet;

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{Key, KeyId, KeyTimeLimits, PersonId};
use portal_api::{
    Code, Problem,
    types::{ItemAction, ItemOutcome, ItemsAnswer, KeyItem, ReplaceKey},
};

use super::{
    block_list,
    bring::{self, Wanted},
    change::item_or_failed,
    holder,
    list::key_id,
    rights::api_rights,
    set_rights::set_rights,
};
use crate::{
    http::{Answer, Call},
    limits,
    platform::Platform,
    problem::Stop,
    system::System,
};

/// Copies rights and limits to the free key, orders it, then blocks the old one. May be repeated.
///
/// # Errors
/// What the caller is told of the request as a whole.
pub async fn replace<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let request = ReplaceKey::read(call.members.clone())?;
    let old = key_id(call)?;
    request.check(old)?;
    let api = system.iloq()?;
    let outcome = items(system, &api, old, &request).await;
    api.kill_session(false).await;
    let items = system.noted(outcome)?;
    Ok(Answer::json(ItemsAnswer::status_of(&items), &ItemsAnswer { items }))
}

async fn items<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    old: KeyId,
    request: &ReplaceKey,
) -> Result<Vec<KeyItem>, Stop> {
    let Lookup::Found(lost) = api.key(old).await? else { return Err(Problem::of(Code::UnknownKey).into()) };
    let Some(person) = lost.person_id else {
        return Err(Problem::because(
            Code::KeyUnmodifiable,
            "The key is nobody's, so nothing can be taken over.",
        )
        .into());
    };
    let user = holder::user_of(system, person)?.unwrap_or_default();
    holder::not_blocked(system, &user)?;
    let taken_over = take_over(system, api, &lost, (user, person), request.new_key_id).await;
    let item = item_or_failed(system, api, request.new_key_id, ItemAction::Replace, taken_over).await?;
    let mut items = vec![item];
    let done = items.iter().all(|item| item.outcome != ItemOutcome::Failed);
    if done && request.block_old {
        let blocked = block_list::block(system, api, &lost).await;
        items.push(item_or_failed(system, api, old, ItemAction::Block, blocked).await?);
    }
    Ok(items)
}

async fn take_over<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    lost: &Key,
    (user, person): (String, PersonId),
    new: KeyId,
) -> Result<KeyItem, Stop> {
    let definitions = api.access_rights().await?;
    let has = api.key_access_rights(lost.id, View::Planned).await?;
    // A right that may not be given any more stays with the old key.
    let assignable: BTreeSet<_> = definitions.iter().filter(|r| r.is_assignable()).map(|r| r.id).collect();
    let rights: BTreeSet<_> = api_rights(&has.rights).intersection(&assignable).copied().collect();
    let wanted = Wanted { user, person, attach: true, only: None, rights };
    // Whatever is wrong with the new key is found before anything is written to it.
    let plan = bring::read(api, new, &wanted, &definitions).await?;
    copy_limits(api, lost.id, plan.key.id).await?;
    set_rights(system, api, new, &wanted, &definitions, ItemAction::Replace, false).await
}

/// Copies the lost key's limits; rights and whatever else the new key has stay. That has to be ordered.
async fn copy_limits(api: &impl IloqApi, lost: KeyId, new: KeyId) -> Result<(), Stop> {
    let from = api.key_time_limits(lost, View::Planned).await?;
    let to = api.key_time_limits(new, View::Planned).await?;
    let after = KeyTimeLimits {
        slots: from.slots,
        scheduler: from.scheduler,
        offline_expiration_seconds: from.offline_expiration_seconds,
        ..to.clone()
    };
    if after == to { Ok(()) } else { limits::whole(api, new, &after).await }
}
