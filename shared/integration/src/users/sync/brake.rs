//! The removal brake: too many users that would go at once are held until somebody allows it.

use std::collections::BTreeSet;

use portal_api::{
    Code, Problem,
    types::{RemovalBrake, RunState},
};

use super::plan::{Action, Plan, Step};
use crate::{platform::Store, problem::Stop, state::Runs};

/// A share brakes only above so many users.
const FEW: usize = 5;

/// The users that the halted run `id` held.
///
/// # Errors
/// `unknown-run`, or a run that held nothing.
pub fn allowed<S: Store>(runs: &Runs<'_, S>, id: &str) -> Result<Vec<String>, Stop> {
    let run = runs.get(id)?.ok_or_else(|| Problem::of(Code::UnknownRun))?;
    if run.state != RunState::Halted {
        return Err(Problem::invalid("/allowRemovals", "must be the id of a run that ended halted").into());
    }
    Ok(run.held)
}

/// Takes the steps out of `plan` that are held. `visibility_changed`: the API user may see less than before, so
/// whoever is missing is held however few they are.
#[must_use]
pub fn hold(
    plan: &mut Plan,
    brake: RemovalBrake,
    allowed: &BTreeSet<&str>,
    visibility_changed: bool,
) -> Vec<Step> {
    let counts = |step: &Step| step.action.removes() && !allowed.contains(step.user.as_str());
    let removals = plan.steps.iter().filter(|step| counts(step)).count();
    let tripped = is_tripped(brake, removals, plan.linked);
    let held = |step: &Step| {
        counts(step) && (tripped || visibility_changed && matches!(step.action, Action::Gone { .. }))
    };
    let (holding, going) = std::mem::take(&mut plan.steps).into_iter().partition(held);
    plan.steps = going;
    holding
}

fn is_tripped(brake: RemovalBrake, removals: usize, linked: usize) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "numbers of users are far below 2^52")]
    let share = removals as f64 > brake.share * linked as f64;
    removals > brake.count as usize || (share && removals > FEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRAKE: RemovalBrake = RemovalBrake { count: 50, share: 0.2 };

    #[test]
    fn the_brake_trips_above_its_numbers() {
        for (removals, linked, tripped) in [
            (0, 0, false),
            (5, 5, false),
            (6, 6, true),
            (6, 30, false),
            (7, 34, true),
            (50, 1000, false),
            (51, 1000, true),
        ] {
            assert_eq!(is_tripped(BRAKE, removals, linked), tripped, "{removals} of {linked}");
        }
        assert!(is_tripped(RemovalBrake { count: 0, share: 1.0 }, 1, 100));
    }
}
