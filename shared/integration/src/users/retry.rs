//! Work for single users that failed: listed, tried again when it is due, given up by a person.

use futures::{StreamExt, stream};
use portal_api::{
    Time,
    types::{Change, ChangeType, Retry},
};
use serde_json::json;

use super::{
    delete,
    merge::Merge,
    record::{Link, UserRecord},
    save,
    saving::Saving,
    view, waiting,
};
use crate::{
    platform::Platform,
    problem::Stop,
    state::{Due, work_id},
    system::System,
};

/// Users that are tried at the same time.
const AT_ONCE: usize = 4;

/// What a pass over the waiting work did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Users that were tried.
    pub tried: u64,
    /// Users that are done now.
    pub done: u64,
    /// Users that failed again.
    pub failed: u64,
    /// Whether the time was over before all were tried.
    pub cut: bool,
}

/// The users that wait, with what they wait for.
fn waiting_users<P: Platform>(system: &System<'_, P>) -> Result<Vec<(String, UserRecord)>, Stop> {
    let users = system.users();
    let mut found = Vec::new();
    for id in users.indexed()? {
        if let Some(user) = users.get(&id)?
            && user.is_waiting()
        {
            found.push((id, user));
        }
    }
    Ok(found)
}

/// Everything that waits or is parked.
///
/// # Errors
/// The store's failure.
pub fn retries<P: Platform>(system: &System<'_, P>) -> Result<Vec<Retry>, Stop> {
    let mut all: Vec<Retry> =
        waiting_users(system)?.into_iter().filter_map(|(id, user)| view(&id, &user)).collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(all)
}

fn view(id: &str, user: &UserRecord) -> Option<Retry> {
    let waiting = user.waiting.as_ref()?;
    Some(Retry {
        id: retry_id(id, user),
        kind: kind(user).to_owned(),
        user: Some(id.to_owned()),
        key: None,
        tries: waiting.tries,
        next_at: waiting.next_at.map(Time::from_millis),
        problem: waiting.problem.clone(),
    })
}

fn kind(user: &UserRecord) -> &'static str {
    if user.link == Link::Deleting { "delete-user" } else { "save-user" }
}

/// The id of a user's waiting work.
#[must_use]
pub fn retry_id(id: &str, user: &UserRecord) -> String {
    work_id(kind(user), id)
}

/// Tries everything that is due.
///
/// # Errors
/// The store's failure; iLOQ's, if nothing could be tried at all.
pub async fn run_due<P: Platform>(system: &System<'_, P>, due: Due) -> Result<Tried, Stop> {
    system.users().heal()?;
    let due: Vec<_> =
        waiting_users(system)?.into_iter().filter(|(_, user)| due.is(user.waiting.as_ref())).collect();
    let mut sum = Tried::default();
    let mut tries = stream::iter(due)
        .map(|(id, user)| async move {
            if system.is_over() {
                return None;
            }
            Some(again(system, &id, user).await)
        })
        .buffer_unordered(AT_ONCE);
    while let Some(outcome) = tries.next().await {
        match outcome {
            None => sum.cut = true,
            Some(outcome) => {
                sum.tried += 1;
                if outcome? { sum.done += 1 } else { sum.failed += 1 }
            }
        }
    }
    Ok(sum)
}

/// Tries one user again; whether it is done now.
///
/// # Errors
/// The store's failure.
pub async fn again<P: Platform>(
    system: &System<'_, P>,
    id: &str,
    mut user: UserRecord,
) -> Result<bool, Stop> {
    let outcome = match user.link {
        Link::Deleting => delete::delete_now(system, id, &mut user).await.map(|_| Vec::new()),
        _ => save::push_now(system, id, &mut user).await.map(|merge| found(system, id, &user, &merge)),
    };
    let saving = Saving::new(system, id);
    match system.noted(outcome) {
        Ok(changes) => {
            system.changes().append_beside(id, changes)?;
            saving.finish(&mut user)?;
            Ok(true)
        }
        Err(stop @ Stop::State(_)) => Err(stop),
        Err(stop) => {
            let mut user = waiting::waiting(user, &stop.into_problem(), system.now_ms());
            saving.finish(&mut user)?;
            Ok(false)
        }
    }
}

/// Nobody waits for a job's answer, so the portal is told what the job found.
fn found<P: Platform>(system: &System<'_, P>, id: &str, user: &UserRecord, merge: &Merge) -> Vec<Change> {
    let changes = system.changes();
    let mut found = changes.of_merge(id, user, merge);
    match &user.link {
        Link::Gone => {
            found.push(changes.of_user(ChangeType::UserGone, id, json!({ "personId": user.person })));
        }
        Link::Conflict(candidates) => {
            let problem = view::conflict(candidates);
            let data = json!({ "candidates": problem.extra.get("candidates") });
            found.push(changes.of_user(ChangeType::UserConflict, id, data));
        }
        _ => {}
    }
    found
}

/// Finds the user whose waiting work has the id `retry`.
///
/// # Errors
/// The store's failure.
pub fn find<P: Platform>(system: &System<'_, P>, retry: &str) -> Result<Option<(String, UserRecord)>, Stop> {
    Ok(waiting_users(system)?.into_iter().find(|(id, user)| retry_id(id, user) == retry))
}

/// Gives the waiting work of a user up: the user stays as it is here, and the next save tries again.
///
/// # Errors
/// The store's failure.
pub fn give_up<P: Platform>(system: &System<'_, P>, id: &str, mut user: UserRecord) -> Result<(), Stop> {
    user.waiting = None;
    if user.link == Link::Deleting {
        // The deletion is given up: the user is there again, linked or still to be saved.
        user.link = if user.person.is_some() { Link::Linked } else { Link::Pending };
    }
    Saving::new(system, id).finish(&mut user)
}
