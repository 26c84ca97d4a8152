//! `PUT …/keys/{key}/limits`: read, laid over, written, ordered.

use sorted::SortedSet;

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{
    CanAddTimeLimit, Key, KeyId, KeyTimeLimitSlot, KeyTimeLimits, PersonId, ProgrammingState, SlotNo,
    TimeLimitTitleId, UpdateKeyAccessRights,
};
use portal_api::{
    Code, IloqCause, Patch, Problem,
    types::{
        Effective, ItemAction, ItemOutcome, KeyItem, KeyType, LimitsAnswer, MAX_OFFLINE_PHONE, PutLimits,
        check_period,
    },
};

use super::{clock, merge, profile};
use crate::{
    http::{Answer, Call},
    keys::{
        KeyStore, Seen,
        bring::{self, KeyPlan, Wanted},
        holder, job, list,
        rights::api_rights,
        status,
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
    let warning = clock::check(&system.record.settings.time_zone, &request)?;
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
    let Lookup::Found(mut key) = api.key(id).await? else { return Err(Problem::of(Code::UnknownKey).into()) };
    if !status::is_alive(status::of(&key)) {
        let fact = format!("The key is {}.", status::of(&key).name());
        return Err(Problem::because(Code::KeyUnmodifiable, &fact).into());
    }
    let mobile = status::kind(&key) == Some(KeyType::Mobile);
    if mobile && matches!(request.offline_expiry_seconds, Patch::Value(s) if s > MAX_OFFLINE_PHONE) {
        let detail = format!("must be at most {MAX_OFFLINE_PHONE} for a phone");
        return Err(Problem::invalid("/offlineExpirySeconds", detail).into());
    }
    let user = match key.person_id {
        Some(person) => holder::user_of(system, person)?.unwrap_or_default(),
        None => String::new(),
    };
    holder::not_blocked(system, &user)?;
    let before = api.key_time_limits(id, View::Planned).await?;
    let added = added(api, &before, request).await?;
    let after = merge::merge(&before, request, added);
    check_period(merge::date(&after, SlotNo::Start), merge::date(&after, SlotNo::End))?;
    if let Some(date) = merge::expected_return(&key, &request.expected_return) {
        key.expire_date = date;
        write_key(api, &key).await?;
    }
    if after == before && key.programming_state != Some(ProgrammingState::Planning) {
        let item = KeyItem::new(id, ItemAction::Limits, ItemOutcome::Unchanged);
        return Ok((key.clone(), after, item.with_status(status::of(&key))));
    }
    if after != before {
        write(api, id, &before, &after).await?;
    }
    holder::not_blocked(system, &user)?;
    let item = order(system, api, key.clone(), user).await?;
    Ok((key, after, item))
}

/// The slots of profiles that the request names and the key lacks.
async fn added(
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

/// After a lost answer the key itself tells.
async fn write_key(api: &impl IloqApi, key: &Key) -> Result<(), Stop> {
    match api.update_key(key).await {
        Err(error) if error.outcome_unknown() => match api.key(key.id).await? {
            Lookup::Found(now) if now.expire_date == key.expire_date => Ok(()),
            _ => Err(error.into()),
        },
        outcome => Ok(outcome?),
    }
}

/// Writes the limits with the fewest calls: single profiles one by one, everything else whole, with all rights.
async fn write(
    api: &impl IloqApi,
    id: KeyId,
    before: &KeyTimeLimits,
    after: &KeyTimeLimits,
) -> Result<(), Stop> {
    let (had, has) = (merge::profiles(before), merge::profiles(after));
    let gone: Vec<_> = had.difference(&has).copied().collect();
    let new: Vec<_> = after.slots.iter().filter(|slot| !before.slots.contains(slot)).collect();
    let kept = |limits: &KeyTimeLimits, not: &SortedSet<TimeLimitTitleId>| {
        let stays = |slot: &&KeyTimeLimitSlot| slot.title_id.is_none_or(|id| !not.contains(&id));
        limits.slots.iter().filter(stays).cloned().collect::<Vec<_>>()
    };
    let changed: SortedSet<_> = had.symmetric_difference(&has).copied().collect();
    let profiles_only = kept(before, &changed) == kept(after, &changed)
        && before.offline_expiration_seconds == after.offline_expiration_seconds;
    // A change of the whole costs two calls: the rights are read and everything is written.
    if profiles_only && gone.len() + 2 * new.len() <= 2 {
        return one_by_one(api, id, &gone, &new).await;
    }
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

async fn one_by_one(
    api: &impl IloqApi,
    id: KeyId,
    gone: &[TimeLimitTitleId],
    new: &[&KeyTimeLimitSlot],
) -> Result<(), Stop> {
    for title in gone {
        match api.delete_time_limit(id, *title).await {
            Err(error) if error.outcome_unknown() => {
                let now = merge::profiles(&api.key_time_limits(id, View::Planned).await?);
                if now.contains(title) {
                    return Err(error.into());
                }
            }
            outcome => refused(api, id, outcome).await?,
        }
    }
    for slot in new {
        match api.can_add_time_limit(id, slot).await? {
            CanAddTimeLimit::Ok => {}
            code => return Err(not_added(code).into()),
        }
        match api.add_time_limit(id, slot).await {
            Err(error) if error.outcome_unknown() => {
                let now = merge::profiles(&api.key_time_limits(id, View::Planned).await?);
                if slot.title_id.is_none_or(|title| !now.contains(&title)) {
                    return Err(error.into());
                }
            }
            outcome => refused(api, id, outcome).await?,
        }
    }
    Ok(())
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
    match outcome {
        Err(error) if error.outcome_unknown() => {
            let now = api.key_time_limits(id, View::Planned).await?;
            let dates = [SlotNo::Start, SlotNo::End];
            let same = dates.iter().all(|slot| merge::date(&now, *slot) == merge::date(wanted, *slot))
                && merge::profiles(&now) == merge::profiles(wanted)
                && now.offline_expiration_seconds == wanted.offline_expiration_seconds;
            if same { Ok(()) } else { Err(error.into()) }
        }
        outcome => refused(api, id, outcome).await,
    }
}

/// A key on the block list can't be changed: said in these words rather than in iLOQ's.
async fn refused(api: &impl IloqApi, id: KeyId, outcome: Result<(), iloq_client::Error>) -> Result<(), Stop> {
    match outcome {
        Err(error) if error.status() == Some(400) => {
            if list::block_listed(api).await?.contains(&id) {
                let cause = IloqCause::operation(error.operation());
                let fact = "The key is on the block list.";
                return Err(Problem::because(Code::KeyUnmodifiable, fact).with_iloq(cause).into());
            }
            Err(error.into())
        }
        outcome => Ok(outcome?),
    }
}

/// Orders what is planned; a refusal is kept, and the order alone is tried again.
async fn order<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    key: Key,
    user: String,
) -> Result<KeyItem, Stop> {
    let id = key.id;
    let store = KeyStore::new(&system.space);
    let before = store.get(&id.to_string())?;
    let mut record = before.clone().unwrap_or_default();
    let wanted = Wanted {
        user: user.clone(),
        // Nothing is attached, so a key that is nobody's needs no person.
        person: key.person_id.unwrap_or_else(|| PersonId::from_uuid(uuid::Uuid::nil())),
        attach: false,
        rights: SortedSet::new(),
    };
    let mobile = status::kind(&key) == Some(KeyType::Mobile);
    let brought = bring::bring(system, api, KeyPlan::just_made(key, Vec::new()), &wanted).await?;
    record.waiting = brought.problem.clone().map(|problem| job::waiting(&record, problem, system.now_ms()));
    if let Some(seen) = &mut record.seen {
        seen.programming = brought.seen.programming;
    } else {
        // From here on the jobs follow the key until it is programmed.
        let planned = api_rights(&api.key_access_rights(id, View::Planned).await?.rights);
        record.seen = Some(Seen { planned, ..brought.seen.clone() });
    }
    if record.user.is_none() && !user.is_empty() {
        record.user = Some(user);
    }
    if before.as_ref() != Some(&record) {
        store.put(&id.to_string(), &record)?;
    }
    let mut item =
        KeyItem::new(id, ItemAction::Limits, brought.outcome).with_status(status::of(&brought.key));
    if brought.outcome == ItemOutcome::Ordered {
        item = item.with_effective(if mobile { Effective::WhenAppOpened } else { Effective::WhenProgrammed });
    }
    Ok(match brought.problem {
        Some(problem) => item.with_problem(problem),
        None => item,
    })
}
