//! Reads `yyyy-MM-ddTHH:mm:ss` with what may follow.

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use jiff::{civil::Time, fmt::temporal::Pieces};

/// A text that is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time such as 2026-03-01T08:00:00")]
pub struct InvalidTime;

/// A date and time, and its offset if there is one. The seconds or the whole time may be missing.
pub(super) fn date_time(text: &str) -> Result<(NaiveDateTime, Option<FixedOffset>), InvalidTime> {
    parse(text.trim()).ok_or(InvalidTime)
}

fn parse(text: &str) -> Option<(NaiveDateTime, Option<FixedOffset>)> {
    // Not the forms of ISO 8601 without hyphens.
    let pieces = Pieces::parse(text).ok().filter(|_| text.as_bytes().get(4) == Some(&b'-'))?;
    let (date, time) = (pieces.date(), pieces.time().unwrap_or(Time::midnight()));
    let number = |number: i8| u32::from(number.unsigned_abs());
    let date = NaiveDate::from_ymd_opt(date.year().into(), number(date.month()), number(date.day()))?;
    let (hour, minute, second) = (number(time.hour()), number(time.minute()), number(time.second()));
    let nanos = time.subsec_nanosecond().unsigned_abs();
    let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)?;
    let offset = pieces.to_numeric_offset().and_then(|offset| FixedOffset::east_opt(offset.seconds()));
    Some((date.and_time(time), offset))
}
