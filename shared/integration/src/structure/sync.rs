//! Reading the structure, as a run.

use futures::future::{join, join4};
use iloq_client::{Error, IloqApi};
use portal_api::{Code, Problem, routes::Job, types::RunState};

use super::{
    map::{Source, Views, map},
    store::{Directory, StructureStore},
};
use crate::{
    http::new_id,
    platform::{Platform, Store},
    problem::{self, Stop},
    state::{Busy, Lease, RunRecord, Runs, StateError},
    system::System,
};

/// Counts what may not be read; `problem` of the run says why.
const NOT_READ: &str = "notRead";

/// Reads the whole structure and keeps it. `owner` tells the request from others.
///
/// Network modules need a right that daily work does not need: without it they are left out, the run ends `done`
/// with `notRead` among its counts, and its problem names the right.
///
/// # Errors
/// `in-progress`; iLOQ's or the store's error, which the run's record has as well.
pub async fn sync<P: Platform>(system: &System<'_, P>, owner: &str) -> Result<RunRecord, Stop> {
    let clock = system.clock();
    let lease = match Lease::acquire(&system.space, clock, Job::SyncStructure.name(), owner).await {
        Ok(lease) => lease,
        Err(Busy::State(error)) => return Err(error.into()),
        Err(Busy::Held) => {
            return Err(Problem::new(
                Code::InProgress,
                "The structure of this system is being read. Try again when that is done.",
            )
            .into());
        }
    };
    let outcome = lease.during(clock, run(system)).await;
    lease.release();
    outcome
}

async fn run<P: Platform>(system: &System<'_, P>) -> Result<RunRecord, Stop> {
    let runs = Runs::new(&system.space);
    let mut run = runs.begin(Job::SyncStructure, &new_id(system.platform.random()), system.now_ms())?;
    let outcome = work(system, &mut run).await;
    match system.noted(outcome) {
        Ok(()) => {
            runs.end(&mut run, RunState::Done, system.now_ms())?;
            Ok(run)
        }
        Err(stop) => {
            let problem = stop.into_problem();
            // If the store is what failed, the run stays open and the next call goes on with it.
            let _ = runs.fail(&mut run, &problem, system.now_ms());
            Err(problem.into())
        }
    }
}

async fn work<P: Platform>(system: &System<'_, P>, run: &mut RunRecord) -> Result<(), Stop> {
    let api = system.iloq()?;
    let read = read(&api).await;
    run.requests += api.requests();
    api.kill_session(false).await;
    let Read { source, refused } = read?;
    let views = map(&system.record.settings, &source);
    count(run, &views);
    run.counts.remove(NOT_READ);
    run.problem = refused.first().map(not_read);
    if !refused.is_empty() {
        run.counts.insert(NOT_READ.to_owned(), refused.len() as u64);
    }
    Ok(keep(&StructureStore::new(&system.space), views, system.now_ms())?)
}

fn not_read(error: &Error) -> Problem {
    let mut problem = problem::of_iloq(error);
    problem.detail = format!("Network modules were left out. {}", problem.detail);
    problem
}

/// What was read, and what the API user may not read.
pub(super) struct Read {
    pub(super) source: Source,
    pub(super) refused: Vec<Error>,
}

/// Seven listings; none of them costs a call per entity.
pub(super) async fn read(api: &impl IloqApi) -> Result<Read, Error> {
    // The first one opens the session.
    let zones = api.zones().await?;
    let listings = join4(api.locks(), api.real_estates(), api.access_rights(), api.time_profiles()).await;
    let (modules, devices) = join(api.network_modules(), api.network_module_devices()).await;
    let mut refused = Vec::new();
    let source = Source {
        zones,
        locks: listings.0?,
        real_estates: listings.1?,
        access_rights: listings.2?,
        time_profiles: listings.3?,
        modules: allowed(modules, &mut refused)?,
        devices: allowed(devices, &mut refused)?,
    };
    Ok(Read { source, refused })
}

fn allowed<T>(listing: Result<Vec<T>, Error>, refused: &mut Vec<Error>) -> Result<Vec<T>, Error> {
    match listing {
        Err(error) if matches!(error.status(), Some(401 | 403)) && !error.is_session_lost() => {
            refused.push(error);
            Ok(Vec::new())
        }
        listing => listing,
    }
}

fn count(run: &mut RunRecord, views: &Views) {
    for (name, number) in [
        ("locations", views.locations.len()),
        ("zones", views.zones.len()),
        ("doors", views.doors.len()),
        ("scanners", views.scanners.len()),
        ("accessRights", views.access_rights.len()),
        ("timeProfiles", views.time_profiles.len()),
    ] {
        run.counts.insert(name.to_owned(), number as u64);
    }
}

/// Keeps `views` in place of what was kept before.
pub(super) fn keep<S: Store>(
    store: &StructureStore<'_, S>,
    views: Views,
    now: i64,
) -> Result<(), StateError> {
    let before = store.directory()?;
    let mut directory = Directory { synced_at: now, ..Directory::default() };
    store.write(&mut directory, views.locations)?;
    store.write(&mut directory, views.zones)?;
    store.write(&mut directory, views.doors)?;
    store.write(&mut directory, views.scanners)?;
    store.write(&mut directory, views.access_rights)?;
    store.write(&mut directory, views.time_profiles)?;
    store.finish(&before, &directory)
}
