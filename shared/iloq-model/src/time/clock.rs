//! Times of day: text in time profiles, milliseconds on keys.

use chrono::{NaiveTime, Timelike};
use jiff::{Span, SpanRelativeTo};

/// Milliseconds of a day.
pub const DAY_MS: u32 = 86_400_000;

/// A text that is no time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time of day such as 08:00:00")]
pub struct InvalidClock;

/// Milliseconds from midnight of a time of day, 0 to [`DAY_MS`].
///
/// Understands the spellings that iLOQ's document leaves open: `8:00`, `08:00:00` (with a fraction of zeros
/// or more), .NET's `1.00:00:00` for the end of the day, and ISO durations such as `PT8H30M`.
///
/// # Errors
/// [`InvalidClock`] for anything else, and for times beyond the end of the day.
pub fn clock_ms(text: &str) -> Result<u32, InvalidClock> {
    let ms = if text.starts_with('P') { duration_ms(text) } else { colon_ms(text) };
    ms.filter(|ms| *ms <= DAY_MS).ok_or(InvalidClock)
}

/// `HH:mm:ss`, with milliseconds if there are any: how .NET writes a time of day. The end of the day is `1.00:00:00`.
#[must_use]
pub fn clock_text(ms: u32) -> String {
    NaiveTime::from_num_seconds_from_midnight_opt(ms / 1000, ms % 1000 * 1_000_000)
        .map_or_else(|| "1.00:00:00".to_owned(), |time| time.to_string())
}

fn duration_ms(text: &str) -> Option<u32> {
    let span: Span = text.parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    duration.as_millis().try_into().ok()
}

fn colon_ms(text: &str) -> Option<u32> {
    let (days, text) = match (text.strip_prefix("1."), text.strip_prefix("24:")) {
        (Some(rest), _) => (1, rest.to_owned()),
        (None, Some(rest)) => (1, format!("00:{rest}")),
        (None, None) => (0, text.to_owned()),
    };
    let time =
        ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|form| NaiveTime::parse_from_str(&text, form).ok())?;
    // A leap second has more than 999 milliseconds.
    let ms = Some(time.nanosecond() / 1_000_000).filter(|ms| *ms < 1000)?;
    Some(days * DAY_MS + time.num_seconds_from_midnight() * 1000 + ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_mean_the_same() {
        for text in ["8:00", "08:00", "08:00:00", "08:00:00.0000000", "PT8H", "PT480M", "PT7H60M", "PT28800S"]
        {
            assert_eq!(clock_ms(text), Ok(28_800_000), "{text}");
        }
        assert_eq!(clock_ms("16:30:00"), clock_ms("PT16H30M"));
        assert_eq!(clock_ms("00:00:01.5"), Ok(1500));
    }

    #[test]
    fn the_day_ends_after_24_hours() {
        for text in ["24:00", "24:00:00", "1.00:00:00", "PT24H", "P1D"] {
            assert_eq!(clock_ms(text), Ok(DAY_MS), "{text}");
        }
        assert_eq!(clock_ms(&clock_text(DAY_MS)), Ok(DAY_MS));
        assert_eq!(clock_text(59_400_000), "16:30:00");
        assert_eq!(clock_text(1500), "00:00:01.500");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "8",
            "8:60",
            "08:00:60",
            "25:00",
            "24:01",
            "1.00:00:01",
            "PT",
            "PT8",
            "P8H",
            "8:00:00:00",
            "+8:00",
            "08:00:00.",
        ] {
            assert_eq!(clock_ms(text), Err(InvalidClock), "{text}");
        }
    }
}
