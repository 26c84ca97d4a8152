//! `POST|DELETE …/retries/{id}`: waiting work, tried now or given up.

use portal_api::{
    Code, Problem,
    types::{RetryAnswer, RetryOutcome},
};

use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    users::{self, UserRecord},
};

/// Tries it now, also if it was parked.
///
/// # Errors
/// No such retry; the problem it fails with again.
pub async fn now<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    portal_api::types::read_nothing(call.members.clone())?;
    let (id, user) = find(call)?;
    if users::again(system, &id, user).await? {
        return Ok(Answer::json(200, &RetryAnswer { outcome: RetryOutcome::Done, retry: None }));
    }
    let retry = users::retries(system)?.into_iter().find(|r| r.id == call.parameter("id"));
    Ok(Answer::json(202, &RetryAnswer { outcome: RetryOutcome::Waiting, retry }))
}

/// Gives it up.
///
/// # Errors
/// No such retry.
pub fn give_up<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let (id, user) = find(call)?;
    users::give_up(call.system()?, &id, user)?;
    Ok(Answer::empty(204))
}

fn find<P: Platform>(call: &Call<'_, P>) -> Result<(String, UserRecord), Stop> {
    let found = users::find_retry(call.system()?, call.parameter("id"))?;
    found.ok_or_else(|| {
        Problem::new(Code::NotFound, "There is no such retry: it is done, or was given up.").into()
    })
}
