//! Bodies of requests that are no records.

use iloq_model::{DateText, KeyId, KeyPhone, KeyPhoneOptions, Person, WebhookSubscription, ZoneId};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::Credentials;

/// `{"name": value}`: many of iLOQ's bodies are wrapped once more.
pub(crate) struct Wrapped<'a, T>(pub(crate) &'static str, pub(crate) &'a T);

impl<T: Serialize> Serialize for Wrapped<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0, self.1)?;
        map.end()
    }
}

/// Body of `POST CreateSession`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Login<'a> {
    user_name: &'a str,
    password: &'a str,
    customer_code: &'a str,
    /// Placeholders that iLOQ wants empty.
    api_key: &'static str,
    api_secret: &'static str,
}

impl<'a> Login<'a> {
    pub(crate) fn of(credentials: &'a Credentials) -> Self {
        Self {
            user_name: &credentials.user_name,
            password: credentials.password.expose_secret(),
            customer_code: &credentials.service_code,
            api_key: "",
            api_secret: "",
        }
    }
}

/// Body of `POST Persons`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InsertPerson<'a> {
    person: Person,
    zone_ids: &'a [ZoneId],
}

impl<'a> InsertPerson<'a> {
    /// An insert wants a `PersonCode`, be it empty.
    pub(crate) fn of(person: &Person, zone_ids: &'a [ZoneId]) -> Self {
        let mut person = person.clone();
        person.person_code.get_or_insert_default();
        Self { person, zone_ids }
    }
}

/// Body of `PUT KeyPhones`: what the phone is asked to do is no part of it.
#[derive(Serialize)]
pub(crate) struct UpdateKeyPhone<'a> {
    #[serde(rename = "FNKey_ID")]
    key_id: KeyId,
    #[serde(rename = "PhoneNo")]
    phone_no: Option<&'a str>,
    #[serde(rename = "Email")]
    email: Option<&'a str>,
    #[serde(rename = "OptionMask")]
    options: KeyPhoneOptions,
}

impl<'a> UpdateKeyPhone<'a> {
    pub(crate) fn of(phone: &'a KeyPhone) -> Self {
        Self {
            key_id: phone.key_id,
            phone_no: phone.phone_no.as_deref(),
            email: phone.email.as_deref(),
            options: phone.options.unwrap_or_default(),
        }
    }
}

/// Body of the two calls `GetLockLogDataBy…`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LogWindow {
    pub(crate) start_date_utc: Option<DateText>,
    pub(crate) end_date_utc: Option<DateText>,
}

/// A subscription without what only answers have.
pub(crate) fn subscription(read: &WebhookSubscription) -> WebhookSubscription {
    WebhookSubscription { sign_key: None, counter: None, state: None, other: Vec::new(), ..read.clone() }
}
