//! A sync as a run: read, plan, brake, apply, note.

use std::collections::{BTreeMap, BTreeSet};

use iloq_client::IloqApi;
use iloq_model::Person;
use portal_api::{
    Code, Problem,
    routes::Job,
    types::{Matching, RunState, SyncItem, SyncOutcome},
};

use super::{
    ANSWER_ITEMS,
    apply::{Slice, apply},
    brake, dry,
    facts::{self, Visibility},
    plan::{Action, Input, Plan, Step, plan},
};
use crate::{
    http::new_id,
    platform::Platform,
    problem::Stop,
    state::{Busy, Lease, RunRecord, Runs},
    system::System,
    users::{Link, NameIndex, store::AllUsers},
};

/// How a sync is to run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only reads.
    pub dry_run: bool,
    /// Users whose removal somebody has allowed.
    pub allowed: Vec<String>,
    /// Who runs it: the same again if the request is sent again.
    pub owner: String,
}

/// What a call of a sync did.
#[derive(Debug)]
pub struct Outcome {
    /// The run.
    pub run: RunRecord,
    /// All but the unchanged, at most a thousand.
    pub items: Vec<SyncItem>,
    /// Removals that the brake held.
    pub held: Vec<SyncItem>,
}

/// Runs a sync, or goes on with the one that was cut.
///
/// # Errors
/// `in-progress`; iLOQ's or the store's error if nothing could be done.
pub async fn sync<P: Platform>(system: &System<'_, P>, options: &Options) -> Result<Outcome, Stop> {
    if options.dry_run {
        return dry_run(system, options).await;
    }
    let clock = system.clock();
    let lease = match Lease::acquire(&system.space, clock, Job::SyncUsers.name(), &options.owner).await {
        Ok(lease) => lease,
        Err(Busy::State(error)) => return Err(error.into()),
        Err(Busy::Held) => {
            return Err(Problem::new(
                Code::InProgress,
                "A sync of this system's users is running. Try again when it is done.",
            )
            .retry_in(5)
            .into());
        }
    };
    let outcome = lease.during(clock, slice(system, options)).await;
    lease.release();
    outcome
}

/// What was read.
struct Read {
    persons: Vec<Person>,
    all: AllUsers,
    plan: Plan,
    held: Vec<Step>,
    seen: Option<Visibility>,
}

async fn slice<P: Platform>(system: &System<'_, P>, options: &Options) -> Result<Outcome, Stop> {
    let runs = Runs::new(&system.space);
    let mut run = runs.begin(Job::SyncUsers, &new_id(system.platform.random()), system.now_ms())?;
    let outcome = work(system, options, &runs, &mut run).await;
    match system.noted(outcome) {
        Ok(held) => {
            let held = held.iter().map(|step| dry::item(step, SyncOutcome::Held, None)).collect();
            Ok(Outcome { items: first_items(&runs, &run)?, run, held })
        }
        Err(stop) => {
            let problem = stop.into_problem();
            // If the store is what failed, the run stays open and the next call goes on with it.
            let _ = runs.fail(&mut run, &problem, system.now_ms());
            Err(problem.into())
        }
    }
}

/// Does what fits into the call; tells what the brake held.
async fn work<P: Platform>(
    system: &System<'_, P>,
    options: &Options,
    runs: &Runs<'_, P::Store>,
    run: &mut RunRecord,
) -> Result<Vec<Step>, Stop> {
    let api = system.iloq()?;
    let result = async {
        let Read { persons, mut all, plan, held, seen } = read(system, &api, options).await?;
        let expected = all.len().max(persons.len());
        system.users().grow(&mut all, expected)?;
        let makes = plan.steps.iter().any(|step| step.action == Action::Create);
        let zones = if makes { facts::default_zones(system, &api).await? } else { Vec::new() };
        let lock_group = api.session().await?.lock_group;
        let slice =
            Slice { system, api: &api, lock_group, persons: &persons, zones: &zones, run: run.id.clone() };
        let before = run.items;
        let applied = apply(&slice, &mut all, run, plan.steps).await?;
        let unchanged = (plan.unchanged as u64).saturating_sub(before);
        run.counts.insert("unchanged".to_owned(), unchanged);
        if let Some(outage) = applied.outage
            && applied.succeeded == 0
        {
            return Err(outage.into());
        }
        if system.record.settings.matching != Matching::Off {
            NameIndex::new(&system.space).replace(&all, &persons, system.now_ms())?;
        }
        if let (Some(seen), true) = (seen, held.is_empty()) {
            facts::store(system, &seen)?;
        }
        Ok((applied.cut, held))
    };
    let result: Result<_, Stop> = result.await;
    run.requests += api.requests();
    api.kill_session(false).await;
    let (cut, held) = result?;
    run.held = held.iter().map(|step| step.user.clone()).collect();
    let state = match (cut, held.is_empty()) {
        (true, _) => RunState::Incomplete,
        (false, false) => RunState::Halted,
        (false, true) => RunState::Done,
    };
    runs.end(run, state, system.now_ms())?;
    Ok(held)
}

/// Reads both sides and plans. One listing; what the API user sees is asked for only if it matters.
async fn read<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    options: &Options,
) -> Result<Read, Stop> {
    let lock_group = api.session().await?.lock_group;
    let persons = api.persons().await?;
    system.users().heal()?;
    let all = system.users().load()?;
    let mut plan = plan(&Input {
        lock_group,
        users: all.iter().map(|(id, user)| (id.as_str(), user)).collect::<BTreeMap<_, _>>(),
        persons: &persons,
        matching: system.record.settings.matching,
    });
    let missing = plan.steps.iter().any(|step| matches!(step.action, Action::Gone { .. }));
    // Somebody has to decide which of these persons it is, and they are not to be seen any more.
    let undecided = |step: &Step| {
        step.action == Action::Create
            && all.get(&step.user).is_some_and(|user| matches!(user.link, Link::Conflict(_)))
    };
    let doubtful = plan.steps.iter().any(undecided);
    let before = facts::stored(system)?;
    let mut seen = if missing || doubtful || before.is_none() { Some(facts::now(api).await?) } else { None };
    let changed = match (&before, &seen) {
        (Some(before), Some(now)) => before.is_narrowed_by(now),
        _ => false,
    };
    if changed && doubtful {
        let steps = plan.steps.len();
        plan.steps.retain(|step| !undecided(step));
        plan.unchanged += steps - plan.steps.len();
        // The next sync has to see the change as well.
        seen = None;
    }
    let allowed: BTreeSet<&str> = options.allowed.iter().map(String::as_str).collect();
    let held = brake::hold(&mut plan, system.record.settings.removal_brake, &allowed, changed);
    Ok(Read { persons, all, plan, held, seen })
}

async fn dry_run<P: Platform>(system: &System<'_, P>, options: &Options) -> Result<Outcome, Stop> {
    let runs = Runs::new(&system.space);
    let id = new_id(system.platform.random());
    let mut run = runs.begin_dry(Job::SyncUsers, &id, system.now_ms())?;
    let outcome = async {
        let api = system.iloq()?;
        let result = async {
            let Read { plan, all, held, .. } = read(system, &api, options).await?;
            Ok::<_, Stop>((dry::preview(&api, &plan, &all).await?, plan.unchanged, held))
        };
        let result = result.await;
        run.requests = api.requests();
        api.kill_session(false).await;
        result
    };
    match system.noted(outcome.await) {
        Ok((items, unchanged, held)) => {
            for name in items.iter().filter_map(|item| dry::counts_as(item.action)) {
                run.count(name);
            }
            run.counts.insert("unchanged".to_owned(), unchanged as u64);
            run.held = held.iter().map(|step| step.user.clone()).collect();
            runs.append_items(&mut run, &items)?;
            let state = if held.is_empty() { RunState::Done } else { RunState::Halted };
            runs.end(&mut run, state, system.now_ms())?;
            let held = held.iter().map(|step| dry::item(step, SyncOutcome::Held, None)).collect();
            Ok(Outcome { items: items.into_iter().take(ANSWER_ITEMS).collect(), run, held })
        }
        Err(stop) => {
            let problem = stop.into_problem();
            let _ = runs.fail(&mut run, &problem, system.now_ms());
            Err(problem.into())
        }
    }
}

/// The items of the whole run, also of the calls before this one.
fn first_items<P: crate::platform::Store>(
    runs: &Runs<'_, P>,
    run: &RunRecord,
) -> Result<Vec<SyncItem>, Stop> {
    let mut items = Vec::new();
    for page in 0..run.item_pages {
        if items.len() >= ANSWER_ITEMS {
            break;
        }
        items.extend(runs.items(run, page)?);
    }
    items.truncate(ANSWER_ITEMS);
    Ok(items)
}
