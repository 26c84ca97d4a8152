//! `POST …/users/{user}/block`.

use iloq_client::IloqApi;
use portal_api::{
    Code, Problem,
    types::{BlockUser, ItemAction, ItemOutcome, ItemsAnswer, KeyItem, LinkState},
};

use super::{journal::Journal, take::Work};
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    state::Waiting,
    system::System,
    users::{Blocked, Saving, UserRecord, view, visible},
};

/// Blocks a user: the flag, then the keys. May be repeated.
///
/// # Errors
/// What the caller is told; the flag stands, and the jobs go on.
pub async fn block<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let id = call.parameter("user");
    let request = BlockUser::read(call.members.clone())?;
    let user = visible(system, id)?;
    let items = if request.dry_run {
        let blocked = wanted(&user, request, system.now_ms());
        system.noted(dry_run(system, id, &user, blocked).await)?
    } else {
        let user = flag(system, id, user, request)?;
        system.noted(go_on(system, id, &user).await)?
    };
    Ok(Answer::json(ItemsAnswer::status_of(&items), &ItemsAnswer { items }))
}

fn wanted(user: &UserRecord, request: BlockUser, now: i64) -> Blocked {
    let at = user.blocked.filter(|blocked| !blocked.lifted).map_or(now, |blocked| blocked.at);
    Blocked { reason: request.reason, keep_keys: request.keep_keys, at, lifted: false, restore: false }
}

/// Sets the flag. From here on nothing is given to the user any more.
fn flag<P: Platform>(
    system: &System<'_, P>,
    id: &str,
    mut user: UserRecord,
    request: BlockUser,
) -> Result<UserRecord, Stop> {
    // What an earlier user of that id lost is not this one's.
    let mut journal = if user.blocked.is_some() { Journal::load(system, id)? } else { Journal::default() };
    journal.begin(system.now_ms());
    journal.store(system, id)?;
    // Also if it was set already: a lifting may have come meanwhile.
    user = visible(system, id)?;
    user.blocked = Some(wanted(&user, request, system.now_ms()));
    if view::state(&user) == LinkState::Pending && user.waiting.is_none() {
        // A save is on its way and may find that this write has overtaken it: then the jobs conclude it.
        let problem = Problem::new(Code::InProgress, "The save was overtaken by a block.");
        user.waiting = Some(Waiting::begun(problem, system.now_ms()));
    }
    Saving::new(system, id).intend(&mut user)?;
    Ok(user)
}

/// Takes what the user still holds. May be repeated.
///
/// # Errors
/// iLOQ's or the store's error if nothing could be done; it is noted, and tried again by the jobs.
pub async fn go_on<P: Platform>(
    system: &System<'_, P>,
    id: &str,
    user: &UserRecord,
) -> Result<Vec<KeyItem>, Stop> {
    let Some(blocked) = user.blocked else { return Ok(Vec::new()) };
    let mut journal = Journal::load(system, id)?;
    if journal.again {
        journal.again = false;
        journal.store(system, id)?;
    }
    let Some(person) = user.person else {
        // Without a person there are no keys; if one is linked later, its keys are taken then.
        journal.failed(system.now_ms(), Problem::of(Code::SetupIncomplete));
        journal.store(system, id)?;
        return Ok(Vec::new());
    };
    let outcome = match system.iloq() {
        Ok(api) => {
            let work = Work::new(system, &api, id, (person, blocked), &mut journal, false);
            let outcome = work.all().await;
            api.kill_session(false).await;
            outcome
        }
        Err(stop) => Err(stop),
    };
    match outcome {
        Ok(items) => {
            let undone = items.iter().find(|item| item.outcome == ItemOutcome::Failed || is_ours(item));
            let list = journal.order_list.then(|| Problem::of(Code::OrderRefused));
            let again = Journal::load(system, id)?.again;
            match undone.and_then(|item| item.problem.clone()).or(list) {
                Some(problem) => journal.failed(system.now_ms(), problem),
                // A lifting that came meanwhile gives back what was taken until now.
                None if again || !visible(system, id)?.is_blocked() => journal.begin(system.now_ms()),
                None => journal.waiting = None,
            }
            journal.store(system, id)?;
            Ok(items)
        }
        Err(stop @ Stop::State(_)) => Err(stop),
        Err(stop) => {
            system.note(&stop);
            let problem = stop.into_problem();
            journal.failed(system.now_ms(), problem.clone());
            journal.store(system, id)?;
            Err(problem.into())
        }
    }
}

/// Pending because the call could not get to it, rather than because iLOQ keeps the key for now (which is
/// noted with the key), or a block list that is not ordered.
fn is_ours(item: &KeyItem) -> bool {
    match item.action {
        ItemAction::Block => {
            matches!(item.outcome, ItemOutcome::Pending | ItemOutcome::ChangedNotOrdered)
        }
        _ => item.problem.as_ref().is_some_and(|problem| problem.code == Code::InProgress),
    }
}

async fn dry_run<P: Platform>(
    system: &System<'_, P>,
    id: &str,
    user: &UserRecord,
    blocked: Blocked,
) -> Result<Vec<KeyItem>, Stop> {
    let Some(person) = user.person else { return Ok(Vec::new()) };
    let api = system.iloq()?;
    let mut journal = Journal::default();
    let work = Work::new(system, &api, id, (person, blocked), &mut journal, true);
    let outcome = work.all().await;
    api.kill_session(false).await;
    outcome
}
