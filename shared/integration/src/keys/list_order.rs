//! An order of the block list that iLOQ refused or did not get: the list is changed, and every later call and the
//! jobs order it.

use iloq_client::IloqApi;
use portal_api::{Code, Problem, Time, types::Retry};

use super::block_list;
use crate::{
    platform::Platform,
    problem::Stop,
    state::{Due, Waiting, work_id},
    system::System,
};

/// Where it is stored; a system has one block list.
const PLACE: &str = "bl";

fn waiting<P: Platform>(system: &System<'_, P>) -> Result<Option<Waiting>, Stop> {
    Ok(system.space.get(PLACE)?)
}

/// Notes that the list is about to be changed. Whether that was not noted before.
///
/// # Errors
/// The store's failure.
pub fn begin<P: Platform>(system: &System<'_, P>) -> Result<bool, Stop> {
    if waiting(system)?.is_some() {
        return Ok(false);
    }
    let problem = Problem::new(Code::InProgress, "The block list was changed and is ordered by itself.");
    system.space.put(PLACE, &Waiting::begun(problem, system.now_ms()))?;
    Ok(true)
}

/// Notes that it was not changed.
///
/// # Errors
/// The store's failure.
pub fn withdraw<P: Platform>(system: &System<'_, P>) -> Result<(), Stop> {
    match waiting(system)? {
        Some(Waiting { tries: 0, .. }) => Ok(system.space.delete(PLACE)?),
        _ => Ok(()),
    }
}

/// Notes what became of an order.
///
/// # Errors
/// The store's failure.
pub fn note<P: Platform>(system: &System<'_, P>, refused: Option<&Problem>) -> Result<(), Stop> {
    let before = waiting(system)?;
    let Some(problem) = refused else {
        return if before.is_some() { Ok(system.space.delete(PLACE)?) } else { Ok(()) };
    };
    let waiting = Waiting::after(before.as_ref(), problem.clone().brief(), system.now_ms());
    Ok(system.space.put(PLACE, &waiting)?)
}

fn retry_id() -> String {
    work_id("block-list", "")
}

/// The order that waits or is parked, if there is one.
///
/// # Errors
/// The store's failure.
pub fn retry<P: Platform>(system: &System<'_, P>) -> Result<Option<Retry>, Stop> {
    Ok(waiting(system)?.filter(|waiting| waiting.tries > 0).map(|waiting| Retry {
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
pub async fn run_due<P: Platform>(system: &System<'_, P>, due: Due) -> Result<(u64, u64), Stop> {
    if !due.is(waiting(system)?.as_ref()) || system.is_over() {
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
        Err(stop) if stop.stops_the_job() => return Err(stop),
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
