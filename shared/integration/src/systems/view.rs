//! A system as the portal sees it.

use std::collections::BTreeMap;

use portal_api::{
    Code, PortalId, Problem, Time,
    routes::BUILT_JOBS,
    types::{Run, SystemState, SystemView},
};

use crate::{
    platform::Store,
    problem::{self, Stop},
    state::{Runs, Space, StateError, Suspension, SystemRecord},
};

/// The settings of `id` without their secrets, and how the system stands.
///
/// # Errors
/// The store's failure.
pub(super) fn system<S: Store>(store: &S, id: &str, record: &SystemRecord) -> Result<SystemView, Stop> {
    let space = Space::system(store, id, &record.incarnation);
    let suspension = Suspension::of(&space, record.revision)?;
    Ok(SystemView {
        id: PortalId::parse(id).ok_or_else(|| Problem::of(Code::Internal))?,
        settings: record.settings.clone(),
        // There is no system without a password.
        password_set: true,
        api_key_set: record.api_key.is_some(),
        state: if suspension.is_some() { SystemState::Suspended } else { SystemState::Active },
        suspended_because: suspension.as_ref().map(problem::suspended),
        created_at: Time::from_millis(record.created_at),
        updated_at: Time::from_millis(record.updated_at),
        last_runs: last_runs(&space)?,
    })
}

/// The last run of each job: the one that is open, else the one that ended last.
fn last_runs(space: &Space<'_, impl Store>) -> Result<BTreeMap<String, Run>, StateError> {
    let runs = Runs::new(space);
    let mut last = BTreeMap::new();
    for job in BUILT_JOBS {
        let state = runs.job(*job)?;
        for id in state.open.iter().chain(&state.last_run) {
            if let Some(run) = runs.get(id)? {
                last.insert(job.name().to_owned(), run.view());
                break;
            }
        }
    }
    Ok(last)
}
