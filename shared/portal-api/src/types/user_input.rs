//! The body of `PUT …/users/{user}`.

use std::collections::BTreeMap;

use iloq_model::{PersonId, ZoneId};
use serde_json::{Map, Value};

use super::rules::{check_email, check_phone, id, language, line};
use crate::json::{Patch, Reader, Wrong};
use crate::problem::Problem;

/// Members that answers have and requests may repeat.
const OURS: &[&str] = &["id", "origin", "blocked", "updatedAt", "createdAt", "iloq"];

/// The most characters of a name, company or title.
const MAX_LINE: usize = 200;
/// The most info fields and zones of one user.
const MAX_ELEMENTS: usize = 100;

/// A user as a request gives it: what is left out stays, `null` (or an empty text) clears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserInput {
    /// First name.
    pub first_name: Patch<String>,
    /// Last name.
    pub last_name: Patch<String>,
    /// E-mail address.
    pub email: Patch<String>,
    /// Mobile phone number in E.164.
    pub mobile_phone: Patch<String>,
    /// Person code.
    pub person_code: Patch<String>,
    /// Company.
    pub company_name: Patch<String>,
    /// Title at work.
    pub work_title: Patch<String>,
    /// Language of messages.
    pub language: Patch<String>,
    /// Zones of a new person.
    pub zone_ids: Patch<Vec<ZoneId>>,
    /// Info fields by iLOQ's name; a value that is `None` is cleared.
    pub info_fields: Patch<BTreeMap<String, Option<String>>>,
    /// The person that this user is: adopts a user that was found in iLOQ.
    pub iloq_person_id: Option<PersonId>,
}

impl UserInput {
    /// Reads and checks the body.
    ///
    /// # Errors
    /// 422 with one error for each wrong member: `invalid-email` or `invalid-phone-number` if only that is
    /// wrong, else `invalid-request`.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::new(body);
        reader.ignore(OURS);
        let short = |text: &str| line(text, 0, MAX_LINE);
        let input = Self {
            first_name: text(&mut reader, "firstName", short),
            last_name: text(&mut reader, "lastName", short),
            email: text(&mut reader, "email", check_email),
            mobile_phone: text(&mut reader, "mobilePhone", check_phone),
            // iLOQ takes at most 20 characters (Person.PersonCode).
            person_code: text(&mut reader, "personCode", |text| line(text, 0, 20)),
            company_name: text(&mut reader, "companyName", short),
            work_title: text(&mut reader, "workTitle", short),
            language: text(&mut reader, "language", language),
            zone_ids: reader.texts("zoneIds", MAX_ELEMENTS, id),
            info_fields: info_fields(&mut reader),
            iloq_person_id: reader.text("iloqPersonId", id).value(),
        };
        reader.finish(Some(input))
    }

    /// Whether a new user would have a name: iLOQ's lists show persons by their names.
    ///
    /// # Errors
    /// 422 `invalid-request` that points at both names.
    pub fn check_creation(&self) -> Result<(), Problem> {
        let name = |patch: &Patch<String>| matches!(patch, Patch::Value(_));
        if name(&self.first_name) || name(&self.last_name) { Ok(()) } else { Err(Self::name_missing()) }
    }

    /// The problem of a user without any name.
    #[must_use]
    pub fn name_missing() -> Problem {
        Problem::invalid("/firstName", "give firstName or lastName")
            .with_error("/lastName", "give firstName or lastName")
    }
}

/// Optional text; an empty one clears as `null` does.
fn text(reader: &mut Reader, name: &str, check: impl Fn(&str) -> Result<String, Wrong>) -> Patch<String> {
    let text = reader.text(name, |text| if text.trim().is_empty() { Ok(String::new()) } else { check(text) });
    match text {
        Patch::Value(text) if text.is_empty() => Patch::Null,
        other => other,
    }
}

fn info_fields(reader: &mut Reader) -> Patch<BTreeMap<String, Option<String>>> {
    let inner = reader.open("infoFields");
    inner.map(|mut inner| {
        let mut fields = BTreeMap::new();
        let names = inner.names();
        if names.len() > MAX_ELEMENTS {
            inner.refuse("", "has too many members".into());
        }
        for name in names {
            match text(&mut inner, &name, |text| line(text, 0, MAX_LINE)) {
                Patch::Absent => {}
                Patch::Null => drop(fields.insert(name, None)),
                Patch::Value(value) => drop(fields.insert(name, Some(value))),
            }
        }
        reader.close(inner);
        fields
    })
}
