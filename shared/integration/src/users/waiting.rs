//! Work that failed for one user: when it is tried again, and when a person has to decide.

use iloq_model::CanDeletePerson;
use portal_api::{Code, IloqCause, Problem, types::DeleteReason};

use super::record::{Link, UserRecord};
use crate::{problem::Stop, state::Waiting};

/// `CanDelete` answers this when the check itself failed: no verdict about the person.
const CHECK_FAILED: i32 = -1;

/// Notes a failure.
#[must_use]
pub fn waiting(mut user: UserRecord, problem: &Problem, now: i64) -> UserRecord {
    user.waiting = Some(Waiting::after(user.waiting.as_ref(), problem.clone(), now));
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
pub fn undeletable(user: &mut UserRecord, code: CanDeletePerson, now: i64) -> Result<(), Stop> {
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
    user.waiting = Some(Waiting::parked(problem, now));
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
