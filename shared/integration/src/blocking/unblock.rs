//! `POST …/users/{user}/unblock`.

use sorted::SortedSet;

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{AccessRight, KeyId};
use portal_api::{
    Code, Problem,
    types::{Effective, ItemAction, ItemOutcome, ItemsAnswer, KeyItem, UnblockUser},
};

use super::{
    block::order_list,
    journal::{self, Journal, TakenKey},
};
use crate::{
    http::{Answer, Call},
    keys::{block_list, bring::Wanted, change, holder, list, rights::api_rights, status},
    platform::Platform,
    problem::Stop,
    system::System,
    users::{Saving, visible},
};

/// Lifts the block. May be repeated.
///
/// # Errors
/// What the caller is told; the flag is off, and the jobs go on.
pub async fn unblock<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let id = call.parameter("user");
    let request = UnblockUser::read(call.members.clone())?;
    let mut user = visible(system, id)?;
    let mut items = Vec::new();
    if let Some(blocked) = user.blocked.as_mut() {
        let mut journal = Journal::load(system, id)?;
        journal.restore = request.restore;
        journal.begin(system.now_ms());
        journal.store(system, id)?;
        if !blocked.lifted {
            blocked.lifted = true;
            Saving::new(system, id).intend(&mut user)?;
        }
        items = system.noted(go_on(system, id).await)?;
    }
    Ok(Answer::json(ItemsAnswer::status_of(&items), &ItemsAnswer { items }))
}

/// Gives back what is to be given back. May be repeated.
///
/// # Errors
/// iLOQ's or the store's error if nothing could be done; it is noted, and tried again by the jobs.
pub async fn go_on<P: Platform>(system: &System<'_, P>, id: &str) -> Result<Vec<KeyItem>, Stop> {
    let mut journal = Journal::load(system, id)?;
    journal.taken.retain(|_, taken| taken.listed || journal.restore);
    journal.waiting.iter_mut().for_each(|waiting| waiting.next_at = Some(system.now_ms() + 60_000));
    if journal.taken.is_empty() && !journal.order_list {
        over(system, id)?;
        return Ok(Vec::new());
    }
    let outcome = match system.iloq() {
        Ok(api) => {
            let outcome = all(system, &api, id, &mut journal).await;
            api.kill_session(false).await;
            outcome
        }
        Err(stop) => Err(stop),
    };
    match outcome {
        Ok(items) if journal.taken.is_empty() && !journal.order_list => {
            over(system, id)?;
            Ok(items)
        }
        Ok(items) => {
            let why = items.iter().rev().find_map(|item| item.problem.clone());
            let problem = why.unwrap_or_else(|| Problem::of(Code::InProgress));
            journal.failed(system.now_ms(), problem);
            journal.store(system, id)?;
            Ok(items)
        }
        Err(stop @ Stop::State(_)) => Err(stop),
        Err(stop) => {
            let problem = system.problem(stop);
            journal.failed(system.now_ms(), problem.clone());
            journal.store(system, id)?;
            Err(problem.into())
        }
    }
}

/// The block is over, unless somebody has blocked the user again meanwhile.
fn over<P: Platform>(system: &System<'_, P>, id: &str) -> Result<(), Stop> {
    if let Some(mut user) = system.users().get(id)?
        && user.blocked.is_some_and(|blocked| blocked.lifted)
    {
        user.blocked = None;
        Saving::new(system, id).intend(&mut user)?;
        journal::forget(system, id)?;
    }
    Ok(())
}

async fn all<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: &str,
    journal: &mut Journal,
) -> Result<Vec<KeyItem>, Stop> {
    let any_listed = journal.taken.values().any(|taken| taken.listed);
    let listed = if any_listed { list::block_listed(api).await? } else { SortedSet::new() };
    let definitions = if journal.restore { api.access_rights().await? } else { Vec::new() };
    let mut items = Vec::new();
    let mut stopped: Option<Problem> = None;
    for (text, taken) in journal.taken.clone() {
        let Ok(key) = text.parse::<KeyId>() else { continue };
        // A block that came meanwhile takes over.
        let lifted = visible(system, id)?.blocked.is_some_and(|blocked| blocked.lifted);
        if stopped.is_none() && (system.is_over() || !lifted) {
            stopped = Some(Problem::new(Code::InProgress, "The call was over; it goes on by itself."));
        }
        if let Some(problem) = &stopped {
            let item = KeyItem::new(key, action(&taken), ItemOutcome::Pending);
            items.push(item.with_problem(problem.clone()));
            continue;
        }
        let outcome = async {
            let found = api.key(key).await?;
            if taken.listed && listed.contains(&key) {
                journal.order_list = true;
                journal.store(system, id)?;
                block_list::take_off(api, key).await?;
                let item = KeyItem::new(key, ItemAction::Unblock, ItemOutcome::Removed);
                let mut item = item.with_effective(Effective::WhenListSpreads);
                if let Lookup::Found(key) = &found {
                    item = item.with_status(status::of(key));
                }
                items.push(item);
            }
            let restores = taken.detached || !taken.rights.is_empty();
            if journal.restore && restores {
                let is_there = matches!(&found, Lookup::Found(key) if status::is_alive(status::of(key)));
                items.push(give_back(system, api, id, (key, is_there), &taken, &definitions).await?);
            }
            Ok::<_, Stop>(())
        };
        match outcome.await {
            Ok(()) => {
                journal.taken.remove(&text);
                journal.store(system, id)?;
            }
            Err(stop) if stop.stops_everybody() => {
                let problem = system.problem(stop);
                let item = KeyItem::new(key, action(&taken), ItemOutcome::Pending);
                items.push(item.with_problem(problem.clone()));
                stopped = Some(problem);
            }
            Err(stop) => {
                let problem = system.problem(stop);
                if is_final(&problem) {
                    journal.taken.remove(&text);
                    journal.store(system, id)?;
                }
                items.push(KeyItem::failed(key, action(&taken), problem));
            }
        }
    }
    if stopped.is_none() && journal.order_list {
        order_list(system, api, journal, id, &mut items).await?;
    }
    Ok(items)
}

fn action(taken: &TakenKey) -> ItemAction {
    if taken.listed {
        ItemAction::Unblock
    } else if taken.detached {
        ItemAction::Attach
    } else {
        ItemAction::Rights
    }
}

/// A fact that no further try changes: the key is gone, or somebody else's.
fn is_final(problem: &Problem) -> bool {
    matches!(problem.code, Code::UnknownKey | Code::KeyAttachedToAnotherUser)
}

/// Gives one key back what was taken from it and is still missing.
async fn give_back<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    user: &str,
    (id, is_there): (KeyId, bool),
    taken: &TakenKey,
    definitions: &[AccessRight],
) -> Result<KeyItem, Stop> {
    if !is_there {
        let fact = if taken.phone {
            "The phone key was returned and can't be given back: send a new invitation with POST …/users/{user}/mobile-keys."
        } else {
            "The key is not there any more."
        };
        return Err(Problem::new(Code::UnknownKey, fact).into());
    }
    let assignable = |right: &&AccessRight| right.is_assignable() && taken.rights.contains(&right.id);
    let mut rights = api_rights(&api.key_access_rights(id, View::Planned).await?.rights);
    // A right that may not be given any more is dropped, also if somebody else has given it since.
    rights.extend(definitions.iter().filter(assignable).map(|right| right.id));
    let wanted = Wanted {
        user: user.to_owned(),
        person: holder::person_of(system, user)?,
        attach: taken.detached,
        only: None,
        rights,
    };
    let action = if taken.detached { ItemAction::Attach } else { ItemAction::Rights };
    change::set_rights(system, api, id, &wanted, definitions, action, false).await
}
