//! Deleting one person in iLOQ, if iLOQ allows it.

use iloq_client::{IloqApi, Lookup};
use iloq_model::{CanDeletePerson, Key, PersonId};

use crate::{keys::change::AT_ONCE, problem::Stop, side_by_side::in_order};

/// What became of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Deleted now.
    Deleted,
    /// It did not exist any more.
    AlreadyGone,
    /// iLOQ's `CanDelete` says no.
    Refused(CanDeletePerson),
}

/// Deletes the person; `keys`: first `take`s its keys away. A key that iLOQ does not let go leaves the person
/// undeletable. May be repeated.
///
/// # Errors
/// iLOQ's error; what was done stays, and the same call goes on.
pub async fn delete(
    api: &impl IloqApi,
    person: PersonId,
    keys: bool,
    take: impl AsyncFn(&Key) -> Result<(), Stop>,
) -> Result<Removal, Stop> {
    if keys {
        match api.person_keys(person).await? {
            Lookup::Absent => return Ok(Removal::AlreadyGone),
            Lookup::Found(held) => {
                for taken in in_order(AT_ONCE, held.iter().map(|key| take(key))).await {
                    taken?;
                }
            }
        }
    }
    delete_person(api, person).await
}

/// `CanDelete`, then `DELETE`. After a lost answer iLOQ is asked whether the person still exists.
async fn delete_person(api: &impl IloqApi, person: PersonId) -> Result<Removal, Stop> {
    match api.can_delete_person(person).await? {
        Lookup::Absent => return Ok(Removal::AlreadyGone),
        Lookup::Found(code) if code.code() == 0 => {}
        // Not a verdict about the person, but a check that failed: worth another try.
        Lookup::Found(code) => return Ok(Removal::Refused(code)),
    }
    match api.delete_person(person).await {
        Ok(Lookup::Found(())) => Ok(Removal::Deleted),
        Ok(Lookup::Absent) => Ok(Removal::AlreadyGone),
        Err(error) if error.outcome_unknown() => match api.person(person).await? {
            Lookup::Absent => Ok(Removal::Deleted),
            Lookup::Found(_) => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}
