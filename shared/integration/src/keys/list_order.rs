//! An order of the block list that iLOQ refused or did not get: the list is changed, and every later call and the
//! jobs order it.

use iloq_client::IloqApi;
use portal_api::{Problem, Time, types::Retry};

use super::block_list;
use crate::{platform::Platform, problem::Stop, state::work_id, system::System, users::Waiting};

/// Where it is stored; a system has one block list.
const PLACE: &str = "bl";
/// After so many tries a person has to decide.
const PARKED_AFTER: u32 = 10;
/// The longest time between two tries, in minutes; the time between two looks at what Manager has to do.
const LONGEST_MINUTES: i64 = 60;

fn waiting<P: Platform>(system: &System<'_, P>) -> Result<Option<Waiting>, Stop> {
    Ok(system.space.get(PLACE)?)
}

/// Notes what became of an order: tried again after 1, 2, 4 … minutes, at most an hour later.
///
/// # Errors
/// The store's failure.
pub fn note<P: Platform>(system: &System<'_, P>, refused: Option<&Problem>) -> Result<(), Stop> {
    let before = waiting(system)?;
    let Some(problem) = refused else {
        return if before.is_some() { Ok(system.space.delete(PLACE)?) } else { Ok(()) };
    };
    let tries = before.map_or(0, |waiting| waiting.tries) + 1;
    let manager = problem.code == portal_api::Code::NeedsManager;
    let minutes = if manager { LONGEST_MINUTES } else { (1_i64 << (tries - 1).min(6)).min(LONGEST_MINUTES) };
    let parked = tries >= PARKED_AFTER && !manager && !problem.code.retryable();
    let next_at = (!parked).then_some(system.now_ms() + minutes * 60_000);
    Ok(system.space.put(PLACE, &Waiting { tries, next_at, problem: problem.clone().brief() })?)
}

fn retry_id() -> String {
    work_id("block-list", "")
}

/// The order that waits or is parked, if there is one.
///
/// # Errors
/// The store's failure.
pub fn retry<P: Platform>(system: &System<'_, P>) -> Result<Option<Retry>, Stop> {
    Ok(waiting(system)?.map(|waiting| Retry {
        id: retry_id(),
        kind: "order-block-list".to_owned(),
        user: None,
        key: None,
        tries: waiting.tries,
        next_at: waiting.next_at.map(Time::from_millis),
        problem: waiting.problem,
    }))
}

/// Whether `retry` is the id of the order that waits.
///
/// # Errors
/// The store's failure.
pub fn is_waiting<P: Platform>(system: &System<'_, P>, retry: &str) -> Result<bool, Stop> {
    Ok(retry == retry_id() && waiting(system)?.is_some())
}

/// Tries the order again if it is due; tells how many were tried and how many are done.
///
/// # Errors
/// What stops everybody.
pub async fn run_due<P: Platform>(system: &System<'_, P>) -> Result<(u64, u64), Stop> {
    let due = waiting(system)?.and_then(|waiting| waiting.next_at).is_some_and(|at| at <= system.now_ms());
    if !due || system.is_over() {
        return Ok((0, 0));
    }
    Ok((1, u64::from(again(system).await?)))
}

/// Orders the list. Whether that is done now.
///
/// # Errors
/// What stops everybody.
pub async fn again<P: Platform>(system: &System<'_, P>) -> Result<bool, Stop> {
    let api = system.iloq()?;
    let outcome = block_list::order_list(&api).await;
    api.kill_session(false).await;
    let refused = match system.noted(outcome) {
        Ok(refused) => refused,
        Err(stop) if stop.stops_everybody() => return Err(stop),
        Err(stop) => Some(stop.into_problem()),
    };
    note(system, refused.as_ref())?;
    Ok(refused.is_none())
}

/// Gives the order up: it goes with the next change of the list.
///
/// # Errors
/// The store's failure.
pub fn give_up<P: Platform>(system: &System<'_, P>) -> Result<(), Stop> {
    note(system, None)
}
