//! From a time profile to its slot on a key.

use iloq_model::{
    DateText, KeyTimeLimitData, KeyTimeLimitSlot, SlotNo, TimeLimitData, TimeLimitTitle, time::clock_ms,
};
use portal_api::{Code, Problem};

/// Limits move in steps of a quarter of an hour (`CanAddTimeLimit` 7).
const STEP_MS: u32 = 900_000;

/// The slot of a profile: its dates and rows exactly, since iLOQ takes a fixed profile in no other form.
///
/// # Errors
/// `invalid-time-limit` if its times are not on the quarter of an hour, or it ends before it starts.
pub fn slot(title: &TimeLimitTitle, rows: &[TimeLimitData]) -> Result<KeyTimeLimitSlot, Problem> {
    let wrong = |what: &str| {
        let name = title.name.as_deref().unwrap_or_default();
        let detail = format!("the time profile {name} ({}) {what}: correct it in iLOQ Manager", title.id);
        Problem::of(Code::InvalidTimeLimit).with_error("/timeProfileIds", detail)
    };
    let mut written = Vec::with_capacity(rows.len());
    for row in rows {
        let time = |text: &Option<String>| clock_ms(text.as_deref().unwrap_or_default());
        let (Ok(start), Ok(end)) = (time(&row.start), time(&row.end)) else {
            return Err(wrong("has a row without a legible time"));
        };
        if start % STEP_MS != 0 || end % STEP_MS != 0 {
            return Err(wrong("has a time that is not on the quarter of an hour"));
        }
        if start >= end {
            return Err(wrong("has a row whose start is not before its end"));
        }
        written.push(KeyTimeLimitData::new(row.days.unwrap_or_default(), start, end));
    }
    let date = |text: &Option<DateText>| text.clone().filter(|text| !text.as_str().is_empty());
    let (start, end) = (date(&title.start_lg), date(&title.end_lg));
    for date in [&start, &end].into_iter().flatten() {
        let on_step =
            date.local().is_ok_and(|date| date.and_utc().timestamp() % i64::from(STEP_MS / 1000) == 0);
        if !on_step {
            return Err(wrong("has a date that is not on the quarter of an hour"));
        }
    }
    if let (Some(Ok(start)), Some(Ok(end))) =
        (start.as_ref().map(DateText::local), end.as_ref().map(DateText::local))
        && start >= end
    {
        return Err(wrong("starts when it has ended"));
    }
    Ok(KeyTimeLimitSlot {
        title_id: Some(title.id),
        title_start_lg: start,
        title_end_lg: end,
        rows: Some(written),
        ..KeyTimeLimitSlot::new(SlotNo::Profile)
    })
}
