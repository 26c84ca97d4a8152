//! The audit trail.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::Call,
    clock::{parse_utc, utc_text},
    http::{Answer, Outcome, Refusal},
    operation::{Operation, Rights},
    shape::Record,
    trail::{By, LogRow, Span},
    world::{System, guids, number, text},
};

const READ: Rights = Rights::All(549_755_813_888);
/// Rows in an answer of `POST LockLogs`.
const MOST_ROWS: usize = 2000;

/// `TypeMask` bits: refused, went well, by a 5 Series key, the time is not from a clock.
pub(crate) const REFUSED: i64 = 1;
pub(crate) const OPENED: i64 = 4;
pub(crate) const BY_5_SERIES: i64 = 2048;
const NO_CLOCK: i64 = 65_536;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("LockLogs_GetLockLogs", "POST", "LockLogs", READ, with_names).body("GetLockLogs").reads(),
    Operation::new(
        "LockLogs_GetLockLogDataByGoingDates",
        "POST",
        "LockLogs/GetLockLogDataByGoingDates",
        READ,
        |call| plain(call, By::Passage),
    )
    .body("GetLockLogData")
    .reads(),
    Operation::new(
        "LockLogs_GetLockLogDataByTimestamp",
        "POST",
        "LockLogs/GetLockLogDataByTimestamp",
        READ,
        |call| plain(call, By::Arrival),
    )
    .body("GetLockLogData")
    .reads(),
];

/// A time span of a body: from (inclusive) and to (exclusive).
fn span(body: &Record, from: &str, to: &str) -> Span {
    Span { from: parse_utc(text(body, from)), to: parse_utc(text(body, to)) }
}

/// The rows within `span` that have arrived, that `wanted` takes, and of which the user sees both the lock and the
/// key. iLOQ does not say in which order they come: by id is none that means anything.
fn rows(call: &mut Call<'_>, by: By, span: Span, wanted: impl Fn(&LogRow) -> bool) -> Vec<LogRow> {
    let now = call.now;
    let found = call.system.logs.within(by, span).filter(|row| row.arrives_at <= now && wanted(row));
    let mut found: Vec<LogRow> = found.cloned().collect();
    found.retain(|row| sees(call, row));
    found.sort_by_key(|row| (row.id, row.arrives_at));
    found
}

/// Whether the user sees both the lock and the key of a row.
fn sees(call: &Call<'_>, row: &LogRow) -> bool {
    let lock = call.system.locks.get(row.lock).is_none_or(|lock| call.viewer.sees_record(&lock.record));
    let key = row.key.and_then(|key| call.system.keys.get(key));
    lock && key.is_none_or(|key| call.viewer.sees(&key.zones))
}

fn with_names(call: &mut Call<'_>) -> Outcome {
    let keys: BTreeSet<Uuid> = guids(&call.body, "FNKeyIds").into_iter().collect();
    let locks: BTreeSet<Uuid> = guids(&call.body, "FLockIds").into_iter().collect();
    if keys.is_empty() && locks.is_empty() {
        return Err(Refusal::validation("One of FNKeyIds and FLockIds is required."));
    }
    let span = span(&call.body, "GoingStartDateUtc", "GoingEndDateUtc");
    let mask = number(&call.body, "TypeMask");
    let wanted = |row: &LogRow| {
        (keys.is_empty() || row.key.is_some_and(|key| keys.contains(&key)))
            && (locks.is_empty() || locks.contains(&row.lock))
            && (mask == 0 || row.kind & mask != 0)
    };
    let mut rows = rows(call, By::Passage, span, wanted);
    let total = rows.len();
    rows.truncate(MOST_ROWS);
    let rows: Vec<_> = rows.iter().map(|row| named(call.system, row)).collect();
    Answer::of(&json!({ "LockLogs": rows, "TotalCount": total }))
}

fn named(system: &System, row: &LogRow) -> Value {
    let lock = system.locks.get(row.lock).map(|lock| {
        json!({
            "FlockId": row.lock.to_string(),
            "LocationCode": lock.record.get("LocationCode"),
            "LockingObject": lock.record.get("LockingObject"),
            "KeyChamber": lock.record.get("KeyChamber"),
            "LockType": lock.record.get("LockType"),
            "GoingCounter": row.counter,
        })
    });
    let key = row.key.and_then(|id| Some((id, system.keys.get(id)?)));
    let key = key.map(|(id, key)| {
        json!({
            "FNKeyId": id.to_string(),
            "KeyId": key.number,
            "KeyTypeMask": key.kind(),
            "Stamp": key.record.get("Stamp"),
            "Description": key.record.get("Description"),
            "PersonName": row.person_name.as_deref(),
            "CustomValueData": custom_values(system, id),
            "GoingCounter": row.counter,
            "OptionMask": i32::from(row.went_at.is_none()),
        })
    });
    json!({
        "DeviceLog_ID": row.id.to_string(),
        "GoingDateUtc": row.went_at.map(utc_text),
        "TypeMask": row.kind | no_clock(row),
        "ErrCode": row.error,
        "ErrorDescription": (row.error != 0).then_some("Access denied"),
        "ProgrammingInfo": null,
        "FLock": lock,
        "FNKey": key,
        "LocationData": null,
        "LocationInfoMask": 0,
        "LockStateConfirmation": null,
    })
}

fn no_clock(row: &LogRow) -> i64 {
    if row.went_at.is_none() { NO_CLOCK } else { 0 }
}

/// The values of the key's tags that are to show up in the audit trail.
fn custom_values(system: &System, key: Uuid) -> Option<String> {
    let tags = system.key_tags.iter().map(|(_, tag)| tag);
    let tags = tags.filter(|tag| crate::world::guid(tag, "FNKey_ID") == Some(key));
    let shown = tags.filter(|tag| tag.get("SaveToKeyAuditTrail").and_then(Value::as_bool) == Some(true));
    let values: Vec<_> = shown.map(|tag| text(tag, "Value").to_owned()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// Answer of the two calls without names.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Plain<'a> {
    start_date_utc: Option<&'a Value>,
    end_date_utc: Option<&'a Value>,
    lock_logs: Vec<LockLogData<'a>>,
}

/// `LockLogData`, written straight: an answer may have tens of thousands.
#[derive(Serialize)]
struct LockLogData<'a> {
    #[serde(rename = "AccessTypeMask")]
    kind: i64,
    #[serde(rename = "DeviceLog_ID")]
    id: Uuid,
    #[serde(rename = "ErrorCode")]
    error: i64,
    #[serde(rename = "ErrorDescription")]
    error_description: Option<&'static str>,
    #[serde(rename = "FLock_ID")]
    lock: Uuid,
    #[serde(rename = "FLockLogFNKey_ID")]
    deprecated_id: Uuid,
    #[serde(rename = "FNKey_ID")]
    key: Option<Uuid>,
    #[serde(rename = "GoingCounter")]
    counter: i64,
    #[serde(rename = "GoingDate")]
    went_at: Option<String>,
    #[serde(rename = "KeyId")]
    key_number: i64,
    #[serde(rename = "LocationCode")]
    location_code: Option<&'a Value>,
    #[serde(rename = "LockGroup_ID")]
    group: Option<&'a Value>,
    #[serde(rename = "LockingObject")]
    locking_object: Option<&'a Value>,
    #[serde(rename = "ReadingDate")]
    read_at: String,
    #[serde(rename = "TimestampUtc")]
    arrived_at: String,
}

fn plain(call: &mut Call<'_>, by: By) -> Outcome {
    let span = span(&call.body, "StartDateUtc", "EndDateUtc");
    let rows = rows(call, by, span, |_| true);
    Answer::of(&Plain {
        start_date_utc: call.body.get("StartDateUtc"),
        end_date_utc: call.body.get("EndDateUtc"),
        lock_logs: rows.iter().map(|row| nameless(call.system, row)).collect(),
    })
}

fn nameless<'a>(system: &'a System, row: &LogRow) -> LockLogData<'a> {
    let lock = system.locks.get(row.lock).map(|lock| &lock.record);
    LockLogData {
        kind: row.kind | no_clock(row),
        id: row.id,
        error: row.error,
        error_description: (row.error != 0).then_some("Access denied"),
        lock: row.lock,
        deprecated_id: row.id,
        key: row.key,
        counter: row.counter,
        went_at: row.went_at.map(utc_text),
        key_number: row.key.and_then(|key| system.keys.get(key)).map_or(0, |key| key.number),
        location_code: lock.and_then(|lock| lock.get("LocationCode")),
        group: system.group.get("LockGroup_ID"),
        locking_object: lock.and_then(|lock| lock.get("LockingObject")),
        read_at: utc_text(row.arrives_at),
        arrived_at: utc_text(row.arrives_at),
    }
}
