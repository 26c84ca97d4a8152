//! `GET /v1/status`: how each system stands.

use std::collections::BTreeMap;

use portal_api::{
    Time,
    routes::BUILT_JOBS,
    types::{IloqRequests, StatusAnswer, SystemState, SystemStatus},
};

use crate::{
    http::{Answer, Call},
    jobs,
    keys::KeyStore,
    logs,
    platform::Platform,
    problem::Stop,
    state::{Registry, Runs},
    system::System,
};

/// The systems that the token covers, by id.
///
/// # Errors
/// The store's failure.
pub fn systems<P: Platform>(call: &Call<'_, P>) -> Result<Vec<SystemStatus>, Stop> {
    let registry = Registry::new(call.platform.store());
    let mut all = Vec::new();
    for id in registry.ids()? {
        if !call.principal.is_some_and(|p| p.covers(&id)) {
            continue;
        }
        if let Some(record) = registry.get(&id)? {
            all.push(of(&System::new(call.platform, call.config, &id, record, None, None))?);
        }
    }
    Ok(all)
}

/// `GET /v1/status`.
///
/// # Errors
/// The store's failure.
pub fn status<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let answer = StatusAnswer { version: super::VERSION.to_owned(), systems: systems(call)? };
    Ok(Answer::json(200, &answer))
}

fn of<P: Platform>(system: &System<'_, P>) -> Result<SystemStatus, Stop> {
    let runs = Runs::new(&system.space);
    let (mut last_success, mut iloq_requests) = (BTreeMap::new(), BTreeMap::new());
    for job in BUILT_JOBS {
        let state = runs.job(*job)?;
        if let Some(at) = state.last_success {
            last_success.insert(job.name().to_owned(), Time::from_millis(at));
        }
        if state.iloq_requests > 0 {
            let requests = IloqRequests { count: state.iloq_requests, milliseconds: state.iloq_ms };
            iloq_requests.insert(job.name().to_owned(), requests);
        }
    }
    let retries = jobs::all_retries(system)?;
    let parked = retries.iter().filter(|retry| retry.next_at.is_none()).count();
    let (mut revocations_overdue, mut invitations_expired) = (0, 0);
    let mut orders_refused: BTreeMap<String, u32> = BTreeMap::new();
    for key in KeyStore::new(&system.space).all()?.into_values() {
        revocations_overdue += u32::from(key.overdue);
        let expired = key.invitation.is_some_and(|invited| invited.stale && !invited.registered);
        invitations_expired += u32::from(expired);
        let cause = key.waiting.and_then(|waiting| waiting.problem.iloq.clone());
        if let Some(result) = cause.filter(|c| c.check.as_deref() == Some("CanOrder")).and_then(|c| c.result)
        {
            *orders_refused.entry(result.to_string()).or_default() += 1;
        }
    }
    let suspended = system.suspension()?.is_some();
    Ok(SystemStatus {
        system: system.id.to_owned(),
        state: if suspended { SystemState::Suspended } else { SystemState::Active },
        last_success,
        iloq_requests,
        retries_waiting: u32::try_from(retries.len() - parked).unwrap_or(u32::MAX),
        retries_parked: u32::try_from(parked).unwrap_or(u32::MAX),
        log_lag_seconds: logs::lag(system)?,
        revocations_overdue,
        invitations_expired,
        orders_refused,
    })
}
