//! The audit trail.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::Call,
    clock::{parse_utc, utc_text},
    http::{Answer, Outcome, Refusal},
    operation::{Operation, Rights},
    shape::{Record, shape},
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
        |call| plain(call, |row| row.went_at),
    )
    .body("GetLockLogData")
    .reads(),
    Operation::new(
        "LockLogs_GetLockLogDataByTimestamp",
        "POST",
        "LockLogs/GetLockLogDataByTimestamp",
        READ,
        |call| plain(call, |row| Some(row.arrives_at)),
    )
    .body("GetLockLogData")
    .reads(),
];

/// A row of the audit trail. It is there from its arrival on.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LogRow {
    pub(crate) id: Uuid,
    pub(crate) lock: Uuid,
    pub(crate) key: Option<Uuid>,
    /// When the door was opened; `None` if the lock did not know.
    #[serde(serialize_with = "optional_time")]
    pub(crate) went_at: Option<DateTime<Utc>>,
    /// When the row reaches the server.
    #[serde(serialize_with = "time")]
    pub(crate) arrives_at: DateTime<Utc>,
    pub(crate) kind: i64,
    pub(crate) error: i64,
    /// The holder when the row was written.
    pub(crate) person: Option<Uuid>,
    pub(crate) person_name: Option<String>,
    pub(crate) counter: i64,
    /// Whether listeners have been told.
    pub(crate) announced: bool,
}

fn time<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&utc_text(*at))
}

fn optional_time<S: Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(utc_text).serialize(serializer)
}

/// A time window of a body: from (inclusive) and to (exclusive).
fn window(body: &Record, from: &str, to: &str) -> impl Fn(Option<DateTime<Utc>>) -> bool + use<> {
    let (from, to) = (parse_utc(text(body, from)), parse_utc(text(body, to)));
    move |at| match at {
        Some(at) => from.is_none_or(|from| at >= from) && to.is_none_or(|to| at < to),
        None => from.is_none() && to.is_none(),
    }
}

/// Whether the user sees both the lock and the key of a row.
fn sees(call: &Call<'_>, row: &LogRow) -> bool {
    let lock = call.system.locks.get(row.lock).is_none_or(|lock| call.viewer.sees_record(&lock.record));
    let key = row.key.and_then(|key| call.system.keys.get(key));
    lock && key.is_none_or(|key| call.viewer.sees(&key.zones))
}

fn arrived<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a LogRow> {
    call.system.logs.iter().filter(|row| row.arrives_at <= call.now && sees(call, row))
}

fn with_names(call: &mut Call<'_>) -> Outcome {
    let keys: BTreeSet<Uuid> = guids(&call.body, "FNKeyIds").into_iter().collect();
    let locks: BTreeSet<Uuid> = guids(&call.body, "FLockIds").into_iter().collect();
    if keys.is_empty() && locks.is_empty() {
        return Err(Refusal::validation("One of FNKeyIds and FLockIds is required."));
    }
    let inside = window(&call.body, "GoingStartDateUtc", "GoingEndDateUtc");
    let mask = number(&call.body, "TypeMask");
    let wanted = |row: &&LogRow| {
        (keys.is_empty() || row.key.is_some_and(|key| keys.contains(&key)))
            && (locks.is_empty() || locks.contains(&row.lock))
            && (mask == 0 || row.kind & mask != 0)
            && inside(row.went_at)
    };
    let mut rows: Vec<_> = arrived(call).filter(wanted).collect();
    rows.sort_by_key(|row| (row.went_at, row.id));
    let total = rows.len();
    rows.truncate(MOST_ROWS);
    let rows: Vec<_> = rows.into_iter().map(|row| named(call.system, row)).collect();
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
            "PersonName": row.person_name,
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

fn plain(call: &mut Call<'_>, at: fn(&LogRow) -> Option<DateTime<Utc>>) -> Outcome {
    let inside = window(&call.body, "StartDateUtc", "EndDateUtc");
    let mut rows: Vec<_> = arrived(call).filter(|row| inside(at(row))).collect();
    rows.sort_by_key(|row| (at(row), row.id));
    let group = call.system.group.get("LockGroup_ID").cloned().unwrap_or_default();
    let rows: Vec<_> = rows.into_iter().map(|row| nameless(call.system, row, &group)).collect();
    Answer::of(&json!({
        "StartDateUtc": call.body.get("StartDateUtc"),
        "EndDateUtc": call.body.get("EndDateUtc"),
        "LockLogs": rows,
    }))
}

fn nameless(system: &System, row: &LogRow, group: &Value) -> Value {
    let lock = system.locks.get(row.lock).map(|lock| &lock.record);
    let record = json!({
        "DeviceLog_ID": row.id.to_string(),
        "FLockLogFNKey_ID": row.id.to_string(),
        "FLock_ID": row.lock.to_string(),
        "FNKey_ID": row.key.map(|key| key.to_string()),
        "KeyId": row.key.and_then(|key| system.keys.get(key)).map_or(0, |key| key.number),
        "LockGroup_ID": group,
        "LocationCode": lock.and_then(|lock| lock.get("LocationCode")),
        "LockingObject": lock.and_then(|lock| lock.get("LockingObject")),
        "GoingDate": row.went_at.map(utc_text),
        "ReadingDate": utc_text(row.arrives_at),
        "TimestampUtc": utc_text(row.arrives_at),
        "GoingCounter": row.counter,
        "AccessTypeMask": row.kind | no_clock(row),
        "ErrorCode": row.error,
        "ErrorDescription": (row.error != 0).then_some("Access denied"),
    });
    json!(shape("LockLogData").render(record.as_object().unwrap_or(&Record::new())))
}
