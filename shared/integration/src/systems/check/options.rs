//! Rows about the locking system's options, and those that need only the settings.

use chrono::{Datelike, NaiveDate, NaiveTime};
use iloq_model::{LockGroup, LockGroupOptions, TimeZone};
use portal_api::{
    Patch,
    types::{Check, CheckId},
};

use super::{
    findings::Given,
    row::{fail, pass, warn},
};
use crate::zone::zone_of;

/// Whether an option is on; `Err` is the row for a locking system that does not tell its options.
pub(super) fn option(id: CheckId, group: &LockGroup, option: LockGroupOptions) -> Result<bool, Check> {
    let unknown = || {
        warn(
            id,
            "iLOQ does not tell the options of the locking system.",
            "Look in iLOQ Manager, in the settings of the locking system.",
        )
    };
    group.options.map(|options| options.contains(option)).ok_or_else(unknown)
}

/// From option 2048.
pub(super) fn api_enabled(group: &LockGroup) -> Check {
    const ID: CheckId = CheckId::ApiEnabled;
    match option(ID, group, LockGroupOptions::PUBLIC_API) {
        Ok(true) => pass(ID, "The API is on for this locking system."),
        Ok(false) => fail(
            ID,
            "The API is off for this locking system.",
            "In iLOQ Manager, tick the Public API in the settings of the locking system (it may need a licence).",
        ),
        Err(row) => row,
    }
}

/// From option 1.
pub(super) fn key_handover(group: &LockGroup) -> Check {
    const ID: CheckId = CheckId::KeyHandover;
    match option(ID, group, LockGroupOptions::HOLDER_MAY_CHANGE) {
        Ok(true) => pass(ID, "Keys can be attached to another person without a return."),
        Ok(false) => fail(
            ID,
            "A key that is handed over can't be attached to another person without a return.",
            "In iLOQ Manager, allow it in the settings of the locking system: the holder of a handed-over key may be changed without returning the key.",
        ),
        Err(row) => row,
    }
}

/// From `TimeZoneStandardName`, against `timeZone`: not the names are compared, but what the clocks show this year and next.
pub(super) fn time_zone(group: &LockGroup, given: &Given<'_>) -> Check {
    const ID: CheckId = CheckId::TimeZone;
    let ours = given.settings.time_zone.as_str();
    let theirs = group.time_zone.as_deref().unwrap_or_default();
    let (Some(known), Ok(zone)) = (TimeZone::of_windows(theirs), zone_of(given.settings)) else {
        return warn(
            ID,
            format!("The locking system's time zone is \"{theirs}\", which is not known here."),
            format!(
                "Compare it with timeZone ({ours}) of the settings: limits in time are on the locks' clocks."
            ),
        );
    };
    let start_of = |year| Some(NaiveDate::from_yo_opt(year, 1)?.and_time(NaiveTime::MIN).and_utc());
    let (from, until) = (start_of(given.now.year()), start_of(given.now.year() + 2));
    if from.zip(until).is_some_and(|(from, until)| zone.shows_the_same(&known, from, until)) {
        return pass(ID, format!("{ours} shows the same time as the locking system's zone ({theirs})."));
    }
    fail(
        ID,
        format!(
            "The locking system's time zone is {theirs}, whose clock differs from that of {ours} in the settings."
        ),
        format!(
            "Put {} or a zone with the same clock into timeZone of the settings, or correct the locking system's zone in iLOQ Manager.",
            known.primary_name()
        ),
    )
}

/// From `infoFields.email`.
pub(super) fn email_field(given: &Given<'_>) -> Check {
    const ID: CheckId = CheckId::EmailField;
    match &given.settings.info_fields.email {
        Patch::Value(name) => pass(ID, format!("E-mail addresses are in the information field \"{name}\".")),
        Patch::Null => pass(ID, "The portal sends email itself."),
        Patch::Absent => fail(
            ID,
            "It is not decided where e-mail addresses are; users can't be synced before.",
            "Put infoFields.email into the settings: the name of the portal's information field for e-mail, or null if the portal sends email itself.",
        ),
    }
}

/// Licences can't be read; an order that was refused for one tells.
pub(super) fn licence(given: &Given<'_>) -> Check {
    const ID: CheckId = CheckId::Licence;
    if given.licence_limit {
        return fail(
            ID,
            "iLOQ has refused an order because the licence does not allow more keys.",
            "Return keys that are not needed, or ask the iLOQ dealer for a larger licence.",
        );
    }
    warn(
        ID,
        "iLOQ's API does not tell what the licences allow.",
        "Look in iLOQ Manager, at the licences of the locking system: the API, phone keys and online devices each need one.",
    )
}
