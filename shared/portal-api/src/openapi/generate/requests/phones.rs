//! Phone keys and limits in time.

use iloq_model::{AccessRightId, LocalTime, TimeLimitTitleId};
use schemars::JsonSchema;

use super::PHONE;
use crate::{Date, MAX_OFFLINE_FOB, MAX_RIGHTS, MobileKeyChannel, Patch};

/// A phone key to make and send.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendMobileKey {
    /// The key's name; made from the user's if it is left out.
    #[schemars(length(min = 1, max = 50))]
    name: Patch<String>,
    /// How the invitation is sent; as the system's settings say if it is left out.
    channel: Patch<MobileKeyChannel>,
    /// The phone number in E.164; the user's if it is left out.
    #[schemars(extend("pattern" = PHONE))]
    phone: Patch<String>,
    /// The e-mail address; the user's if it is left out.
    #[schemars(length(max = 254), extend("format" = "email"))]
    email: Patch<String>,
    /// Exactly these API rights.
    #[schemars(length(max = MAX_RIGHTS))]
    access_right_ids: Vec<AccessRightId>,
    /// Limits in time; none if they are left out.
    limits: Patch<PutLimits>,
}

/// How to send a phone key again.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ResendMobileKey {
    /// That of the last invitation if it is left out.
    channel: Patch<MobileKeyChannel>,
    /// The phone number in E.164; that of the key if it is left out.
    #[schemars(extend("pattern" = PHONE))]
    phone: Patch<String>,
    /// The e-mail address; that of the key if it is left out.
    #[schemars(length(max = 254), extend("format" = "email"))]
    email: Patch<String>,
    /// The person has a new phone: the registration of the old one ends.
    force: Option<bool>,
}

/// Limits in time: what is left out stays, `null` (or an empty list) removes.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutLimits {
    /// From when the key works, on the locks' wall clock: no `Z`, no offset.
    starts_local: Patch<LocalTime>,
    /// Up to when the key works, on the locks' wall clock.
    ends_local: Patch<LocalTime>,
    /// The time profiles.
    #[schemars(length(max = 50))]
    time_profile_ids: Patch<Vec<TimeLimitTitleId>>,
    /// How many seconds the key works without having been on line; 0 is without end. At most 8726340 for a phone.
    #[schemars(range(max = MAX_OFFLINE_FOB))]
    offline_expiry_seconds: Patch<u32>,
    /// When the key should come back (iLOQ's ExpireDate): shown, not enforced.
    expected_return: Patch<Date>,
}
