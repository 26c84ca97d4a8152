//! Settings of systems, the subscription of the webhook, and its events.

use iloq_model::{LockGroupId, ZoneId};
use schemars::JsonSchema;
use serde_json::{Map, Value};

use crate::{EventName, LogNames, Matching, MobileKeyChannel, Patch, Structure, Time};

/// A body without members; it may be left out.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Nothing {}

/// Settings of a system. Members of an answer that are not settings (`state`, `passwordSet`, …) may be sent back and
/// are ignored.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SystemSettings {
    /// The name shown to people.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// Where iLOQ is asked first. https only (http for loopback hosts); its origin must be `https://*.iloq.com`,
    /// `https://*.iloq.de`, or match the variable `iloq_extra_origin`.
    #[schemars(length(max = 300))]
    service_address: String,
    /// The service code (`CustomerCode`).
    #[schemars(length(min = 2, max = 50))]
    service_code: String,
    /// The API user's name.
    #[schemars(length(min = 1, max = 200))]
    user_name: String,
    /// The API user's password. Needed at creation and whenever `serviceAddress`, `serviceCode` or `userName` change;
    /// otherwise it is kept when left out.
    #[schemars(length(min = 1, max = 500), extend("writeOnly" = true))]
    password: Option<String>,
    /// Sent to iLOQ as `x-api-key`, if the hosting needs it. Kept when left out; `null` removes it.
    #[schemars(length(min = 1, max = 500), extend("writeOnly" = true))]
    api_key: Patch<String>,
    /// Needed if the API user sees several locking systems.
    lock_group_id: Option<LockGroupId>,
    /// IANA name of the zone of the locks' wall clock.
    time_zone: String,
    /// Which of iLOQ's info fields hold the contacts.
    info_fields: Option<InfoFieldNamesInput>,
    /// `single` if it is left out.
    structure: Option<Structure>,
    /// What new keys and users get when a request does not say.
    defaults: Option<KeyDefaultsInput>,
    /// `propose` if it is left out.
    matching: Option<Matching>,
    /// When the removals of a run are held.
    removal_brake: Option<RemovalBrakeInput>,
    /// After how many hours a key that still holds revoked rights is reported; 72 if it is left out.
    #[schemars(range(min = 1, max = 8760))]
    revocation_alert_hours: Option<u32>,
    /// The access log.
    logs: Option<LogSettingsInput>,
}

/// The names of iLOQ's info fields that hold the contacts; `null`: there is none. A full sync of users needs `email` to
/// be decided.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
struct InfoFieldNamesInput {
    /// The field that holds the e-mail address.
    #[schemars(length(min = 1, max = 100))]
    email: Patch<String>,
    /// The field that holds the mobile phone number.
    #[schemars(length(min = 1, max = 100))]
    mobile_phone: Patch<String>,
}

/// What new keys and users get when a request does not say.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
struct KeyDefaultsInput {
    /// How invitations are sent; `sms` if it is left out.
    mobile_key_channel: Option<MobileKeyChannel>,
    /// The zone of new persons and keys; else the zone of type 4.
    zone_id: Option<ZoneId>,
    /// The language of messages to new persons.
    language: Option<String>,
}

/// A run in which more than `count` users, or more than `share` of all and more than 5, would go, holds the removals.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RemovalBrakeInput {
    /// So many users may go in one run; 50 if it is left out.
    #[schemars(range(max = 1_000_000))]
    count: Option<u32>,
    /// So large a share of all users may go in one run; 0.2 if it is left out.
    #[schemars(range(min = 0, max = 1))]
    share: Option<f64>,
}

/// The access log.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
struct LogSettingsInput {
    /// Rows that arrived in iLOQ before are not pulled.
    from: Option<Time>,
    /// Whose name a row gets; `iloq` if it is left out.
    names: Option<LogNames>,
    /// After how many days rows are erased; 365 if it is left out.
    #[schemars(range(min = 1, max = 36_500))]
    retention_days: Option<u32>,
}

/// What iLOQ is to tell by itself. Members of an answer that are not the caller's may be sent back and are ignored.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PutSubscription {
    /// Where iLOQ is to post to: this API's `/v1/events/{system}` as iLOQ reaches it. `https` only (`http` for loopback
    /// hosts).
    #[schemars(length(max = 1000))]
    target_url: String,
    /// Left out: those that are subscribed; at first all that iLOQ offers.
    #[schemars(length(min = 1, max = 20))]
    events: Patch<Vec<EventName>>,
}

/// An event as iLOQ sends it. Names of members are read without regard to case.
#[derive(JsonSchema)]
#[schemars(rename_all = "PascalCase")]
pub struct IloqEvent {
    /// What iLOQ tells of the event, for example `FNKey_ID`.
    data: Option<Map<String, Value>>,
    /// When it was sent, in UTC.
    creation_time_utc: Option<String>,
}
