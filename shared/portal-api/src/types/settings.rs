//! The settings of a system, without its secrets.

use iloq_model::{LockGroupId, ZoneId};
use serde::{Deserialize, Serialize};

use crate::json::Patch;
use crate::time::Time;
use crate::words::words;

/// How a system is connected and treated. What is secret is not in here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// The name shown to people.
    pub name: String,
    /// Where iLOQ is asked first (`GetUrl` tells where the work goes to).
    pub service_address: String,
    /// The service code (`CustomerCode`).
    pub service_code: String,
    /// The API user's name.
    pub user_name: String,
    /// Which locking system, if the API user sees several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_group_id: Option<LockGroupId>,
    /// The IANA zone of the locks' wall clock.
    pub time_zone: String,
    /// Which of iLOQ's info fields hold the contacts.
    #[serde(default)]
    pub info_fields: InfoFieldNames,
    /// Whether real estates and zones are shown.
    pub structure: Structure,
    /// What new keys and users get.
    pub defaults: KeyDefaults,
    /// What a sync does with persons of the same name.
    pub matching: Matching,
    /// When removals are held.
    pub removal_brake: RemovalBrake,
    /// After how many hours a key that still holds revoked rights is reported.
    pub revocation_alert_hours: u32,
    /// The access log.
    pub logs: LogSettings,
}

impl Settings {
    /// Settings in which nothing is said yet.
    #[must_use]
    pub fn blank() -> Self {
        Self {
            name: String::new(),
            service_address: String::new(),
            service_code: String::new(),
            user_name: String::new(),
            lock_group_id: None,
            time_zone: String::new(),
            info_fields: InfoFieldNames::default(),
            structure: Structure::Single,
            defaults: KeyDefaults::default(),
            matching: Matching::Propose,
            removal_brake: RemovalBrake::default(),
            revocation_alert_hours: 0,
            logs: LogSettings::default(),
        }
    }
}

/// Names of iLOQ's info fields. Absent: not decided yet; `null`: there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InfoFieldNames {
    /// The field that holds the e-mail address.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub email: Patch<String>,
    /// The field that holds the mobile phone number.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub mobile_phone: Patch<String>,
}

words! {
    /// How much of the structure is shown.
    Structure {
        /// One location and one zone for everything.
        Single = "single",
        /// Real estates are locations, zones are zones.
        Full = "full",
    }
}

words! {
    /// What is done when a user and a person have the same name and nothing else ties them.
    Matching {
        /// Nothing is written; a person decides (`conflict`).
        Propose = "propose",
        /// A single candidate without an external id is linked.
        Link = "link",
        /// Names are not compared.
        Off = "off",
    }
}

words! {
    /// How an invitation to a mobile key is sent.
    MobileKeyChannel {
        /// By text message.
        Sms = "sms",
        /// By e-mail.
        Email = "email",
    }
}

words! {
    /// Whose name a row of the access log gets.
    LogNames {
        /// The name that iLOQ gives the row.
        Iloq = "iloq",
        /// The holder known here.
        Holder = "holder",
    }
}

/// What new keys and users get when the request does not say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct KeyDefaults {
    /// How invitations are sent.
    pub mobile_key_channel: MobileKeyChannel,
    /// The zone of new persons and keys; else the one of type 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_id: Option<ZoneId>,
    /// The language of messages to new persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// A run that would remove more users than this holds the removals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RemovalBrake {
    /// So many users may go in one run.
    pub count: u32,
    /// So large a share of all users (0 to 1) may go in one run.
    pub share: f64,
}

/// The access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LogSettings {
    /// Rows that arrived in iLOQ before are not pulled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Time>,
    /// Whose name a row gets.
    pub names: LogNames,
    /// After how many days rows are erased.
    pub retention_days: u32,
}

impl Default for KeyDefaults {
    fn default() -> Self {
        Self { mobile_key_channel: MobileKeyChannel::Sms, zone_id: None, language: None }
    }
}

impl Default for RemovalBrake {
    fn default() -> Self {
        Self { count: 50, share: 0.2 }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { from: None, names: LogNames::Iloq, retention_days: 365 }
    }
}
