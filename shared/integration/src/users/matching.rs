//! Which person is which user.

use iloq_model::{LockGroupId, Person, PersonId};

use super::{
    fields::{Field, Fields},
    record::Candidate,
};

/// The GUID of the person that we make for a user. Each new generation is another person.
#[must_use]
pub fn derived_person_id(lock_group: LockGroupId, user: &str, generation: u32) -> PersonId {
    PersonId::derive(lock_group, "person", user, generation)
}

/// A person as it is proposed.
#[must_use]
pub fn candidate(person: &Person) -> Candidate {
    let external_id = person.external_person_id.as_deref().unwrap_or_default();
    proposed(person.id, &Fields::of_person(person), external_id)
}

/// The same from what was imported of the person.
#[must_use]
pub fn proposed(person_id: PersonId, fields: &Fields, external_id: &str) -> Candidate {
    let text = |field| fields.get(field).to_owned();
    Candidate {
        person_id,
        first_name: text(Field::FirstName),
        last_name: text(Field::LastName),
        email: text(Field::Email),
        external_person_id: external_id.to_owned(),
    }
}

/// The portal's id of an imported person: its `ExternalPersonId` if that is a legal and free portal id,
/// else the person's id.
#[must_use]
pub fn import_id(person: &Person, free: impl Fn(&str) -> bool) -> String {
    match person.external_person_id.as_deref() {
        Some(external) if portal_api::PortalId::parse(external).is_some() && free(external) => {
            external.to_owned()
        }
        _ => person.id.to_string(),
    }
}
