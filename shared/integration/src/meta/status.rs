//! `GET /v1/status`: how each system stands.

use sorted::SortedMap;

use portal_api::{
    Time,
    routes::BUILT_JOBS,
    types::{StatusAnswer, SystemState, SystemStatus},
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
            all.push(of(&System::new(call.platform, call.config, &id, record, call.end, None))?);
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
    let mut last_success = SortedMap::new();
    for job in BUILT_JOBS {
        if let Some(at) = runs.job(*job)?.last_success {
            last_success.insert(job.name().to_owned(), Time::from_millis(at));
        }
    }
    let retries = jobs::all_retries(system)?;
    let parked = retries.iter().filter(|retry| retry.next_at.is_none()).count();
    let mut revocations_overdue = 0;
    let mut orders_refused: SortedMap<String, u32> = SortedMap::new();
    for key in KeyStore::new(&system.space).all()?.into_values() {
        revocations_overdue += u32::from(key.overdue);
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
        retries_waiting: u32::try_from(retries.len() - parked).unwrap_or(u32::MAX),
        retries_parked: u32::try_from(parked).unwrap_or(u32::MAX),
        log_lag_seconds: logs::lag(system)?,
        revocations_overdue,
        orders_refused,
    })
}
