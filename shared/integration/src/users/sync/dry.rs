//! A dry run: the plan as items, iLOQ sees reads only.

use iloq_client::{IloqApi, Lookup};
use portal_api::{
    Problem,
    types::{FieldChange, FieldSide, SyncAction, SyncItem, SyncOutcome},
};

use super::plan::{Action, Plan, Step, open};
use crate::{
    problem::Stop,
    users::{fields::Field, merge::Merge, store::AllUsers},
};

/// The line in an answer for a step.
#[must_use]
pub fn item(step: &Step, outcome: SyncOutcome, problem: Option<Problem>) -> SyncItem {
    let fields = match &step.action {
        Action::Update { merge, .. } | Action::Back { merge, .. } | Action::Link { merge, .. } => {
            fields(merge)
        }
        _ => Vec::new(),
    };
    SyncItem { user: step.user.clone(), action: step.action.kind(), outcome, fields, problem }
}

/// The fields that a merge changes, each with the side whose value stands.
fn fields(merge: &Merge) -> Vec<FieldChange> {
    let side = |field: Field| {
        if merge.to_iloq.contains(&field) {
            Some(FieldSide::Portal)
        } else {
            merge.to_portal.contains(&field).then_some(FieldSide::Iloq)
        }
    };
    let change = |field: Field| {
        let both_changed = merge.collisions.iter().any(|c| c.field == field);
        Some(FieldChange { name: field.name().to_owned(), from: side(field)?, both_changed })
    };
    Field::ALL.into_iter().filter_map(change).collect()
}

/// Makes the line of a missing person, which was found after all, that of an update.
pub fn make_update(item: &mut SyncItem, merge: &Merge) {
    item.action = SyncAction::Update;
    item.fields = fields(merge);
}

/// The items of the plan. A missing person that iLOQ finds alone is there: an update, or nothing.
///
/// # Errors
/// iLOQ's error while it is asked for missing persons.
pub async fn preview(api: &impl IloqApi, plan: &Plan, all: &AllUsers) -> Result<Vec<SyncItem>, Stop> {
    let mut items = Vec::new();
    for step in &plan.steps {
        let mut item = item(step, SyncOutcome::Planned, None);
        if let (Action::Gone { person }, Some(user)) = (&step.action, all.get(&step.user))
            && let Lookup::Found(found) = api.person(*person).await?
        {
            let Some(merge) = open(user, &found) else { continue };
            make_update(&mut item, &merge);
        }
        items.push(item);
    }
    Ok(items)
}

/// The count that a done step adds to.
#[must_use]
pub const fn counts_as(action: SyncAction) -> Option<&'static str> {
    match action {
        SyncAction::Import => Some("imported"),
        SyncAction::Create => Some("created"),
        SyncAction::Update => Some("updated"),
        SyncAction::Link => Some("linked"),
        SyncAction::Conflict => Some("conflicts"),
        SyncAction::Gone => Some("gone"),
        SyncAction::Restore => Some("restored"),
        SyncAction::Delete => None,
    }
}
