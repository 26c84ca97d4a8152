//! The full two-way sync.

mod apply;
mod brake;
mod dry;
pub mod facts;
mod plan;
mod run;
mod step;

pub use run::{Options, Outcome, sync};

use iloq_model::PersonId;
use portal_api::{
    Code, Problem,
    types::{SyncAnswer, SyncCounts, SyncUsersRequest},
};

use super::merge::Merge;
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    state::Runs,
};

/// Items in an answer; the rest is read at the run.
const ANSWER_ITEMS: usize = 1_000;

/// `POST …/users/sync`.
///
/// # Errors
/// What the caller is told.
pub async fn handle<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let request = SyncUsersRequest::read(call.members.clone())?;
    ready(system.record.settings.info_fields.email.is_absent())?;
    let options = Options {
        dry_run: request.dry_run,
        allowed: match &request.allow_removals {
            Some(run) => brake::allowed(&Runs::new(&system.space), run)?,
            None => Vec::new(),
        },
        owner: call.intent.clone(),
    };
    let outcome = sync(system, &options).await?;
    Ok(answer(system.id, outcome))
}

/// A sync needs to know where e-mail addresses come from.
///
/// # Errors
/// `setup-incomplete`.
pub fn ready(email_undecided: bool) -> Result<(), Problem> {
    if !email_undecided {
        return Ok(());
    }
    Err(Problem::new(
        Code::SetupIncomplete,
        "Put infoFields.email into the settings first: the name of the portal's information field for e-mail, or null if the portal sends email itself.",
    ))
}

fn answer(system: &str, outcome: Outcome) -> Answer {
    let Outcome { run, items, held } = outcome;
    let location = format!("/v1/systems/{system}/runs/{}", run.id);
    let body = SyncAnswer {
        dry_run: run.dry_run,
        counts: SyncCounts::from(&run.counts),
        items,
        held: (!held.is_empty()).then_some(held),
        run: run.view(),
    };
    if run.finished_at.is_none() {
        Answer::json(202, &body).with_header("location", location)
    } else {
        Answer::json(200, &body)
    }
}

/// A person that iLOQ hides rather than has deleted.
#[must_use]
pub fn hidden(person: PersonId) -> Problem {
    Problem::new(
        Code::IloqUnexpectedAnswer,
        format!(
            "The person {person} is missing from iLOQ's list, but that does not mean that it was deleted: the API user's rights or zones may have changed. Check them with POST …/check; the next sync looks again."
        ),
    )
}

/// Fields that changed on both sides: the portal's values stand.
#[must_use]
pub fn collision_problem(merge: &Merge) -> Problem {
    let names: Vec<_> = merge.collisions.iter().map(|c| c.field.name()).collect();
    Problem::new(
        Code::UserConflict,
        format!(
            "Both sides changed {}: the portal's value stands. See the change user.conflict for iLOQ's.",
            names.join(", ")
        ),
    )
}
