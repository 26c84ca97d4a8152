//! Work that failed for one user: when it is tried again, and when a person has to decide.

use iloq_model::CanDeletePerson;
use portal_api::{Code, IloqCause, Problem, types::DeleteReason};

use super::record::{Link, UserRecord, Waiting};
use crate::problem::Stop;

/// After so many tries of something that iLOQ refuses, a person has to decide.
pub const PARKED_AFTER: u32 = 10;

/// `CanDelete` answers this when the check itself failed: no verdict about the person.
const CHECK_FAILED: i32 = -1;

/// Notes a failure: the next try comes after 1, 2, 4 … minutes, at most an hour later. What iLOQ refuses
/// ten times is parked; what only could not be reached never is.
#[must_use]
pub fn waiting(mut user: UserRecord, problem: &Problem, now: i64) -> UserRecord {
    let tries = user.waiting.as_ref().map_or(0, |w| w.tries) + 1;
    let passing = problem.code.retryable();
    let minutes = 1_i64 << (tries - 1).min(6);
    let next_at = (passing || tries < PARKED_AFTER).then(|| now + minutes.min(60) * 60_000);
    user.waiting = Some(Waiting { tries, next_at, problem: problem.clone() });
    if matches!(user.link, Link::Linked) && user.base() != Some(&user.fields) {
        user.link = Link::Pending;
    }
    user
}

/// The user is deleted on both sides; what is left keeps its id and generation from being used again.
pub fn deleted(user: &mut UserRecord) {
    let mut tombstone = UserRecord::new(user.origin);
    (tombstone.rev, tombstone.sub, tombstone.generation) = (user.rev, user.sub, user.generation);
    (tombstone.updated_at, tombstone.saved) = (user.updated_at, user.saved);
    tombstone.writer.clone_from(&user.writer);
    tombstone.link = Link::Deleted;
    *user = tombstone;
}

/// iLOQ does not let the person go, so the user is back.
///
/// # Errors
/// A problem if the check itself failed: then it is tried again.
pub fn undeletable(user: &mut UserRecord, code: CanDeletePerson) -> Result<(), Stop> {
    let cause = IloqCause::operation("Persons_CanDelete").with_result(
        "CanDelete",
        i64::from(code.code()),
        code.meaning(),
    );
    if code.code() == CHECK_FAILED {
        return Err(Problem::new(
            Code::IloqRefused,
            "iLOQ could not check whether the person may be deleted. It is tried again by itself.",
        )
        .with_iloq(cause)
        .into());
    }
    let problem = Problem::new(
        Code::IloqRefused,
        format!(
            "iLOQ does not let this person be deleted: {}. Do that first, then delete the user again.",
            code.meaning()
        ),
    )
    .with_iloq(cause);
    user.link = Link::Undeletable;
    user.waiting = Some(Waiting { tries: 0, next_at: None, problem });
    Ok(())
}

/// The reason as it is answered.
#[must_use]
pub fn reason(code: CanDeletePerson) -> DeleteReason {
    DeleteReason {
        check: "CanDelete".to_owned(),
        result: i64::from(code.code()),
        meaning: code.meaning().to_owned(),
    }
}
