//! Limits in time on a key.

use std::collections::BTreeSet;

use iloq_model::{LocalTime, TimeLimitTitleId};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::keys::{ItemsAnswer, KeyItem};
use super::rules::id;
use crate::date::Date;
use crate::json::{Patch, Reader, Wrong};
use crate::problem::{Code, Problem};

/// The longest time that a phone key may work offline, in seconds (iLOQ's `OfflineExpirationSeconds`).
pub const MAX_OFFLINE_PHONE: u32 = 8_726_340;
/// The longest time that a key fob may work offline, in seconds (iLOQ's `OfflineExpirationSeconds`).
pub const MAX_OFFLINE_FOB: u32 = 16_761_540;
/// The most time profiles that a call takes; a key's memory has room for fewer.
const MAX_PROFILES: usize = 50;

/// Limits as a request gives them: what is left out stays, `null` (or an empty list) removes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutLimits {
    /// From when the key works, on the locks' wall clock.
    pub starts: Patch<LocalTime>,
    /// Up to when the key works, on the locks' wall clock.
    pub ends: Patch<LocalTime>,
    /// The time profiles; never empty, and a profile that a request repeats is here once.
    pub time_profile_ids: Patch<BTreeSet<TimeLimitTitleId>>,
    /// Seconds that the key works without having been on line; 0 is without end. At most
    /// [`MAX_OFFLINE_FOB`] here, and [`MAX_OFFLINE_PHONE`] for a phone, which is the caller's to check.
    pub offline_expiry_seconds: Patch<u32>,
    /// When the key should come back (iLOQ's `ExpireDate`): shown, not enforced.
    pub expected_return: Patch<Date>,
}

impl PutLimits {
    /// Reads and checks the body of `PUT …/keys/{key}/limits`.
    ///
    /// # Errors
    /// 422 with one error for each wrong member: `invalid-time-limit` if only the order of start and end
    /// is wrong, else `invalid-request`.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::new(body);
        let limits = read_limits(&mut reader);
        reader.finish(Some(limits))
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Reads limits that are a body or a part of one.
pub(super) fn read_limits(reader: &mut Reader) -> PutLimits {
    let starts = reader.text("startsLocal", local_time);
    let ends = reader.text("endsLocal", local_time);
    if let (Patch::Value(starts), Patch::Value(ends)) = (starts.as_ref(), ends.as_ref())
        && starts >= ends
    {
        reader.refuse("endsLocal", Wrong::with_code(Code::InvalidTimeLimit, NOT_AFTER));
    }
    PutLimits {
        starts,
        ends,
        time_profile_ids: profiles(reader),
        offline_expiry_seconds: reader.whole("offlineExpirySeconds", 0, MAX_OFFLINE_FOB),
        expected_return: reader.text("expectedReturn", |text| {
            Date::parse(text).ok_or_else(|| Wrong::from("must be a date like 2026-12-31"))
        }),
    }
}

const NOT_AFTER: &str = "must be later than startsLocal";

fn local_time(text: &str) -> Result<LocalTime, Wrong> {
    text.parse().map_err(|_| {
        "must be a time on the locks' wall clock like 2026-12-31T23:59:59, without Z or offset".into()
    })
}

fn profiles(reader: &mut Reader) -> Patch<BTreeSet<TimeLimitTitleId>> {
    match reader.texts("timeProfileIds", MAX_PROFILES, id) {
        Patch::Absent => Patch::Absent,
        Patch::Value(ids) if !ids.is_empty() => Patch::Value(ids.into_iter().collect()),
        Patch::Null | Patch::Value(_) => Patch::Null,
    }
}

/// Whether a key that works from `starts` up to `ends` works at all, once a change is laid over what was.
///
/// # Errors
/// 422 `invalid-time-limit` that points at `endsLocal`.
pub fn check_period(starts: Option<LocalTime>, ends: Option<LocalTime>) -> Result<(), Problem> {
    match starts.zip(ends) {
        Some((starts, ends)) if starts >= ends => {
            Err(Problem::of(Code::InvalidTimeLimit).with_error("/endsLocal", NOT_AFTER))
        }
        _ => Ok(()),
    }
}

/// The limits of a key. Every member is there, so that what `GET` answers can be put again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Limits"))]
#[serde(rename_all = "camelCase")]
pub struct LimitsView {
    /// From when the key works, on the locks' wall clock.
    #[serde(rename = "startsLocal", serialize_with = "write_local")]
    pub starts: Option<LocalTime>,
    /// Up to when the key works, on the locks' wall clock.
    #[serde(rename = "endsLocal", serialize_with = "write_local")]
    pub ends: Option<LocalTime>,
    /// The time profiles that the API user sees.
    pub time_profile_ids: BTreeSet<TimeLimitTitleId>,
    /// Seconds that the key works without having been on line; `null` if it has no such end.
    pub offline_expiry_seconds: Option<u32>,
    /// When the key should come back: shown, not enforced.
    pub expected_return: Option<Date>,
}

#[expect(clippy::ref_option, reason = "serde hands over the field by reference")]
fn write_local<S: Serializer>(time: &Option<LocalTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_none(),
    }
}

/// The answer of `PUT …/keys/{key}/limits`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LimitsAnswer {
    /// The limits as they are now.
    pub limits: LimitsView,
    /// What was done with the key.
    pub item: KeyItem,
    /// What a person should know of limits that were taken: a time that the clock shows twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

impl LimitsAnswer {
    /// The HTTP status: 200, or 207 if the item failed.
    #[must_use]
    pub fn status(&self) -> u16 {
        ItemsAnswer::status_of(std::slice::from_ref(&self.item))
    }
}
