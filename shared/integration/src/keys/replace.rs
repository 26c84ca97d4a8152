//! `POST …/keys/{key}/replace`: a free key takes over what a lost one had.

use sorted::SortedSet;

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{Key, KeyId, PersonId, UpdateKeyAccessRights};
use portal_api::{
    Code, Problem,
    types::{Effective, ItemAction, ItemOutcome, ItemsAnswer, KeyItem, ReplaceKey},
};

use super::{
    block_list,
    bring::{self, Wanted},
    holder,
    list::key_id,
    record::KeyStore,
    rights::api_rights,
    status,
};
use crate::{
    http::{Answer, Call},
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
    let taken_over = take_over(system, api, &lost, person, request.new_key_id).await;
    let mut items = vec![failure(system, request.new_key_id, taken_over)?];
    let done = items.iter().all(|item| item.outcome != ItemOutcome::Failed);
    if done && request.block_old {
        let blocked = block_list::block(api, old).await;
        items.push(failure(system, old, blocked)?);
    }
    Ok(items)
}

/// A fact about one key is that key's failure; what stops everybody stops the request.
fn failure<P: Platform>(
    system: &System<'_, P>,
    id: KeyId,
    outcome: Result<KeyItem, Stop>,
) -> Result<KeyItem, Stop> {
    match outcome {
        Err(stop) if !stop.stops_everybody() => {
            Ok(KeyItem::failed(id, ItemAction::Replace, system.problem(stop)))
        }
        outcome => outcome,
    }
}

async fn take_over<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    lost: &Key,
    person: PersonId,
    new: KeyId,
) -> Result<KeyItem, Stop> {
    let definitions = api.access_rights().await?;
    let has = api.key_access_rights(lost.id, View::Planned).await?;
    // A right that may not be given any more stays with the old key.
    let assignable: SortedSet<_> = definitions.iter().filter(|r| r.is_assignable()).map(|r| r.id).collect();
    let rights: SortedSet<_> = api_rights(&has.rights).intersection(&assignable).copied().collect();
    let user = holder::user_of(system, person)?.unwrap_or_default();
    holder::not_blocked(system, &user)?;
    let wanted = Wanted { user: user.clone(), person, attach: true, rights: rights.clone() };
    let plan = bring::read(api, new, &wanted, &definitions).await?;
    if !limits(api, lost, &plan.key, &rights).await? && plan.is_empty() {
        return Ok(
            KeyItem::new(new, ItemAction::Replace, ItemOutcome::Unchanged).with_status(status::of(&plan.key))
        );
    }
    let store = KeyStore::new(&system.space);
    let mut record = store.get(&new.to_string())?.unwrap_or_default();
    record.rev += 1;
    record.user = Some(user).filter(|user| !user.is_empty());
    record.wanted = Some(rights);
    store.put(&new.to_string(), &record)?;
    // The limits have changed the plan: read once more, so that the order sees them.
    let plan = bring::read(api, new, &wanted, &definitions).await?;
    let brought = bring::bring(system, api, plan, &wanted).await?;
    bring::note(&mut record, &brought);
    store.put(&new.to_string(), &record)?;
    let item = KeyItem::new(new, ItemAction::Replace, brought.outcome)
        .with_status(status::of(&brought.key))
        .with_effective(Effective::WhenProgrammed);
    Ok(match brought.problem {
        Some(problem) => item.with_problem(problem),
        None => item,
    })
}

/// Copies the lost key's limits, keeping every right that the new key has and gets. Whether something changed.
async fn limits(
    api: &impl IloqApi,
    lost: &Key,
    new: &Key,
    rights: &SortedSet<iloq_model::AccessRightId>,
) -> Result<bool, Stop> {
    let from = api.key_time_limits(lost.id, View::Planned).await?;
    let to = api.key_time_limits(new.id, View::Planned).await?;
    let same = from.slots == to.slots
        && from.scheduler == to.scheduler
        && from.offline_expiration_seconds == to.offline_expiration_seconds;
    if same {
        return Ok(false);
    }
    let has = api.key_access_rights(new.id, View::Planned).await?;
    let stay: SortedSet<_> = has.rights.iter().map(|right| right.id).chain(rights.iter().copied()).collect();
    let all = UpdateKeyAccessRights {
        right_ids: stay.into_iter().collect(),
        slots: from.slots,
        scheduler: from.scheduler,
        offline_expiration_seconds: from.offline_expiration_seconds,
        outside_slots: to.outside_slots,
        ..UpdateKeyAccessRights::default()
    };
    api.put_access_rights(new.id, &all).await?;
    Ok(true)
}
