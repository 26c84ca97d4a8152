//! Time limits on a key.

use chrono::{NaiveDateTime, Timelike};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::Call,
    clock,
    http::{Answer, Outcome, Refusal},
    keys::{KeyRow, S50, in_use, visible},
    operation::{Operation, Rights},
    shape::{Record, shape},
    world::{TitleRow, guid, number, objects, text},
};

const READ: Rights = Rights::Any(1_114_112_000);
const WRITE: Rights = Rights::All(33_554_432);

/// Key slots and profiles move in steps of 15 minutes.
const STEP_MS: i64 = 900_000;
const DAY_MS: i64 = 86_400_000;

/// `TimeLimitTitle.OptionMask`: rows and dates may be adapted per key.
pub(crate) const EDITABLE: i64 = 8;

const START: i64 = 0;
const END: i64 = 1;
const PROFILE: i64 = 2;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("Keys_GetTimeLimits", "GET", "Keys/{}/TimeLimitTitles", READ, list).query(&["mode"]),
    Operation::new("Keys_GetTimeLimit", "GET", "Keys/{}/TimeLimitTitles/{}", WRITE, one),
    Operation::new(
        "Keys_CanAddTimeLimitTitleObsolete",
        "GET",
        "Keys/{}/TimeLimitTitles/CanAdd",
        WRITE,
        can_add,
    )
    .body("TimeLimitSlot"),
    Operation::new("Keys_CanAddTimeLimitTitle", "POST", "Keys/{}/TimeLimitTitles/CanAdd", WRITE, can_add)
        .body("TimeLimitSlot")
        .reads(),
    Operation::new("Keys_InsertTimeLimitTitle", "POST", "Keys/{}/TimeLimitTitles", WRITE, add)
        .body("TimeLimitSlot"),
    Operation::new("Keys_UpdateTimeLimit", "PUT", "Keys/{}/TimeLimitTitles/{}", WRITE, update)
        .body("TimeLimitSlot"),
    Operation::new("Keys_DeleteTimeLimit", "DELETE", "Keys/{}/TimeLimitTitles/{}", WRITE, delete),
];

/// Whether the user sees what the slot holds.
pub(crate) fn sees_slot(call: &Call<'_>, slot: &Record) -> bool {
    let title = guid(slot, "TimeLimitTitle_ID").and_then(|id| call.system.titles.get(id));
    title.is_none_or(|title| call.viewer.sees_record(&title.record))
}

fn render(slot: &Record) -> Value {
    let rows = objects(slot, "TimeLimitData").into_iter().map(|mut row| {
        for (text, ms) in [("StartTime", "StartTimeMS"), ("EndTime", "EndTimeMS")] {
            row.insert(text.to_owned(), Value::from(clock::clock_text(number(&row, ms))));
        }
        Value::Object(row)
    });
    let rows: Vec<_> = rows.collect();
    let mut slot = slot.clone();
    if guid(&slot, "TimeLimitTitle_ID").is_some() {
        slot.insert("TimeLimitData".to_owned(), Value::Array(rows));
    }
    json!(shape("KeyTimeLimitSlot").render(&slot))
}

/// Mode 1 is the plan, mode 2 what was programmed last.
fn list(call: &mut Call<'_>) -> Outcome {
    let mode = call.choice("mode", &[1, 2])?;
    let row = visible(call, call.id(0)?)?;
    let plan = if mode == 1 { row.plan.clone() } else { row.programmed.clone().unwrap_or_default() };
    let (seen, hidden): (Vec<_>, Vec<_>) = plan.slots.iter().partition(|slot| sees_slot(call, slot));
    Answer::of(&json!({
        "KeyTimeLimitSlots": seen.into_iter().map(render).collect::<Vec<_>>(),
        "KeyScheduler": plan.scheduler.as_ref().map(|scheduler| shape("KeyScheduler").render(scheduler)),
        "OfflineExpirationSeconds": plan.offline_seconds,
        "OutsideUserZoneTimeLimitTitleSlots": hidden.iter().map(|slot| number(slot, "SlotNo")).collect::<Vec<_>>(),
    }))
}

/// The place of the slot that holds a title.
fn place_of(call: &Call<'_>, key: Uuid, title: Uuid) -> Result<usize, Refusal> {
    let row = in_use(call, key)?;
    let place = row.plan.slots.iter().position(|slot| guid(slot, "TimeLimitTitle_ID") == Some(title));
    let place = place.filter(|place| row.plan.slots.get(*place).is_some_and(|slot| sees_slot(call, slot)));
    place.ok_or_else(|| Refusal::not_found("Time limit", title))
}

fn one(call: &mut Call<'_>) -> Outcome {
    let key = call.id(0)?;
    let place = place_of(call, key, call.id(1)?)?;
    Answer::of(&in_use(call, key)?.plan.slots.get(place).map(render))
}

fn can_add(call: &mut Call<'_>) -> Outcome {
    let row = in_use(call, call.id(0)?)?;
    Answer::of(&check_one(call, row, &call.object("TimeLimitSlot")?, &row.plan.slots))
}

fn add(call: &mut Call<'_>) -> Outcome {
    let key = call.id(0)?;
    let slot = call.object("TimeLimitSlot")?;
    let row = in_use(call, key)?;
    refuse(check_one(call, row, &slot, &row.plan.slots))?;
    if let Some(row) = call.system.keys.get_mut(key) {
        row.plan.slots.push(slot);
        row.replan();
    }
    Ok(Answer::Void)
}

fn update(call: &mut Call<'_>) -> Outcome {
    let (key, title) = (call.id(0)?, call.id(1)?);
    let place = place_of(call, key, title)?;
    let slot = call.object("TimeLimitSlot")?;
    if guid(&slot, "TimeLimitTitle_ID") != Some(title) {
        return Err(Refusal::invalid("TimeLimitSlot.TimeLimitTitle_ID", text(&slot, "TimeLimitTitle_ID")));
    }
    let row = in_use(call, key)?;
    let mut others = row.plan.slots.clone();
    others.remove(place);
    refuse(check_one(call, row, &slot, &others))?;
    if let Some(row) = call.system.keys.get_mut(key) {
        others.push(slot);
        row.plan.slots = others;
        row.replan();
    }
    Ok(Answer::Void)
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let key = call.id(0)?;
    let place = place_of(call, key, call.id(1)?)?;
    if call.system.block_list.holds(key) {
        return Err(Refusal::validation("The key is on the block list and can not be changed."));
    }
    if let Some(row) = call.system.keys.get_mut(key) {
        row.plan.slots.remove(place);
        row.replan();
    }
    Ok(Answer::Void)
}

fn refuse(code: i64) -> Result<(), Refusal> {
    if code == 0 {
        return Ok(());
    }
    Err(Refusal::validation(format!("The time limit can not be added: CanAdd answers {code}.")))
}

/// CanAdd for one profile beside `others`. Start and end dates go by the bulk call only: 14.
fn check_one(call: &Call<'_>, row: &KeyRow, slot: &Record, others: &[Record]) -> i64 {
    let id = guid(&row.record, "FNKey_ID").unwrap_or_default();
    let found = check_slot(call, row, slot);
    let places = others.iter().chain([slot]).map(memory).sum::<usize>();
    let taken =
        others.iter().any(|other| guid(other, "TimeLimitTitle_ID") == guid(slot, "TimeLimitTitle_ID"));
    let codes = [
        (matches!(found, 7..=11), found),
        (places > call.system.limits.key_memory, 12),
        (found == 13, 13),
        (found != 0 || taken || number(slot, "SlotNo") != PROFILE, 14),
        (call.system.block_list.holds(id), 15),
        (number(&row.record, "ProgrammingState") == -1, 16),
    ];
    codes.into_iter().find(|(hit, _)| *hit).map_or(0, |(_, code)| code)
}

/// All slots of an insert or of the bulk call. The count of places is left to CanOrder (11).
pub(crate) fn check_plan(
    call: &Call<'_>,
    row: &KeyRow,
    slots: &[Record],
    scheduler: Option<&Record>,
) -> Result<(), Refusal> {
    let date = |number_wanted| slots.iter().find(|slot| number(slot, "SlotNo") == number_wanted);
    if scheduler.is_some_and(|scheduler| number(scheduler, "RenewGapType") != 0) {
        if date(END).is_none() {
            return refuse(6);
        }
        let minute = scheduler.map_or(0, |scheduler| number(scheduler, "RenewMinute"));
        if minute < 70 {
            return Err(Refusal::invalid("KeyScheduler.RenewMinute", minute));
        }
    }
    for (place, slot) in slots.iter().enumerate() {
        refuse(check_slot(call, row, slot))?;
        let same = |other: &Record| {
            let number_of = number(slot, "SlotNo");
            number(other, "SlotNo") == number_of
                && (number_of != PROFILE
                    || guid(other, "TimeLimitTitle_ID") == guid(slot, "TimeLimitTitle_ID"))
        };
        if slots.iter().skip(place + 1).any(same) {
            return refuse(14);
        }
    }
    let (start, end) = (date(START).and_then(limit_date), date(END).and_then(limit_date));
    if start.is_some() && end.is_some() && start >= end {
        return refuse(13);
    }
    Ok(())
}

/// What is wrong with a slot by itself: codes 7, 8, 9, 10, 11, 13, 14 of CanAdd.
fn check_slot(call: &Call<'_>, row: &KeyRow, slot: &Record) -> i64 {
    let rows = objects(slot, "TimeLimitData");
    let times = rows.iter().flat_map(|row| [number(row, "StartTimeMS"), number(row, "EndTimeMS")]);
    let dates = [local(slot, "TimeLimitTitleStartDateLg"), local(slot, "TimeLimitTitleEndDateLg")];
    let on_step = times.into_iter().all(|ms| ms % STEP_MS == 0)
        && dates.iter().flatten().all(|date| date.minute() % 15 == 0 && date.second() == 0);
    if !on_step {
        return 7;
    }
    let title = guid(slot, "TimeLimitTitle_ID");
    match number(slot, "SlotNo") {
        START | END => {
            if title.is_some() || !rows.is_empty() {
                return if row.kind() & S50 != 0 { 8 } else { 14 };
            }
            if limit_date(slot).is_none() { 14 } else { 0 }
        }
        PROFILE => match title {
            None => 9,
            Some(title) => match call.system.titles.get(title).filter(|_| sees_slot(call, slot)) {
                None => 14,
                Some(title) => check_profile(title, slot, &rows, dates),
            },
        },
        _ => 14,
    }
}

fn check_profile(title: &TitleRow, slot: &Record, rows: &[Record], dates: [Option<NaiveDateTime>; 2]) -> i64 {
    if number(&title.record, "OptionMask") & EDITABLE != 0 {
        if rows.is_empty() {
            return 10;
        }
    } else if !same_as_title(title, slot, rows) {
        return 11;
    }
    let backwards = rows.iter().any(|row| number(row, "StartTimeMS") >= number(row, "EndTimeMS"));
    if backwards || matches!(dates, [Some(start), Some(end)] if start >= end) {
        return 13;
    }
    let in_range = |row: &Record| {
        number(row, "StartTimeMS") >= 0
            && number(row, "EndTimeMS") <= DAY_MS
            && (1..=127).contains(&number(row, "WeekDayMask"))
    };
    if rows.len() > 10 || !rows.iter().all(in_range) || limit_date(slot).is_some() { 14 } else { 0 }
}

fn same_as_title(title: &TitleRow, slot: &Record, rows: &[Record]) -> bool {
    let mut wanted: Vec<_> = title.rows.iter().map(title_row).collect();
    let key_row =
        |row: &Record| (number(row, "WeekDayMask"), number(row, "StartTimeMS"), number(row, "EndTimeMS"));
    let mut given: Vec<_> = rows.iter().map(key_row).collect();
    wanted.sort_unstable();
    given.sort_unstable();
    wanted == given
        && local(slot, "TimeLimitTitleStartDateLg") == local(&title.record, "StartDateLg")
        && local(slot, "TimeLimitTitleEndDateLg") == local(&title.record, "EndDateLg")
}

/// A weekly row of a title, its clock texts as milliseconds.
fn title_row(row: &Record) -> (i64, i64, i64) {
    let ms = |name| clock::clock_ms(text(row, name)).unwrap_or(-1);
    (number(row, "WeekDayMask"), ms("StartTime"), ms("EndTime"))
}

fn local(record: &Record, name: &str) -> Option<NaiveDateTime> {
    clock::parse_plain(text(record, name))
}

fn limit_date(slot: &Record) -> Option<NaiveDateTime> {
    local(slot, "LimitDateLg")
}

/// Places that a slot takes: a date 1; a profile 1 for each of its dates and rows.
pub(crate) fn memory(slot: &Record) -> usize {
    if number(slot, "SlotNo") != PROFILE {
        return 1;
    }
    let dates = [local(slot, "TimeLimitTitleStartDateLg"), local(slot, "TimeLimitTitleEndDateLg")];
    dates.iter().flatten().count() + objects(slot, "TimeLimitData").len()
}
