//! `POST|DELETE …/retries/{id}`: waiting work, tried now or given up.

use portal_api::{
    Code, Problem,
    types::{Retry, RetryAnswer, RetryOutcome},
};

use crate::{
    blocking,
    http::{Answer, Call},
    keys::{self, KeyRecord},
    platform::Platform,
    problem::Stop,
    system::System,
    users::{self, UserRecord},
};

/// Tries it now, also if it was parked.
///
/// # Errors
/// No such retry; the problem it fails with again.
pub async fn now<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    portal_api::types::read_nothing(call.members.clone())?;
    let done = match find(call)? {
        Waiting::User(id, user) => users::again(system, &id, *user).await?,
        Waiting::Key(id, key) => keys::job::again(system, &id, *key).await?,
        Waiting::Block(user) => blocking::again(system, &user).await?,
        Waiting::BlockList => keys::list_order::again(system).await?,
    };
    if done {
        return Ok(Answer::json(200, &RetryAnswer { outcome: RetryOutcome::Done, retry: None }));
    }
    let retry = all_retries(system)?.into_iter().find(|r| r.id == call.parameter("id"));
    Ok(Answer::json(202, &RetryAnswer { outcome: RetryOutcome::Waiting, retry }))
}

/// Gives it up.
///
/// # Errors
/// No such retry.
pub fn give_up<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    match find(call)? {
        Waiting::User(id, user) => users::give_up(call.system()?, &id, *user)?,
        Waiting::Key(id, key) => keys::job::give_up(call.system()?, &id, &key)?,
        Waiting::Block(user) => blocking::give_up(call.system()?, &user)?,
        Waiting::BlockList => keys::list_order::give_up(call.system()?)?,
    }
    Ok(Answer::empty(204))
}

/// What a retry's id stands for.
enum Waiting {
    User(String, Box<UserRecord>),
    Key(String, Box<KeyRecord>),
    Block(String),
    BlockList,
}

fn find<P: Platform>(call: &Call<'_, P>) -> Result<Waiting, Stop> {
    let (system, id) = (call.system()?, call.parameter("id"));
    if let Some((user, record)) = users::find_retry(system, id)? {
        return Ok(Waiting::User(user, Box::new(record)));
    }
    if let Some(user) = blocking::find(system, id)? {
        return Ok(Waiting::Block(user));
    }
    if keys::list_order::is_waiting(system, id)? {
        return Ok(Waiting::BlockList);
    }
    match keys::job::find(system, id)? {
        Some((key, record)) => Ok(Waiting::Key(key, Box::new(record))),
        None => {
            Err(Problem::new(Code::NotFound, "There is no such retry: it is done, or was given up.").into())
        }
    }
}

/// Everything that waits or is parked, in order of the ids.
///
/// # Errors
/// The store's failure.
pub fn all_retries<P: Platform>(system: &System<'_, P>) -> Result<Vec<Retry>, Stop> {
    let mut all = users::retries(system)?;
    all.extend(keys::job::retries(system)?);
    all.extend(blocking::retries(system)?);
    all.extend(keys::list_order::retry(system)?);
    all.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(all)
}
