//! Which user holds which key.

use std::collections::BTreeMap;

use iloq_model::PersonId;
use portal_api::{Code, Problem, types::LinkState};

use crate::{
    platform::Platform,
    problem::Stop,
    system::System,
    users::{UserRecord, view, visible},
};

/// The person of a user who may be given keys and rights.
///
/// # Errors
/// `user-blocked`, and those of [`holding`].
pub fn person_of<P: Platform>(system: &System<'_, P>, user: &str) -> Result<PersonId, Stop> {
    let person = holding(system, user)?;
    not_blocked(system, user)?;
    Ok(person)
}

/// Whether the user may be given anything: a block may come at any moment, so it is asked before each write.
///
/// # Errors
/// `user-blocked`.
pub fn not_blocked<P: Platform>(system: &System<'_, P>, user: &str) -> Result<(), Stop> {
    match system.users().get(user)? {
        Some(user) if user.is_blocked() => Err(Problem::of(Code::UserBlocked).into()),
        _ => Ok(()),
    }
}

/// The person of a user whose keys may be read and taken away.
///
/// # Errors
/// `unknown-user`; `user-conflict` or `setup-incomplete` for a user that is not linked to a person.
pub fn holding<P: Platform>(system: &System<'_, P>, user: &str) -> Result<PersonId, Stop> {
    let record = visible(system, user)?;
    match (view::state(&record), record.person) {
        (LinkState::Linked | LinkState::Undeletable, Some(person)) => Ok(person),
        // Linked before, and only a newer value waits to be written.
        (LinkState::Pending, Some(person)) => Ok(person),
        (LinkState::Conflict, _) => Err(Problem::of(Code::UserConflict).into()),
        (LinkState::Gone, _) => Err(Problem::new(
            Code::UserConflict,
            "The user's person was deleted in iLOQ. Make a new one with POST …/users/{user}/resolve {\"create\":true}.",
        )
        .into()),
        _ => Err(Problem::new(
            Code::SetupIncomplete,
            "The user is not in iLOQ yet: it is tried again by itself. See the user's iloq.problem, then try again.",
        )
        .into()),
    }
}

/// The user of each person.
///
/// # Errors
/// The store's failure.
pub fn users_by_person<P: Platform>(system: &System<'_, P>) -> Result<BTreeMap<PersonId, String>, Stop> {
    let mut found = BTreeMap::new();
    for (id, user) in system.users().load()?.iter().filter(|(_, user)| user.is_visible()) {
        if let Some(person) = user.person {
            found.insert(person, id.clone());
        }
    }
    Ok(found)
}

/// The user of one person.
///
/// # Errors
/// The store's failure.
pub fn user_of<P: Platform>(system: &System<'_, P>, person: PersonId) -> Result<Option<String>, Stop> {
    let has = |_: &str, user: &UserRecord| user.person == Some(person) && user.is_visible();
    Ok(system.users().scan(None, 1, has)?.0.pop().map(|(id, _)| id))
}
