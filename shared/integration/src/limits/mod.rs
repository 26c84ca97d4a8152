//! Limits in time on keys.

mod clock;
mod merge;
mod new_key;
mod profile;
mod put;
mod write;

pub use new_key::NewKeyLimits;
pub(crate) use write::whole;

use iloq_client::{IloqApi, Lookup, View};
use portal_api::{Code, Problem};

use crate::{
    http::{Answer, Call},
    keys::list::key_id,
    platform::Platform,
    problem::Stop,
};

/// Carries out an operation of `limit-key`.
///
/// # Errors
/// What the caller is told.
pub async fn handle<P: Platform>(call: Call<'_, P>) -> Result<Answer, Stop> {
    match call.operation.id {
        "getLimits" => get(&call).await,
        "putLimits" => put::put(&call).await,
        _ => Err(Problem::of(Code::NotFound).into()),
    }
}

/// `GET …/keys/{key}/limits`: as they are planned now.
async fn get<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let id = key_id(call)?;
    let api = system.iloq()?;
    let outcome = async {
        let Lookup::Found(key) = api.key(id).await? else {
            return Err(Problem::of(Code::UnknownKey).into());
        };
        Ok::<_, Stop>((key, api.key_time_limits(id, View::Planned).await?))
    };
    let outcome = outcome.await;
    api.kill_session(false).await;
    let (key, limits) = system.noted(outcome)?;
    Ok(Answer::json(200, &merge::view(&key, &limits)))
}
