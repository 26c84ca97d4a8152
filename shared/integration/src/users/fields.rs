//! The fields that both sides have, and how iLOQ names them.

use iloq_model::Person;
use serde::{Deserialize, Serialize};

/// A field of a user that iLOQ's person has too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub enum Field {
    /// `firstName` ↔ `FirstName`.
    FirstName,
    /// `lastName` ↔ `LastName`.
    LastName,
    /// `email` ↔ `eMail`.
    Email,
    /// `mobilePhone` ↔ `Phone1`.
    MobilePhone,
    /// `personCode` ↔ `PersonCode`, at most 20 characters.
    PersonCode,
    /// `companyName` ↔ `CompanyName`.
    CompanyName,
    /// `workTitle` ↔ `WorkTitle`.
    WorkTitle,
    /// `language` ↔ `LanguageCode`.
    Language,
}

impl Field {
    /// All of them, in the order in which they are stored.
    pub const ALL: [Self; 8] = [
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::MobilePhone,
        Self::PersonCode,
        Self::CompanyName,
        Self::WorkTitle,
        Self::Language,
    ];

    /// The portal's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstName => "firstName",
            Self::LastName => "lastName",
            Self::Email => "email",
            Self::MobilePhone => "mobilePhone",
            Self::PersonCode => "personCode",
            Self::CompanyName => "companyName",
            Self::WorkTitle => "workTitle",
            Self::Language => "language",
        }
    }

    fn of(self, person: &mut Person) -> &mut Option<String> {
        match self {
            Self::FirstName => &mut person.first_name,
            Self::LastName => &mut person.last_name,
            Self::Email => &mut person.email,
            Self::MobilePhone => &mut person.phone1,
            Self::PersonCode => &mut person.person_code,
            Self::CompanyName => &mut person.company_name,
            Self::WorkTitle => &mut person.work_title,
            Self::Language => &mut person.language_code,
        }
    }

    fn text(self, person: &Person) -> &str {
        let value = match self {
            Self::FirstName => &person.first_name,
            Self::LastName => &person.last_name,
            Self::Email => &person.email,
            Self::MobilePhone => &person.phone1,
            Self::PersonCode => &person.person_code,
            Self::CompanyName => &person.company_name,
            Self::WorkTitle => &person.work_title,
            Self::Language => &person.language_code,
        };
        value.as_deref().unwrap_or_default()
    }
}

/// The values of all fields; an empty text is an absent value, as in iLOQ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fields([Box<str>; 8]);

impl Fields {
    /// What iLOQ has.
    #[must_use]
    pub fn of_person(person: &Person) -> Self {
        Self(Field::ALL.map(|field| field.text(person).into()))
    }

    /// One value; empty if absent.
    #[must_use]
    pub fn get(&self, field: Field) -> &str {
        &self.0[field as usize]
    }

    /// About as many bytes as they take.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.iter().map(|value| value.len() + 3).sum()
    }

    /// Sets one value.
    pub fn set(&mut self, field: Field, value: &str) {
        self.0[field as usize] = value.into();
    }

    /// Writes all values into iLOQ's record; everything else in it stays. A value that is equal is not
    /// touched, so that an absent one stays null or empty as it came.
    pub fn write_to(&self, person: &mut Person) {
        for field in Field::ALL {
            if field.text(person) != self.get(field) {
                *field.of(person) = Some(self.get(field).to_owned());
            }
        }
    }

    /// First and last name as one text, for people.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.get(Field::FirstName), self.get(Field::LastName)).trim().to_owned()
    }

    /// The name as it is compared when persons are matched: trimmed, runs of white space as one space,
    /// without case.
    #[must_use]
    pub fn match_name(&self) -> String {
        let mut name = String::new();
        let full = self.full_name();
        for word in full.split_whitespace() {
            if !name.is_empty() {
                name.push(' ');
            }
            name.push_str(&word.to_lowercase());
        }
        name
    }

    /// Names of the fields that differ.
    #[must_use]
    pub fn differing(&self, other: &Self) -> Vec<Field> {
        Field::ALL.into_iter().filter(|f| self.get(*f) != other.get(*f)).collect()
    }
}
