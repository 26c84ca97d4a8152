//! Access rights on a key.

use serde_json::json;
use uuid::Uuid;

use crate::{
    call::Call,
    http::{Answer, Outcome, Refusal},
    keys::{check_right, in_use, visible, wanted_plan},
    operation::{Operation, Rights},
    shape::shape,
    world::guid,
};

const WRITE: Rights = Rights::All(33_554_432);

/// CanAdd and CanDelete of access rights say yes with 1.
const YES: i64 = 1;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(
        "Keys_GetSecurityAccesses",
        "GET",
        "Keys/{}/SecurityAccesses",
        Rights::Any(40_370_688),
        list,
    )
    .query(&["mode"]),
    Operation::new("Keys_CanAddSecurityAccess", "GET", "Keys/{}/SecurityAccesses/CanAdd", WRITE, |call| {
        Answer::of(&can_add(call, call.id(0)?)?)
    }),
    Operation::new("Keys_InsertSecurityAccess", "POST", "Keys/{}/SecurityAccesses", WRITE, add)
        .body("AddSecurityAccess"),
    Operation::new(
        "Keys_CanDeleteSecurityAccess",
        "GET",
        "Keys/{}/SecurityAccesses/{}/CanDelete",
        WRITE,
        |call| Answer::of(&can_delete(call, call.id(0)?, call.id(1)?)?),
    ),
    Operation::new("Keys_DeleteSecurityAccess", "DELETE", "Keys/{}/SecurityAccesses/{}", WRITE, delete),
    Operation::new("Keys_UpdateSecurityAccesses", "PUT", "Keys/{}/SecurityAccesses", WRITE, replace)
        .body("UpdateKeySecurityAccesses"),
];

/// Mode 1 is the plan, mode 2 what was programmed last.
fn list(call: &mut Call<'_>) -> Outcome {
    let mode = call.choice("mode", &[1, 2])?;
    let row = visible(call, call.id(0)?)?;
    let plan = if mode == 1 { Some(&row.plan) } else { row.programmed.as_ref() };
    let ids = plan.into_iter().flat_map(|plan| &plan.rights);
    let all: Vec<_> = ids.filter_map(|id| call.system.rights.get(*id)).collect();
    let seen: Vec<_> = all.iter().filter(|right| call.viewer.sees_record(right)).collect();
    let rendered: Vec<_> = seen.iter().map(|right| shape("SecurityAccess").render(right)).collect();
    Answer::of(&json!({ "SecurityAccesses": rendered, "OutsideUserZonesCount": all.len() - seen.len() }))
}

/// CanAdd: 2 = the key is block-listed, 3 = it is full.
fn can_add(call: &Call<'_>, id: Uuid) -> Result<i64, Refusal> {
    let row = in_use(call, id)?;
    Ok(if call.system.block_list.holds(id) {
        2
    } else if row.plan.rights.len() >= call.system.limits.rights_per_key {
        3
    } else {
        YES
    })
}

fn add(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    let code = can_add(call, id)?;
    if code != YES {
        return Err(Refusal::validation(format!(
            "The security access can not be added: CanAdd answers {code}."
        )));
    }
    let right = guid(&call.body, "SecurityAccess_ID").unwrap_or_default();
    check_right(call, right).map_err(|_| Refusal::invalid("SecurityAccess_ID", right))?;
    if in_use(call, id)?.plan.rights.contains(&right) {
        return Err(Refusal::validation(format!("The key already has the security access {right}.")));
    }
    if let Some(row) = call.system.keys.get_mut(id) {
        row.plan.rights.insert(right);
        row.replan();
    }
    Ok(Answer::Void)
}

/// CanDelete: 2 = the key is block-listed, 3 = it does not have the right.
fn can_delete(call: &Call<'_>, id: Uuid, right: Uuid) -> Result<i64, Refusal> {
    let row = in_use(call, id)?;
    let seen = call.system.rights.get(right).is_some_and(|right| call.viewer.sees_record(right));
    Ok(if call.system.block_list.holds(id) {
        2
    } else if !seen || !row.plan.rights.contains(&right) {
        3
    } else {
        YES
    })
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let (id, right) = (call.id(0)?, call.id(1)?);
    let code = can_delete(call, id, right)?;
    if code != YES {
        return Err(Refusal::validation(format!(
            "The security access can not be deleted: CanDelete answers {code}."
        )));
    }
    if let Some(row) = call.system.keys.get_mut(id) {
        row.plan.rights.remove(&right);
        row.replan();
    }
    Ok(Answer::Void)
}

/// Replaces rights, time limits, offline expiration and scheduler in one go.
fn replace(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    let row = in_use(call, id)?;
    if call.system.block_list.holds(id) {
        return Err(Refusal::validation("The key is on the block list and can not be changed."));
    }
    let plan = wanted_plan(call, row, &row.plan)?;
    if plan.rights.len() > call.system.limits.rights_per_key {
        return Err(Refusal::validation("The key can not hold so many security accesses."));
    }
    if let Some(row) = call.system.keys.get_mut(id) {
        if plan != row.plan {
            row.replan();
        }
        row.plan = plan;
    }
    Ok(Answer::Void)
}
