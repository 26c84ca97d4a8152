//! `POST …/check`: what stands between these settings and a working integration.
//!
//! [`read`] asks iLOQ as far as it gets, [`evaluate`] judges what was found.

mod access;
mod doors;
mod evaluate;
mod findings;
mod options;
mod read;
mod row;
mod sign_in;
#[cfg(test)]
mod tests;
mod user_rights;

use iloq_client::{IloqApi, io::Clock};
use portal_api::types::{CheckAnswer, read_nothing};

use self::{evaluate::evaluate, findings::Given, read::read};
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    state::licence,
};

/// Checks a system. The answer is 200 also if checks fail; iLOQ sees reads only.
///
/// # Errors
/// What keeps the check from running at all: the store, or secrets that can't be opened.
pub(super) async fn check<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    read_nothing(call.members.clone())?;
    let system = call.system()?;
    let settings = &system.record.settings;
    let given = Given { settings, now: system.clock().now(), licence_limit: licence::is_met(&system.space)? };
    if let Some(suspension) = system.suspension()? {
        return Ok(Answer::json(200, &CheckAnswer::new(evaluate::suspended(&suspension))));
    }
    let api = system.iloq()?;
    let findings = read(&api).await;
    api.kill_session(false).await;
    if let Some(Err(error)) = &findings.sign_in {
        system.note(&Stop::Iloq(error.clone()));
    }
    Ok(Answer::json(200, &CheckAnswer::new(evaluate(&findings, &given))))
}
