//! One tick of a job over many systems.

use std::time::Duration;

use iloq_client::io::Clock;
use portal_api::{
    Code, Problem,
    routes::Job,
    types::{Counts, JobAnswer, JobState, JobSystem, RunState},
};

use super::housekeeping;
use crate::{
    blocking, events,
    http::{Answer, Audit, Call, append_audit, new_id},
    keys, logs,
    platform::Platform,
    problem::{self, Stop},
    side_by_side::in_order,
    state::{Due, JobRecord, Registry, RunRecord, Runs},
    structure,
    system::System,
    users::{self, sync},
};

/// Systems worked on at the same time.
const AT_ONCE: usize = 16;
/// The least that a system gets in a tick.
const LEAST: Duration = Duration::from_secs(5);
/// With less left than this, a system waits for the next tick, in which it comes first. Begun all the same, it would
/// most likely be cut, fail, and have had its turn.
const TOO_LATE: Duration = Duration::from_secs(4);

/// `POST /v1/jobs/{job}`.
///
/// # Errors
/// The store's failure before any system was begun.
pub async fn run<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    portal_api::types::read_nothing(call.members.clone())?;
    let job = call.matched.job().ok_or_else(|| Problem::of(Code::NotFound))?;
    if job == Job::Housekeeping {
        housekeeping::prepare(call)?;
    }
    let systems = due(call, job)?;
    let budget = budget(call.config.slice(), systems.len());
    let systems = systems.into_iter().map(|system| one(call, job, system, budget));
    Ok(Answer::json(200, &JobAnswer { job, systems: in_order(AT_ONCE, systems).await }))
}

/// What one system may take: all of the slice if they fit side by side, and less the more they are.
fn budget(slice: Duration, systems: usize) -> Duration {
    let rounds = u32::try_from(systems.div_ceil(AT_ONCE)).unwrap_or(u32::MAX).max(1);
    (slice / rounds).clamp(LEAST.min(slice), slice)
}

/// The systems that the token covers: unfinished work first, then what iLOQ has told of, then whoever has waited longest.
fn due<P: Platform>(call: &Call<'_, P>, job: Job) -> Result<Vec<String>, Stop> {
    let registry = Registry::new(call.platform.store());
    let mut waiting = Vec::new();
    for id in registry.ids()? {
        if !call.principal.is_some_and(|p| p.covers(&id)) {
            continue;
        }
        let Some(record) = registry.get(&id)? else { continue };
        let system = System::new(call.platform, call.config, &id, record, None, None);
        let state = Runs::new(&system.space).job(job)?;
        let told = job == Job::PullLogs && events::wish::is_open(&system.space)?;
        waiting.push((state.open.is_none(), !told, state.last_start, id.clone()));
    }
    waiting.sort();
    Ok(waiting.into_iter().map(|(_, _, _, id)| id).collect())
}

/// One system's part. Never fails: what goes wrong is that system's line.
async fn one<P: Platform>(call: &Call<'_, P>, job: Job, id: String, budget: Duration) -> JobSystem {
    let now = call.platform.clock().monotonic();
    let began = call.platform.clock().now().timestamp_millis();
    let end = call.end().min(now + budget);
    if end.saturating_sub(now) < TOO_LATE {
        let problem =
            Problem::new(Code::InProgress, "The tick was over: this system comes first in the next one.");
        return line(id, JobState::Skipped, None, Some(problem));
    }
    let record = match Registry::new(call.platform.store()).get(&id) {
        Ok(Some(record)) => record,
        Ok(None) => return line(id, JobState::Skipped, None, Some(Problem::of(Code::UnknownSystem))),
        Err(error) => return line(id, JobState::Failed, None, Some(Stop::from(error).into_problem())),
    };
    let system = System::new(call.platform, call.config, &id, record, Some(end), call.traceparent);
    let outcome = work(call, job, &system).await;
    let (state, counts, problem) = match outcome {
        Ok((state, counts)) => (state, Some(counts), None),
        Err(stop) => {
            let problem = system.problem(stop);
            let waits =
                matches!(problem.code, Code::InProgress | Code::SystemSuspended | Code::SetupIncomplete);
            if !waits {
                begun(&system, job, began);
            }
            (if waits { JobState::Skipped } else { JobState::Failed }, None, Some(problem))
        }
    };
    let changed = counts.as_ref().is_some_and(|c| c.iter().any(|(name, n)| *n > 0 && name != "unchanged"));
    if changed {
        let token = call.principal.map_or("", |p| p.name.as_str());
        let audit = Audit::of_job(job.name(), token, call.request_id, &id);
        append_audit(call.platform, &system.space, audit, state.name().to_owned()).await;
    }
    counted(&system, job);
    drop(system);
    line(id, state, counts, problem)
}

async fn work<P: Platform>(
    call: &Call<'_, P>,
    job: Job,
    system: &System<'_, P>,
) -> Result<(JobState, Counts), Stop> {
    let calls_iloq = job != Job::Housekeeping;
    if calls_iloq && let Some(suspension) = system.suspension()? {
        return Err(problem::suspended(&suspension).into());
    }
    match job {
        Job::SyncUsers => {
            sync::ready(system.record.settings.info_fields.email.is_absent())?;
            let options = sync::Options { owner: new_id(call.platform.random()), ..sync::Options::default() };
            Ok(of_run(&sync::sync(system, &options).await?.run))
        }
        Job::SyncStructure => Ok(of_run(&structure::sync(system, &new_id(call.platform.random())).await?)),
        Job::Retry => retry(system).await,
        Job::Housekeeping => {
            Ok((JobState::Done, succeeded(system, job, housekeeping::of_system(system).await?)?))
        }
        Job::RefreshKeys => Ok((JobState::Done, succeeded(system, job, keys::job::refresh(system).await?)?)),
        Job::RenewSubscriptions => {
            Ok((JobState::Done, succeeded(system, job, events::renew(system).await?)?))
        }
        Job::PullLogs => Ok(of_run(&logs::pull(system, &new_id(call.platform.random())).await?)),
    }
}

/// Notes that a job that failed was begun: else a system that hangs would come first in every tick.
fn begun<P: Platform>(system: &System<'_, P>, job: Job, at: i64) {
    let runs = Runs::new(&system.space);
    // If this fails, the system comes a little early; nothing else is lost.
    if let Ok(mut state) = runs.job(job)
        && state.last_start < Some(at)
    {
        state.last_start = Some(at);
        let _ = runs.put_job(job, &state);
    }
}

/// Notes what the job asked iLOQ for. If this fails, it is missing in the metrics and nowhere else.
fn counted<P: Platform>(system: &System<'_, P>, job: Job) {
    let runs = Runs::new(&system.space);
    if system.traffic.requests() > 0
        && let Ok(mut state) = runs.job(job)
    {
        state.iloq_requests += system.traffic.requests();
        state.iloq_ms += system.traffic.millis();
        let _ = runs.put_job(job, &state);
    }
}

/// Notes that a job without runs of its own has been through.
fn succeeded<P: Platform>(system: &System<'_, P>, job: Job, counts: Counts) -> Result<Counts, Stop> {
    let runs = Runs::new(&system.space);
    let now = Some(system.now_ms());
    runs.put_job(job, &JobRecord { last_start: now, last_success: now, ..runs.job(job)? })?;
    Ok(counts)
}

async fn retry<P: Platform>(system: &System<'_, P>) -> Result<(JobState, Counts), Stop> {
    let runs = Runs::new(&system.space);
    let mut state = runs.job(Job::Retry)?;
    let due = Due::new(&system.space, system.now_ms())?;
    let mut sum = users::run_due(system, due).await?;
    let (tried, done) = keys::job::run_due(system, due).await?;
    let (blocks, lifted) = blocking::run_due(system, due).await?;
    let (lists, ordered) = keys::list_order::run_due(system, due).await?;
    let (tried, done) = (tried + blocks + lists, done + lifted + ordered);
    (sum.tried, sum.done, sum.failed) = (sum.tried + tried, sum.done + done, sum.failed + tried - done);
    state.last_start = Some(system.now_ms());
    state.last_success = (sum.failed == 0).then(|| system.now_ms()).or(state.last_success);
    runs.put_job(Job::Retry, &state)?;
    let counts = [("tried", sum.tried), ("done", sum.done), ("failed", sum.failed)];
    let state = if sum.cut { JobState::Incomplete } else { JobState::Done };
    Ok((state, counts.into_iter().map(|(name, n)| (name.to_owned(), n)).collect()))
}

fn of_run(run: &RunRecord) -> (JobState, Counts) {
    let state = match run.state {
        RunState::Done => JobState::Done,
        RunState::Incomplete => JobState::Incomplete,
        RunState::Halted => JobState::Halted,
        RunState::Failed => JobState::Failed,
    };
    (state, run.counts.clone())
}

fn line(system: String, state: JobState, counts: Option<Counts>, problem: Option<Problem>) -> JobSystem {
    JobSystem { system, state, counts, problem }
}
