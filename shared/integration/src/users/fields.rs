//! The fields that both sides have, and how iLOQ names them.

use std::{borrow::Cow, fmt};

use iloq_model::Person;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
};

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
    /// All of them; v0.1.0 stored their values in this order.
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
///
/// Stored by the portal's names without the absent ones, so that a field more or less leaves every stored user readable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields([Box<str>; Field::ALL.len()]);

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let given = Field::ALL.into_iter().filter(|field| !self.get(*field).is_empty());
        serializer.collect_map(given.map(|field| (field.name(), self.get(field))))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Stored)
    }
}

/// Reads fields by name, and as v0.1.0 wrote them: the values of the first eight in their order.
struct Stored;

impl<'de> Visitor<'de> for Stored {
    type Value = Fields;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the fields of a user")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Fields, A::Error> {
        let mut fields = Fields::default();
        while let Some((name, value)) = members.next_entry::<Cow<'de, str>, Box<str>>()? {
            // What a later release has added is nothing that this one could keep.
            if let Some(field) = Field::ALL.into_iter().find(|field| field.name() == name) {
                fields.0[field as usize] = value;
            }
        }
        Ok(fields)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Fields, A::Error> {
        let mut fields = Fields::default();
        for field in Field::ALL {
            let Some(value) = values.next_element()? else { break };
            fields.0[field as usize] = value;
        }
        Ok(fields)
    }
}

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
        let given = Field::ALL.into_iter().filter(|field| !self.get(*field).is_empty());
        given.map(|field| field.name().len() + self.get(field).len() + 6).sum()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(given: &[(Field, &str)]) -> Fields {
        let mut fields = Fields::default();
        given.iter().for_each(|(field, value)| fields.set(*field, value));
        fields
    }

    #[test]
    fn absent_values_are_not_stored() {
        let stored = serde_json::to_string(&fields(&[(Field::LastName, "Öberg"), (Field::Language, "fi")]));
        assert_eq!(stored.unwrap(), r#"{"lastName":"Öberg","language":"fi"}"#);
    }

    #[test]
    fn what_another_release_wrote_is_read() {
        let anna = fields(&[(Field::FirstName, "Anna"), (Field::WorkTitle, "Guard")]);
        for stored in [
            r#"["Anna","","","","","","Guard",""]"#,
            r#"["Anna","","","","","","Guard"]"#,
            r#"{"workTitle":"Guard","firstName":"Anna"}"#,
            r#"{"workTitle":"Guard","firstName":"Anna","shoeSize":"43"}"#,
        ] {
            assert_eq!(serde_json::from_str::<Fields>(stored).unwrap(), anna, "{stored}");
        }
        for broken in ["null", "5", r#"{"firstName":null}"#] {
            assert!(serde_json::from_str::<Fields>(broken).is_err(), "{broken}");
        }
    }
}
