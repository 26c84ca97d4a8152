//! Making, changing and deleting locks.

use serde_json::Value;
use uuid::Uuid;

use crate::{
    call::Call,
    http::{Answer, Outcome, Refusal},
    locks::visible,
    operation::{Operation, Rights},
    shape::{Record, shape},
    structure::{self, LockPlan, LockRow},
    world::{guid, guids, number, objects},
};

const WRITE: Rights = Rights::All(262_144);

/// `Lock.PhysicalState`: planned, out of use.
const PLANNED: i64 = 0;
const OUT_OF_USE: i64 = 2;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("Locks_Insert", "POST", "Locks", Rights::All(262_160), insert).body("InsertLock"),
    Operation::new("Locks_Update", "PUT", "Locks", WRITE, update).body("UpdateLock"),
    Operation::new("Locks_Delete", "DELETE", "Locks/{}", WRITE, delete),
];

/// The real estate is `RealEstate_Id` in what GET answers and `RealEstate_ID` everywhere else.
fn rename(record: &mut Record, from: &str, to: &str) {
    if let Some(value) = record.remove(from) {
        record.insert(to.to_owned(), value);
    }
}

fn insert(call: &mut Call<'_>) -> Outcome {
    let mut record = call.object("Lock")?;
    let id = guid(&record, "FLock_ID").unwrap_or_else(|| call.ids.next());
    if call.system.locks.contains(id) {
        return Err(Refusal::invalid("Lock.FLock_ID", id));
    }
    if !(0..=5).contains(&number(&record, "LockType")) {
        return Err(Refusal::invalid("Lock.LockType", number(&record, "LockType")));
    }
    call.check_real_estate(&record)?;
    call.check_zone(&record)?;
    let rights = objects(&call.body, "SecurityAccesses");
    let rights: Vec<Uuid> = rights.iter().filter_map(|link| guid(link, "SecurityAccess_ID")).collect();
    for right in &rights {
        structure::right(call.system, &call.viewer, *right)
            .map_err(|_| Refusal::invalid("SecurityAccesses", right))?;
    }
    let titles = guids(&call.body, "TimeLimitTitleIds");
    if let Some(unknown) = titles.iter().find(|title| !call.system.titles.contains(**title)) {
        return Err(Refusal::invalid("TimeLimitTitleIds", unknown));
    }
    record.remove("Secret");
    record.insert("FLock_ID".to_owned(), Value::from(id.to_string()));
    record.insert("PhysicalState".to_owned(), Value::from(PLANNED));
    // The answer of an insert has texts where GET has null.
    let shown: Record =
        record.iter().filter(|(_, value)| !value.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect();
    let answer = Answer::of(&shape("InsertedLock").render(&shown));
    rename(&mut record, "RealEstate_ID", "RealEstate_Id");
    let all_titles = call.body.get("LockRespectsAllTimeLimits").and_then(Value::as_bool).unwrap_or(false);
    let plan =
        LockPlan { rights: rights.into_iter().collect(), titles: titles.into_iter().collect(), all_titles };
    let options = call.body.get("LockOptions").and_then(Value::as_object).cloned().unwrap_or_default();
    call.system.locks.insert(id, LockRow { record, options, plan, programmed: LockPlan::default() });
    answer
}

/// The members of the body take the place of the lock's own; the others can not be set this way and stay.
fn update(call: &mut Call<'_>) -> Outcome {
    let mut record = call.object("Lock")?;
    let id = guid(&record, "FLock_ID")
        .ok_or_else(|| Refusal::validation("Parameter Lock.FLock_ID is required."))?;
    visible(call, id)?;
    call.check_real_estate(&record)?;
    call.check_zone(&record)?;
    record.remove("State");
    rename(&mut record, "RealEstate_ID", "RealEstate_Id");
    if let Some(lock) = call.system.locks.get_mut(id) {
        lock.record.extend(record);
    }
    Ok(Answer::Void)
}

/// A programmed lock is taken out of use instead.
fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    let is_planned = number(&visible(call, id)?.record, "PhysicalState") == PLANNED;
    if is_planned {
        call.system.locks.remove(id);
    } else if let Some(lock) = call.system.locks.get_mut(id) {
        lock.record.insert("PhysicalState".to_owned(), Value::from(OUT_OF_USE));
    }
    Ok(Answer::Void)
}
