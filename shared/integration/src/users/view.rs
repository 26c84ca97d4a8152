//! A user as the portal sees it.

use std::collections::BTreeMap;

use portal_api::{
    Code, Patch, Problem, Time,
    types::{Candidate as CandidateView, LinkState, Settings, User, UserLink},
};
use serde_json::json;

use super::{
    fields::{Field, Fields},
    record::{Candidate, Link, UserRecord},
};

/// The user `id`.
#[must_use]
pub fn user(settings: &Settings, id: &str, user: &UserRecord) -> User {
    let text = |field| Some(user.fields.get(field).to_owned()).filter(|text| !text.is_empty());
    let info = info_fields(settings, user);
    User {
        id: id.to_owned(),
        first_name: user.fields.get(Field::FirstName).to_owned(),
        last_name: user.fields.get(Field::LastName).to_owned(),
        email: text(Field::Email),
        mobile_phone: text(Field::MobilePhone),
        person_code: text(Field::PersonCode),
        company_name: text(Field::CompanyName),
        work_title: text(Field::WorkTitle),
        language: text(Field::Language),
        zone_ids: (!user.zones.is_empty()).then(|| user.zones.iter().map(ToString::to_string).collect()),
        info_fields: (!info.is_empty()).then_some(info),
        origin: user.origin,
        blocked: user.is_blocked(),
        updated_at: Time::from_millis(user.updated_at),
        iloq: UserLink {
            state: state(user),
            person_id: user.person.map(|p| p.to_string()),
            external_person_id: Some(user.external_id.clone()).filter(|id| !id.is_empty()),
            problem: problem(user),
        },
    }
}

/// How the two sides stand, as the portal sees it.
#[must_use]
pub fn state(user: &UserRecord) -> LinkState {
    match &user.link {
        Link::Linked => LinkState::Linked,
        Link::Conflict(_) => LinkState::Conflict,
        Link::Gone => LinkState::Gone,
        Link::Undeletable => LinkState::Undeletable,
        Link::Pending | Link::Deleting | Link::Deleted | Link::Moved(_) => LinkState::Pending,
    }
}

fn problem(user: &UserRecord) -> Option<Problem> {
    match &user.link {
        Link::Conflict(candidates) => Some(conflict(candidates)),
        _ => user.waiting.as_ref().map(|w| w.problem.clone()),
    }
}

/// Persons of the user's name exist; a person decides.
#[must_use]
pub fn conflict(candidates: &[Candidate]) -> Problem {
    let candidates: Vec<_> = candidates.iter().map(candidate).collect();
    Problem::new(
        Code::UserConflict,
        "iLOQ has persons of this name. Link one with resolve {\"personId\"}, or make a new person with {\"create\":true}.",
    )
    .with("candidates", json!(candidates))
}

fn candidate(candidate: &Candidate) -> CandidateView {
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    CandidateView {
        person_id: candidate.person_id.to_string(),
        first_name: candidate.first_name.clone(),
        last_name: candidate.last_name.clone(),
        email: some(&candidate.email),
        external_person_id: some(&candidate.external_person_id),
        linked_user: None,
    }
}

/// The information fields: those that are mapped show the field of iLOQ's person.
fn info_fields(settings: &Settings, user: &UserRecord) -> BTreeMap<String, String> {
    let mut info = user.info.clone();
    for (name, field) in mapped(settings) {
        match user.fields.get(field) {
            "" => info.remove(name),
            value => info.insert(name.to_owned(), value.to_owned()),
        };
    }
    info
}

/// Names of information fields that stand for a field of iLOQ's person.
pub fn mapped(settings: &Settings) -> impl Iterator<Item = (&str, Field)> {
    [(&settings.info_fields.email, Field::Email), (&settings.info_fields.mobile_phone, Field::MobilePhone)]
        .into_iter()
        .filter_map(|(patch, field)| match patch {
            Patch::Value(name) => Some((name.as_str(), field)),
            Patch::Absent | Patch::Null => None,
        })
}

/// Whether `fields` has a name that a person can be made with.
#[must_use]
pub fn has_name(fields: &Fields) -> bool {
    !fields.get(Field::FirstName).is_empty() || !fields.get(Field::LastName).is_empty()
}
