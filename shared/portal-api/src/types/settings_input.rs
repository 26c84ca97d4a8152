//! The body of `PUT /v1/systems/{system}`.

use iloq_model::Secret;
use serde_json::{Map, Value};

use super::rules::{id, language, line, service_address};
use super::settings::{
    InfoFieldNames, KeyDefaults, LogNames, LogSettings, Matching, MobileKeyChannel, RemovalBrake, Settings,
    Structure,
};
use crate::json::{Patch, Reader, Wrong};
use crate::problem::Problem;
use crate::time::Time;

/// Members that answers have and requests may repeat.
const OURS: &[&str] =
    &["id", "state", "suspendedBecause", "createdAt", "updatedAt", "lastRuns", "passwordSet", "apiKeySet"];

/// Settings as a request gives them: complete, with the defaults for what was left out.
///
/// Secrets differ: a password that was left out is kept (it is needed at creation and when address,
/// service code or user name change), and so is an API key; `null` removes the API key.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingsInput {
    /// All that is not secret.
    pub settings: Settings,
    /// The API user's password.
    pub password: Option<Secret>,
    /// The key of the API gateway (`x-api-key`).
    pub api_key: Patch<Secret>,
}

impl SettingsInput {
    /// Reads and checks the body.
    ///
    /// # Errors
    /// 422 with one error for each wrong member.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::new(body);
        reader.ignore(OURS);
        let input = read(&mut reader);
        reader.finish(input)
    }
}

fn read(reader: &mut Reader) -> Option<SettingsInput> {
    let name = reader.text("name", |text| line(text, 1, 200));
    let name = reader.need("name", name);
    let address = reader.text("serviceAddress", service_address);
    let address = reader.need("serviceAddress", address);
    // The API takes 2 to 50 characters for CustomerCode.
    let service_code = reader.text("serviceCode", |text| line(text, 2, 50));
    let service_code = reader.need("serviceCode", service_code);
    let user_name = reader.text("userName", |text| line(text, 1, 200));
    let user_name = reader.need("userName", user_name);
    let password = reader.text("password", secret).value();
    let api_key = reader.text("apiKey", secret);
    let lock_group_id = reader.text("lockGroupId", id).value();
    let time_zone = reader.text("timeZone", time_zone);
    let time_zone = reader.need("timeZone", time_zone);
    let info_fields = section(reader, "infoFields", info_fields);
    let structure = reader.word("structure", Structure::ALL, Structure::name).value();
    let defaults = section(reader, "defaults", key_defaults);
    let matching = reader.word("matching", Matching::ALL, Matching::name).value();
    let removal_brake = section(reader, "removalBrake", removal_brake);
    let revocation_alert_hours = reader.whole("revocationAlertHours", 1, 8760).value();
    let logs = section(reader, "logs", log_settings);
    Some(SettingsInput {
        settings: Settings {
            name: name?,
            service_address: address?,
            service_code: service_code?,
            user_name: user_name?,
            lock_group_id,
            time_zone: time_zone?,
            info_fields,
            structure: structure.unwrap_or(Structure::Single),
            defaults,
            matching: matching.unwrap_or(Matching::Propose),
            removal_brake,
            revocation_alert_hours: revocation_alert_hours.unwrap_or(72),
            logs,
        },
        password,
        api_key,
    })
}

/// An optional object; its own defaults if it is absent or `null`.
fn section<T: Default>(reader: &mut Reader, name: &str, read: fn(&mut Reader) -> T) -> T {
    match reader.open(name).value() {
        None => T::default(),
        Some(mut inner) => {
            let value = read(&mut inner);
            reader.close(inner);
            value
        }
    }
}

fn info_fields(reader: &mut Reader) -> InfoFieldNames {
    InfoFieldNames {
        email: reader.text("email", |text| line(text, 1, 100)),
        mobile_phone: reader.text("mobilePhone", |text| line(text, 1, 100)),
    }
}

fn key_defaults(reader: &mut Reader) -> KeyDefaults {
    let fallback = KeyDefaults::default();
    let channel = reader.word("mobileKeyChannel", MobileKeyChannel::ALL, MobileKeyChannel::name).value();
    KeyDefaults {
        mobile_key_channel: channel.unwrap_or(fallback.mobile_key_channel),
        zone_id: reader.text("zoneId", id).value(),
        language: reader.text("language", language).value(),
    }
}

fn removal_brake(reader: &mut Reader) -> RemovalBrake {
    let fallback = RemovalBrake::default();
    RemovalBrake {
        count: reader.whole("count", 0, 1_000_000).value().unwrap_or(fallback.count),
        share: reader.share("share").value().unwrap_or(fallback.share),
    }
}

fn log_settings(reader: &mut Reader) -> LogSettings {
    let fallback = LogSettings::default();
    let moment =
        |text: &str| Time::parse(text).ok_or_else(|| "must be a time like 2026-11-24T08:00:00Z".into());
    LogSettings {
        from: reader.text("from", moment).value(),
        names: reader.word("names", LogNames::ALL, LogNames::name).value().unwrap_or(fallback.names),
        retention_days: reader.whole("retentionDays", 1, 36_500).value().unwrap_or(fallback.retention_days),
    }
}

fn time_zone(text: &str) -> Result<String, Wrong> {
    if iloq_model::TimeZone::named(text).is_some() {
        Ok(text.to_owned())
    } else {
        Err("must be the IANA name of a time zone, like Europe/Helsinki".into())
    }
}

/// A secret is taken as it came: white space at its ends may belong to it.
fn secret(text: &str) -> Result<Secret, Wrong> {
    let count = text.chars().count();
    if (1..=500).contains(&count) && !text.contains(['\r', '\n', '\0']) {
        Ok(Secret::from(text))
    } else {
        Err("must have 1 to 500 characters on one line".into())
    }
}
