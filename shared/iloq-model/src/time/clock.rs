//! Times of day: text in time profiles, milliseconds on keys.

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
    let ms = match text.strip_prefix("PT") {
        Some(rest) => iso_ms(rest),
        None if text == "P1D" => Some(DAY_MS),
        None => colon_ms(text),
    };
    ms.filter(|ms| *ms <= DAY_MS).ok_or(InvalidClock)
}

/// `HH:mm:ss`, with milliseconds if there are any: how .NET writes a time of day. The end of the day is `1.00:00:00`.
#[must_use]
pub fn clock_text(ms: u32) -> String {
    if ms == DAY_MS {
        return "1.00:00:00".to_owned();
    }
    let (seconds, rest) = (ms / 1000, ms % 1000);
    let text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { text } else { format!("{text}.{rest:03}") }
}

fn colon_ms(text: &str) -> Option<u32> {
    let (days, text) = match text.split_once('.') {
        Some((days, rest)) if rest.contains(':') => (number(days, 2)?, rest),
        _ => (0, text),
    };
    let mut parts = text.split(':');
    let (hours, minutes) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let seconds = parts.next().map_or(Some(0), seconds_ms)?;
    if parts.next().is_some() || minutes > 59 || seconds >= 60_000 || hours > 24 {
        return None;
    }
    Some(days * DAY_MS + (hours * 60 + minutes) * 60_000 + seconds)
}

fn iso_ms(mut rest: &str) -> Option<u32> {
    let (mut total, mut any) = (0u32, false);
    for (unit, ms) in [('H', 3_600_000), ('M', 60_000)] {
        if let Some((value, after)) = rest.split_once(unit) {
            total = total.checked_add(number(value, 5)?.checked_mul(ms)?)?;
            (rest, any) = (after, true);
        }
    }
    if let Some(seconds) = rest.strip_suffix('S') {
        total = total.checked_add(seconds_ms(seconds)?)?;
        (rest, any) = ("", true);
    }
    (any && rest.is_empty()).then_some(total)
}

/// Seconds with an optional fraction, in milliseconds.
fn seconds_ms(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let ms = fraction.bytes().chain(*b"00").take(3).fold(0, |ms, digit| ms * 10 + u32::from(digit - b'0'));
    number(whole, 5)?.checked_mul(1000)?.checked_add(ms)
}

fn number(digits: &str, most: usize) -> Option<u32> {
    let fine = (1..=most).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fine { digits.parse().ok() } else { None }
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
