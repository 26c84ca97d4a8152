//! A dry run: the plan as items, iLOQ sees reads only.

use iloq_client::IloqApi;
use portal_api::{
    Problem,
    types::{FieldChange, FieldSide, SyncItem, SyncOutcome},
};

use super::{
    hidden,
    plan::{Action, Plan, Step},
};
use crate::{
    problem::Stop,
    users::{fields::Field, merge::Merge, push},
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

/// What the plan would count, and its items.
///
/// # Errors
/// iLOQ's error while it is asked for missing persons.
pub async fn preview(api: &impl IloqApi, plan: &Plan) -> Result<Vec<SyncItem>, Stop> {
    let mut items = Vec::new();
    for step in &plan.steps {
        let hides = match step.action {
            Action::Gone { person } => (!push::is_gone(api, person).await?).then_some(person),
            _ => None,
        };
        items.push(match hides {
            Some(person) => item(step, SyncOutcome::Failed, Some(hidden(person))),
            None => item(step, SyncOutcome::Planned, None),
        });
    }
    Ok(items)
}

impl Action {
    /// The count that a done step adds to.
    #[must_use]
    pub const fn counts_as(&self) -> Option<&'static str> {
        match self {
            Self::Import { .. } => Some("imported"),
            Self::Create => Some("created"),
            Self::Update { .. } => Some("updated"),
            Self::Link { .. } => Some("linked"),
            Self::Conflict { .. } => Some("conflicts"),
            Self::Gone { .. } => Some("gone"),
            Self::Back { .. } => Some("restored"),
            Self::Delete => None,
        }
    }
}
