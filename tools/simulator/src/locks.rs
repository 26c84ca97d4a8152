//! Locks: reading, their access rights, ordering.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::{Call, Viewer, listing},
    http::{Answer, Outcome, Refusal},
    operation::{Operation, Rights},
    shape::shape,
    structure::{self, LockPlan, LockRow},
    world::{guids, number},
};

const BROWSE: Rights = Rights::All(1_073_741_824);
const READ_ACCESS: Rights = Rights::Any(1_617_166_336);
const ORDER: Rights = Rights::All(268_435_456);

/// `Lock.PhysicalState`: hidden in 5 Series Manager.
const HIDDEN: i64 = 3;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("Locks_GetAllLocks", "GET", "Locks", BROWSE, |call| {
        let sees = |viewer: &Viewer, lock: &LockRow| viewer.sees_record(&lock.record);
        listing(
            &mut call.system.locks,
            &call.viewer,
            |_| true,
            sees,
            |lock| shape("Lock").render(&lock.record),
        )
    }),
    Operation::new("Locks_GetLockById", "GET", "Locks/{}", BROWSE, |call| {
        let id = call.id(0)?;
        Answer::of(&shape("Lock").render(&visible(call, id)?.record))
    }),
    Operation::new("Locks_GetLockOptions", "GET", "Locks/{}/Options", BROWSE, |call| {
        let id = call.id(0)?;
        Answer::of(&shape("LockOptions").render(&visible(call, id)?.options))
    }),
    Operation::new("Locks_GetSecurityAccesses", "GET", "Locks/{}/SecurityAccesses", READ_ACCESS, rights)
        .query(&["mode"]),
    Operation::new("Locks_GetTimeLimits", "GET", "Locks/{}/TimeLimitTitles", READ_ACCESS, titles)
        .query(&["mode"]),
    Operation::new(
        "Locks_UpdateSecurityAccesses",
        "PUT",
        "Locks/{}/SecurityAccesses",
        Rights::All(536_870_912),
        update_rights,
    )
    .body("UpdateLockSecurityAccesses"),
    Operation::new("Locks_CanOrderLock", "GET", "Locks/{}/CanOrder", ORDER, |call| {
        let id = call.id(0)?;
        Answer::of(&can_order(call, visible(call, id)?))
    }),
    Operation::new("Locks_OrderLock", "POST", "Locks/{}/Order", ORDER, order),
];

/// The lock called `id`, if the user sees it.
pub(crate) fn visible<'a>(call: &'a Call<'_>, id: Uuid) -> Result<&'a LockRow, Refusal> {
    let found = call.system.locks.get(id).filter(|lock| call.viewer.sees_record(&lock.record));
    found.ok_or_else(|| Refusal::not_found("Lock", id))
}

fn view<'a>(call: &'a Call<'_>) -> Result<&'a LockPlan, Refusal> {
    let mode = call.choice("mode", &[1, 2])?;
    let lock = visible(call, call.id(0)?)?;
    Ok(if mode == 1 { &lock.plan } else { &lock.programmed })
}

fn rights(call: &mut Call<'_>) -> Outcome {
    let plan = view(call)?;
    let all: Vec<_> = plan.rights.iter().filter_map(|id| call.system.rights.get(*id)).collect();
    let seen: Vec<_> = all.iter().filter(|right| call.viewer.sees_record(right)).collect();
    let rendered: Vec<_> = seen.iter().map(|right| shape("SecurityAccess").render(right)).collect();
    Answer::of(&json!({ "SecurityAccesses": rendered, "OutsideUserZonesCount": all.len() - seen.len() }))
}

fn titles(call: &mut Call<'_>) -> Outcome {
    let plan = view(call)?;
    let all: Vec<_> = plan.titles.iter().filter_map(|id| call.system.titles.get(*id)).collect();
    let seen: Vec<_> = all.iter().filter(|title| call.viewer.sees_record(&title.record)).collect();
    let rendered: Vec<_> = seen.iter().map(|title| shape("TimeLimitTitle").render(&title.record)).collect();
    Answer::of(&json!({ "TimeLimitTitles": rendered, "OutsideUserZonesCount": all.len() - seen.len() }))
}

fn update_rights(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    let mut plan = visible(call, id)?.plan.clone();
    let wanted: BTreeSet<Uuid> = guids(&call.body, "SecurityAccessIds").into_iter().collect();
    for right in &wanted {
        structure::right(call.system, &call.viewer, *right)
            .map_err(|_| Refusal::invalid("SecurityAccessIds", right))?;
    }
    let hidden = |right: &&Uuid| structure::right(call.system, &call.viewer, **right).is_err();
    plan.rights = wanted.into_iter().chain(plan.rights.iter().filter(hidden).copied()).collect();
    let all_titles = call.body.get("LockRespectsAllTimeLimits").and_then(Value::as_bool).unwrap_or(false);
    let titles_given = call.body.get("TimeLimitTitleIds").is_some_and(Value::is_array);
    // No list and no "all" leaves the titles as they are.
    if all_titles || titles_given {
        plan.titles = guids(&call.body, "TimeLimitTitleIds").into_iter().collect();
        plan.all_titles = all_titles;
    }
    if let Some(unknown) = plan.titles.iter().find(|title| !call.system.titles.contains(**title)) {
        return Err(Refusal::invalid("TimeLimitTitleIds", unknown));
    }
    let options = call.body.get("LockOptions").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(lock) = call.system.locks.get_mut(id) {
        lock.plan = plan;
        lock.options.extend(options.into_iter().filter(|(_, value)| !value.is_null()));
        lock.record.insert("LockState".to_owned(), Value::from(0));
    }
    Ok(Answer::Void)
}

/// CanOrder of a lock: 0 = yes, 1 = Manager and a token, 2 = hidden.
fn can_order(call: &Call<'_>, lock: &LockRow) -> i64 {
    let changed = lock.plan.rights.symmetric_difference(&lock.programmed.rights);
    let standard =
        changed.filter_map(|id| call.system.rights.get(*id)).any(|right| number(right, "Type") != 3);
    if standard {
        1
    } else if number(&lock.record, "PhysicalState") == HIDDEN {
        2
    } else {
        0
    }
}

fn order(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    let code = can_order(call, visible(call, id)?);
    if code != 0 {
        return Err(Refusal::validation(format!("The lock can not be ordered: CanOrder answers {code}.")));
    }
    if let Some(lock) = call.system.locks.get_mut(id) {
        lock.record.insert("LockState".to_owned(), Value::from(1));
    }
    Ok(Answer::Void)
}
