//! Blocks that could not be carried out, or lifted, to the end: tried again by the jobs.

use portal_api::{Time, types::Retry};

use super::{block, journal::Journal, unblock};
use crate::{
    platform::Platform,
    problem::Stop,
    state::{Due, Waiting, work_id},
    system::System,
    users::UserRecord,
};

/// A user whose block, or its lifting, is not done.
struct Open {
    id: String,
    user: UserRecord,
    waiting: Waiting,
}

/// The users' index leads to every user that is blocked.
fn open<P: Platform>(system: &System<'_, P>) -> Result<Vec<Open>, Stop> {
    let users = system.users();
    let mut found = Vec::new();
    for id in users.indexed()? {
        let Some(user) = users.get(&id)?.filter(|user| user.is_visible() && user.blocked.is_some()) else {
            continue;
        };
        if let Some(waiting) = Journal::load(system, &id)?.waiting {
            found.push(Open { id, user, waiting });
        }
    }
    Ok(found)
}

fn retry_id(user: &str) -> String {
    work_id("block", user)
}

/// What waits, from the first failure on.
///
/// # Errors
/// The store's failure.
pub fn retries<P: Platform>(system: &System<'_, P>) -> Result<Vec<Retry>, Stop> {
    let view = |open: Open| Retry {
        id: retry_id(&open.id),
        kind: if open.user.is_blocked() { "block-user" } else { "unblock-user" }.to_owned(),
        user: Some(open.id),
        key: None,
        tries: open.waiting.tries,
        next_at: open.waiting.next_at.map(Time::from_millis),
        problem: open.waiting.problem,
    };
    Ok(open(system)?.into_iter().filter(|open| open.waiting.tries > 0).map(view).collect())
}

/// Tries everything that is due; tells how many were tried and how many are done.
///
/// # Errors
/// What stops everybody.
pub async fn run_due<P: Platform>(system: &System<'_, P>, due: Due) -> Result<(u64, u64), Stop> {
    let (mut tried, mut done) = (0, 0);
    for open in open(system)? {
        if due.is(Some(&open.waiting)) && !system.is_over() {
            tried += 1;
            done += u64::from(again(system, &open.id).await?);
        }
    }
    Ok((tried, done))
}

/// The user whose waiting block has the id `retry`.
///
/// # Errors
/// The store's failure.
pub fn find<P: Platform>(system: &System<'_, P>, retry: &str) -> Result<Option<String>, Stop> {
    Ok(open(system)?.into_iter().map(|open| open.id).find(|id| retry_id(id) == retry))
}

/// Tries one user's block, or its lifting, again. Whether it is done now.
///
/// # Errors
/// What stops everybody.
pub async fn again<P: Platform>(system: &System<'_, P>, id: &str) -> Result<bool, Stop> {
    let Some(user) = system.users().get(id)? else { return Ok(true) };
    let outcome = if user.is_blocked() {
        block::go_on(system, id, &user).await
    } else {
        unblock::go_on(system, id).await
    };
    match system.noted(outcome) {
        Ok(_) => Ok(Journal::load(system, id)?.waiting.is_none()),
        Err(stop) if stop.stops_the_job() => Err(stop),
        Err(_) => Ok(false),
    }
}

/// Gives it up: the flag stays as it is, the keys too.
///
/// # Errors
/// The store's failure.
pub fn give_up<P: Platform>(system: &System<'_, P>, id: &str) -> Result<(), Stop> {
    let mut journal = Journal::load(system, id)?;
    journal.waiting = None;
    journal.store(system, id)
}
