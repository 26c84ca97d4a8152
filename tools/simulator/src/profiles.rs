//! Definitions of time profiles (`TimeLimitTitles`).

use serde_json::Value;
use uuid::Uuid;

use crate::{
    call::{Call, Viewer, listing},
    clock,
    http::{Answer, Outcome, Refusal},
    operation::{Operation, Rights},
    shape::{Record, shape},
    world::{TitleRow, guid, number, objects, text},
};

const READ: Rights = Rights::All(512);
const WRITE: Rights = Rights::All(33_554_432);

/// `OptionMask`: fits S50 and 5 Series.
const FITS: i64 = 2;
const MOST_ROWS: usize = 10;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("TimeLimitTitles_GetAll", "GET", "TimeLimitTitles", READ, |call| {
        let sees = |viewer: &Viewer, title: &TitleRow| viewer.sees_record(&title.record);
        listing(
            &mut call.system.titles,
            &call.viewer,
            |_| true,
            sees,
            |title| shape("TimeLimitTitle").render(&title.record),
        )
    }),
    Operation::new("TimeLimitTitles_GetById", "GET", "TimeLimitTitles/{}", READ, |call| {
        let id = call.id(0)?;
        Answer::of(&shape("TimeLimitTitle").render(&visible(call, id)?.record))
    }),
    Operation::new(
        "TimeLimitData_GetByTimeLimitTitleId",
        "GET",
        "TimeLimitTitles/{}/TimeLimitData",
        READ,
        |call| {
            let id = call.id(0)?;
            let rows = visible(call, id)?.rows.iter();
            Answer::of(&rows.map(|row| shape("TimeLimitData").render(row)).collect::<Vec<_>>())
        },
    ),
    Operation::new("TimeLimitTitles_Insert", "POST", "TimeLimitTitles", WRITE, |call| put(call, true))
        .body("TimeLimitTitles"),
    Operation::new("TimeLimitTitles_Update", "PUT", "TimeLimitTitles", WRITE, |call| put(call, false))
        .body("TimeLimitTitles"),
    Operation::new("TimeLimitTitles_CanDelete", "GET", "TimeLimitTitles/{}/CanDelete", WRITE, |call| {
        Answer::of(&can_delete(call, call.id(0)?)?)
    }),
    Operation::new("TimeLimitTitles_Delete", "DELETE", "TimeLimitTitles/{}", WRITE, delete),
];

fn visible<'a>(call: &'a Call<'_>, id: Uuid) -> Result<&'a TitleRow, Refusal> {
    let found = call.system.titles.get(id).filter(|title| call.viewer.sees_record(&title.record));
    found.ok_or_else(|| Refusal::not_found("Time limit title", id))
}

/// Inserts or replaces a title with all its rows. Keys keep what they have.
fn put(call: &mut Call<'_>, new: bool) -> Outcome {
    let record = call.object("TimeLimitTitle")?;
    let id = guid(&record, "TimeLimitTitle_ID").unwrap_or_default();
    if new && call.system.titles.contains(id) {
        return Err(Refusal::invalid("TimeLimitTitle.TimeLimitTitle_ID", id));
    }
    if !new {
        visible(call, id)?;
    }
    if number(&record, "OptionMask") & FITS == 0 {
        return Err(Refusal::invalid("TimeLimitTitle.OptionMask", number(&record, "OptionMask")));
    }
    call.check_real_estate(&record)?;
    call.check_zone(&record)?;
    let (start, end) = (text(&record, "StartDateLg"), text(&record, "EndDateLg"));
    if !start.is_empty() && !end.is_empty() && start >= end {
        return Err(Refusal::invalid("TimeLimitTitle.EndDateLg", end));
    }
    let rows = objects(&call.body, "TimeLimitData");
    if rows.len() > MOST_ROWS {
        return Err(Refusal::validation("A time limit title has at most 10 rows."));
    }
    let rows = rows.into_iter().map(|row| check_row(row, id)).collect::<Result<Vec<_>, _>>()?;
    call.system.titles.insert(id, TitleRow { record, rows, can_delete: None });
    Ok(Answer::Void)
}

fn check_row(mut row: Record, title: Uuid) -> Result<Record, Refusal> {
    if guid(&row, "TimeLimitTitle_ID") != Some(title) {
        return Err(Refusal::invalid("TimeLimitData.TimeLimitTitle_ID", text(&row, "TimeLimitTitle_ID")));
    }
    if !(1..=127).contains(&number(&row, "WeekDayMask")) {
        return Err(Refusal::invalid("TimeLimitData.WeekDayMask", number(&row, "WeekDayMask")));
    }
    let start = clock::clock_ms(text(&row, "StartTime")).unwrap_or(0);
    let end = clock::clock_ms(text(&row, "EndTime")).unwrap_or(0);
    if start % 900_000 != 0 || end % 900_000 != 0 || start >= end {
        return Err(Refusal::invalid("TimeLimitData.EndTime", text(&row, "EndTime")));
    }
    row.insert("StartTime".to_owned(), Value::from(clock::clock_text(start)));
    row.insert("EndTime".to_owned(), Value::from(clock::clock_text(end)));
    Ok(row)
}

/// CanDelete: 1 = keys use it, 3 = locks use it; 2 and 4 if set.
fn can_delete(call: &Call<'_>, id: Uuid) -> Result<i64, Refusal> {
    let title = visible(call, id)?;
    let on_key = call.system.keys.iter().any(|(_, key)| {
        key.is_listed() && key.plan.slots.iter().any(|slot| guid(slot, "TimeLimitTitle_ID") == Some(id))
    });
    let on_lock = call.system.locks.iter().any(|(_, lock)| lock.plan.titles.contains(&id));
    Ok(match title.can_delete {
        _ if on_key => 1,
        Some(2) => 2,
        _ if on_lock => 3,
        other => other.unwrap_or(0),
    })
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    let code = can_delete(call, id)?;
    if code != 0 {
        return Err(Refusal::validation(format!(
            "The time limit title can not be deleted: CanDelete answers {code}."
        )));
    }
    call.system.titles.remove(id);
    Ok(Answer::Void)
}
