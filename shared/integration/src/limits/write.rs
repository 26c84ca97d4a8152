//! Limits on their way to a key.

use std::collections::BTreeSet;

use iloq_client::{IloqApi, View};
use iloq_model::{
    CanAddTimeLimit, KeyId, KeyTimeLimitSlot, KeyTimeLimits, SlotNo, TimeLimitTitleId, UpdateKeyAccessRights,
};
use portal_api::{Code, IloqCause, Patch, Problem, types::PutLimits};

use super::{merge, profile};
use crate::{certain::certain, keys::list, problem::Stop};

/// The slots of profiles that the request names and the key lacks. Reads only.
///
/// # Errors
/// `invalid-request` for a profile that the API user does not see, `invalid-time-limit` for one that no key can
/// hold; iLOQ's error.
pub async fn added(
    api: &impl IloqApi,
    before: &KeyTimeLimits,
    request: &PutLimits,
) -> Result<Vec<KeyTimeLimitSlot>, Stop> {
    let Patch::Value(wanted) = &request.time_profile_ids else { return Ok(Vec::new()) };
    let has = merge::profiles(before);
    let missing: Vec<TimeLimitTitleId> = wanted.difference(&has).copied().collect();
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let titles = api.time_profiles().await?;
    let mut slots = Vec::new();
    for id in missing {
        let Some(title) = titles.iter().find(|title| title.id == id) else {
            let detail = format!("the API user sees no time profile {id}");
            return Err(Problem::invalid("/timeProfileIds", detail).into());
        };
        slots.push(profile::slot(title, &api.time_profile_rows(id).await?)?);
    }
    Ok(slots)
}

/// Writes the limits with the fewest calls: single profiles one by one, everything else whole, with all rights.
///
/// # Errors
/// `too-many-limits`, `invalid-time-limit` or `key-unmodifiable` if iLOQ says so before it; iLOQ's error.
pub async fn write(
    api: &impl IloqApi,
    id: KeyId,
    before: &KeyTimeLimits,
    after: &KeyTimeLimits,
) -> Result<(), Stop> {
    let (had, has) = (merge::profiles(before), merge::profiles(after));
    let gone: Vec<_> = had.difference(&has).copied().collect();
    let new: Vec<_> = after.slots.iter().filter(|slot| !before.slots.contains(slot)).collect();
    let kept = |limits: &KeyTimeLimits, not: &BTreeSet<TimeLimitTitleId>| {
        let stays = |slot: &&KeyTimeLimitSlot| slot.title_id.is_none_or(|id| !not.contains(&id));
        limits.slots.iter().filter(stays).cloned().collect::<Vec<_>>()
    };
    let changed: BTreeSet<_> = had.symmetric_difference(&has).copied().collect();
    let profiles_only = kept(before, &changed) == kept(after, &changed)
        && before.offline_expiration_seconds == after.offline_expiration_seconds;
    // A change of the whole costs two calls: the rights are read and everything is written.
    if profiles_only && gone.len() + 2 * new.len() <= 2 {
        return one_by_one(api, id, &gone, &new).await;
    }
    whole(api, id, after).await
}

/// Writes the limits whole, with all rights that the key has: these stay.
///
/// # Errors
/// `key-unmodifiable` if the key is on the block list; iLOQ's error.
pub async fn whole(api: &impl IloqApi, id: KeyId, after: &KeyTimeLimits) -> Result<(), Stop> {
    let rights = api.key_access_rights(id, View::Planned).await?;
    let all = UpdateKeyAccessRights {
        right_ids: rights.rights.iter().map(|right| right.id).collect(),
        slots: after.slots.clone(),
        scheduler: after.scheduler.clone(),
        offline_expiration_seconds: after.offline_expiration_seconds,
        outside_slots: after.outside_slots.clone(),
        other: after.other.clone(),
    };
    settled(api, id, after, api.put_access_rights(id, &all).await).await
}

/// Whatever iLOQ answers: a profile that is off the key, or on it, needs no more. The answer may have been lost, or
/// the same request may be on its way twice.
async fn one_by_one(
    api: &impl IloqApi,
    id: KeyId,
    gone: &[TimeLimitTitleId],
    new: &[&KeyTimeLimitSlot],
) -> Result<(), Stop> {
    for title in gone {
        let outcome = api.delete_time_limit(id, *title).await;
        if outcome.is_err() && !holds(api, id, Some(*title)).await? {
            continue;
        }
        refused(api, id, outcome.map_err(Stop::from)).await?;
    }
    for slot in new {
        match api.can_add_time_limit(id, slot).await? {
            CanAddTimeLimit::Ok => {}
            _ if holds(api, id, slot.title_id).await? => continue,
            code => return Err(not_added(code).into()),
        }
        let outcome = api.add_time_limit(id, slot).await;
        if outcome.is_err() && holds(api, id, slot.title_id).await? {
            continue;
        }
        refused(api, id, outcome.map_err(Stop::from)).await?;
    }
    Ok(())
}

/// Whether the profile is on the key now.
async fn holds(api: &impl IloqApi, id: KeyId, title: Option<TimeLimitTitleId>) -> Result<bool, Stop> {
    let now = merge::profiles(&api.key_time_limits(id, View::Planned).await?);
    Ok(title.is_some_and(|title| now.contains(&title)))
}

fn not_added(code: CanAddTimeLimit) -> Problem {
    let problem = match code.code() {
        1 | 12 => Code::TooManyLimits,
        15..=17 => Code::KeyUnmodifiable,
        _ => Code::InvalidTimeLimit,
    };
    let cause = IloqCause::operation("Keys_CanAddTimeLimitTitle").with_result(
        "CanAddTimeLimit",
        i64::from(code.code()),
        code.meaning(),
    );
    Problem::because(problem, &format!("iLOQ does not take the limit: {}.", code.meaning())).with_iloq(cause)
}

/// After a lost answer the limits are read back.
async fn settled(
    api: &impl IloqApi,
    id: KeyId,
    wanted: &KeyTimeLimits,
    outcome: Result<(), iloq_client::Error>,
) -> Result<(), Stop> {
    let is_written = async {
        let now = api.key_time_limits(id, View::Planned).await?;
        let dates = [SlotNo::Start, SlotNo::End];
        Ok(dates.iter().all(|slot| merge::date(&now, *slot) == merge::date(wanted, *slot))
            && merge::profiles(&now) == merge::profiles(wanted)
            && now.offline_expiration_seconds == wanted.offline_expiration_seconds)
    };
    refused(api, id, certain(outcome, is_written).await).await
}

/// A key on the block list can't be changed: said in these words rather than in iLOQ's.
async fn refused(api: &impl IloqApi, id: KeyId, outcome: Result<(), Stop>) -> Result<(), Stop> {
    match outcome {
        Err(Stop::Iloq(error)) if error.status() == Some(400) => {
            if list::block_listed(api).await?.contains(&id) {
                let cause = IloqCause::operation(error.operation());
                let fact = "The key is on the block list.";
                return Err(Problem::because(Code::KeyUnmodifiable, fact).with_iloq(cause).into());
            }
            Err(error.into())
        }
        outcome => outcome,
    }
}
