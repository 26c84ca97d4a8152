//! From the body of a save to the user's new values.

use portal_api::{
    Patch, Problem,
    types::{Settings, UserInput},
};
use std::collections::BTreeMap;

use super::{
    fields::{Field, Fields},
    record::{Link, UserRecord},
    view,
};

/// The user after a save: members left out stay, `null` clears; a direct member wins over an information
/// field that is mapped to it.
///
/// # Errors
/// A user that would have no name.
pub fn apply(settings: &Settings, before: &UserRecord, input: &UserInput) -> Result<UserRecord, Problem> {
    let mut user = before.clone();
    let mut fields = user.fields.clone();
    if matches!(input.info_fields, Patch::Null) {
        user.info = BTreeMap::new();
        view::mapped(settings).for_each(|(_, field)| fields.set(field, ""));
    }
    for (name, value) in info_members(input) {
        match view::mapped(settings).find(|(mapped, _)| *mapped == name) {
            Some((_, field)) => fields.set(field, value.unwrap_or_default()),
            None => match value {
                Some(value) => drop(user.info.insert(name.to_owned(), value.to_owned())),
                None => drop(user.info.remove(name)),
            },
        }
    }
    for (field, patch) in members(input) {
        match patch {
            Patch::Absent => {}
            Patch::Null => fields.set(field, ""),
            Patch::Value(value) => fields.set(field, value),
        }
    }
    check_mapped(settings, input, &fields)?;
    let adopts = input.iloq_person_id.is_some();
    if !view::has_name(&fields) && !adopts {
        return Err(UserInput::name_missing());
    }
    user.set_fields(fields);
    if is_new(before)
        && let Patch::Value(zones) = &input.zone_ids
    {
        user.zones.clone_from(zones);
    }
    Ok(user)
}

/// Whether a save makes the user, rather than changing it.
#[must_use]
pub fn is_new(before: &UserRecord) -> bool {
    before.rev == 0 && before.sub == 0 || matches!(before.link, Link::Deleted)
}

fn members(input: &UserInput) -> [(Field, &Patch<String>); 8] {
    [
        (Field::FirstName, &input.first_name),
        (Field::LastName, &input.last_name),
        (Field::Email, &input.email),
        (Field::MobilePhone, &input.mobile_phone),
        (Field::PersonCode, &input.person_code),
        (Field::CompanyName, &input.company_name),
        (Field::WorkTitle, &input.work_title),
        (Field::Language, &input.language),
    ]
}

fn info_members(input: &UserInput) -> impl Iterator<Item = (&str, Option<&str>)> {
    let map = match &input.info_fields {
        Patch::Value(map) => Some(map),
        Patch::Absent | Patch::Null => None,
    };
    map.into_iter().flatten().map(|(name, value)| (name.as_str(), value.as_deref()))
}

/// What came through an information field has to be an address or a number as well.
fn check_mapped(settings: &Settings, input: &UserInput, fields: &Fields) -> Result<(), Problem> {
    for (name, field) in view::mapped(settings) {
        let given = info_members(input).any(|(given, _)| given == name);
        let value = fields.get(field);
        if !given || value.is_empty() {
            continue;
        }
        let wrong = match field {
            Field::Email => portal_api::types::check_email(value).err(),
            _ => portal_api::types::check_phone(value).err(),
        };
        if let Some(wrong) = wrong {
            let pointer = format!("/infoFields/{}", portal_api::json::escape_pointer(name));
            return Err(Problem::of(wrong.code).with_error(pointer, wrong.detail));
        }
    }
    Ok(())
}
