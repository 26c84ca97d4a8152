//! Ordering and returning keys, and what then happens to them in the world outside.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    call::{Call, Viewer},
    http::{Answer, Outcome, Refusal},
    keys::{EXTERNAL, HANDED_OVER, KeyRow, PHONE, RETURNED, SERIES_5, in_use},
    limits,
    operation::{Operation, Rights},
    phones,
    world::{System, guid, number, text},
};

const ORDER: Rights = Rights::All(34_359_738_368);
const RETURN: Rights = Rights::Any(34_493_956_096);

/// The bit that an external tag gets when it is programmed.
const MIFARE: i64 = 16;
/// The largest number that fits in a key's packet.
const LARGEST_NUMBER: i64 = 0xFF_FFFF;

/// `ProgrammingState`: ordered, fetched, programmed.
pub(crate) const ORDERED: i64 = 1;
pub(crate) const FETCHED: i64 = 2;
pub(crate) const PROGRAMMED: i64 = 3;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("Keys_CanOrderKey", "GET", "Keys/{}/CanOrder", ORDER, |call| {
        let id = call.id(0)?;
        Answer::of(&can_order(call.system, &call.viewer, in_use(call, id)?, id))
    }),
    Operation::new("Keys_OrderKey", "POST", "Keys/{}/Order", ORDER, order),
    Operation::new("Keys_CanReturnKey", "GET", "Keys/{}/CanReturn", RETURN, |call| {
        let id = call.id(0)?;
        Answer::of(&can_return(call.system, in_use(call, id)?, id))
    }),
    Operation::new("Keys_ReturnKey", "POST", "Keys/{}/Return", RETURN, give_back),
];

fn is_api_right(system: &System, right: Uuid) -> bool {
    system.rights.get(right).is_some_and(|right| number(right, "Type") == 3)
}

/// CanOrder, in the order of its code table: the first that applies.
fn can_order(system: &System, viewer: &Viewer, row: &KeyRow, id: Uuid) -> i64 {
    let on_key = row.programmed.as_ref().map(|plan| plan.rights.clone()).unwrap_or_default();
    let is_new = row.ordered.is_none();
    let phone = |name| row.phone.as_ref().map_or("", |phone| text(phone, name));
    let by_email =
        row.phone.as_ref().is_some_and(|phone| number(phone, "OptionMask") & phones::BY_EMAIL != 0);
    let is_phone = row.kind() & PHONE != 0;
    let in_use = || system.keys.iter().filter(|(_, key)| key.is_listed() && key.ordered.is_some()).count();
    let hides = |right: &Uuid| system.rights.get(*right).is_some_and(|right| !viewer.sees_record(right));
    let hides_title =
        |title: Uuid| system.titles.get(title).is_some_and(|title| !viewer.sees_record(&title.record));
    let mut slots = row.plan.slots.iter();
    let checks: [(i64, bool); 14] = [
        (1, row.plan.rights.symmetric_difference(&on_key).any(|right| !is_api_right(system, *right))),
        (2, row.kind() & (PHONE | SERIES_5) == 0),
        (3, is_new && system.limits.licence.is_some_and(|licence| in_use() >= licence)),
        (4, number(&row.record, "ProgrammingState") != 0),
        (5, row.number > LARGEST_NUMBER),
        (6, is_new && row.plan.rights.iter().any(hides)),
        (7, is_new && slots.any(|slot| guid(slot, "TimeLimitTitle_ID").is_some_and(hides_title))),
        (8, system.block_list.holds(id)),
        (9, is_phone && !by_email && phone("PhoneNo").is_empty()),
        (10, is_phone && by_email && phone("Email").is_empty()),
        (11, row.plan.slots.iter().map(limits::memory).sum::<usize>() > system.limits.key_memory),
        (12, system.limits.main_zone_required && is_new && row.main_zone.is_none()),
        (13, row.person().is_none()),
        (14, row.kind() & EXTERNAL != 0 && text(&row.record, "TagKey").is_empty()),
    ];
    let forced = row.can_order.map(|code| (code, true));
    forced.into_iter().chain(checks).find(|(_, hit)| *hit).map_or(0, |(code, _)| code)
}

fn order(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    let code = can_order(call.system, &call.viewer, in_use(call, id)?, id);
    if code != 0 {
        return Err(Refusal::validation(format!("The key can not be ordered: CanOrder answers {code}.")));
    }
    let now = call.now;
    let Some(row) = call.system.keys.get_mut(id) else { return Err(Refusal::not_found("Key", id)) };
    let is_first = row.ordered.is_none();
    row.ordered = Some(row.plan.clone());
    row.ordered_at = Some(now);
    row.set("State", HANDED_OVER);
    row.set("ProgrammingState", ORDERED);
    if row.kind() & EXTERNAL != 0 {
        programmed(row);
    }
    if is_first && row.kind() & PHONE != 0 {
        phones::await_registration(row);
        phones::send(call.system, id, "order", now);
    }
    Ok(Answer::Void)
}

/// What was ordered is on the key now.
pub(crate) fn programmed(row: &mut KeyRow) {
    row.programmed = row.ordered.clone();
    row.ordered_at = None;
    row.set("IsProgrammed", true);
    // A plan that has been changed since the order waits for the next one.
    let up_to_date = row.ordered.as_ref() == Some(&row.plan);
    row.set("ProgrammingState", if up_to_date { PROGRAMMED } else { 0 });
    if row.kind() & EXTERNAL != 0 {
        row.set("KeyTypeMask", row.kind() | MIFARE);
    }
}

/// Keys become programmed by themselves where the locking system is set so.
pub(crate) fn settle(system: &mut System, now: DateTime<Utc>) {
    let Some(seconds) = system.limits.programmed_after else { return };
    let due = |row: &KeyRow| row.ordered_at.is_some_and(|at| at + TimeDelta::seconds(seconds) <= now);
    let ready: Vec<Uuid> = system.keys.iter().filter(|(_, row)| due(row)).map(|(id, _)| id).collect();
    for id in ready {
        if let Some(row) = system.keys.get_mut(id) {
            programmed(row);
            phones::registered(row);
        }
    }
}

/// CanReturn: 1 = rights that are not API rights, 2 = neither phone nor external tag, 3 = never programmed,
/// 4 = block-listed.
fn can_return(system: &System, row: &KeyRow, id: Uuid) -> i64 {
    let on_key = row.programmed.iter().flat_map(|plan| &plan.rights);
    if row.plan.rights.iter().chain(on_key).any(|right| !is_api_right(system, *right)) {
        1
    } else if row.kind() & (PHONE | EXTERNAL) == 0 {
        2
    } else if row.programmed.is_none() {
        3
    } else if system.block_list.holds(id) {
        4
    } else {
        0
    }
}

/// A returned key keeps its record for the logs, is in no list, and opens nothing.
fn give_back(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    let code = can_return(call.system, in_use(call, id)?, id);
    if code != 0 {
        return Err(Refusal::validation(format!("The key can not be returned: CanReturn answers {code}.")));
    }
    if let Some(row) = call.system.keys.get_mut(id) {
        row.set("State", RETURNED);
        row.set("ProgrammingState", 0);
        row.set("Person_ID", Value::Null);
        (row.plan, row.ordered, row.programmed, row.phone) = Default::default();
    }
    Ok(Answer::Void)
}
