//! The simulator's wall clock: real, or turned by hand.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// A wall clock that runs with the machine's, or stands where it was put.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock {
    /// The machine's clock plus an offset.
    Running(TimeDelta),
    /// A clock that only moves when it is told to.
    Standing(DateTime<Utc>),
}

impl Clock {
    /// The time it shows.
    pub(crate) fn now(self) -> DateTime<Utc> {
        match self {
            Self::Running(offset) => machine_now() + offset,
            Self::Standing(at) => at,
        }
    }

    /// Moves the clock by `by`, also backwards.
    pub(crate) fn advance(&mut self, by: TimeDelta) {
        match self {
            Self::Running(offset) => *offset += by,
            Self::Standing(at) => *at += by,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the simulator reads the machine's clock")]
fn machine_now() -> DateTime<Utc> {
    Utc::now()
}

/// A UTC time as iLOQ writes it: three fraction digits and `Z`.
pub(crate) fn utc_text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A UTC time as a request gives it: with `Z`, with an offset, or with neither (then it is UTC).
pub(crate) fn parse_utc(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    parse_plain(text).map(|at| at.and_utc())
}

/// A time without zone: `yyyy-MM-ddTHH:mm:ss` with up to seven fraction digits.
pub(crate) fn parse_plain(text: &str) -> Option<chrono::NaiveDateTime> {
    if text.len() < 19 || text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()
}

/// A clock text of a time profile (`8:00`, `08:00:00` or `PT8H30M`) as milliseconds from midnight.
pub(crate) fn clock_ms(text: &str) -> Option<i64> {
    let (hours, minutes, seconds) = match text.strip_prefix("PT") {
        Some(rest) => iso_parts(rest)?,
        None => {
            let mut parts = text.split(':').map(|part| part.parse::<i64>().ok());
            let (hours, minutes) = (parts.next()??, parts.next()??);
            let seconds = parts.next().unwrap_or(Some(0))?;
            if parts.next().is_some() {
                return None;
            }
            (hours, minutes, seconds)
        }
    };
    let whole = (0..=24).contains(&hours) && (0..60).contains(&minutes) && (0..60).contains(&seconds);
    let ms = ((hours * 60 + minutes) * 60 + seconds) * 1000;
    (whole && ms <= 86_400_000).then_some(ms)
}

fn iso_parts(mut rest: &str) -> Option<(i64, i64, i64)> {
    let mut found = (0, 0, 0);
    if rest.is_empty() {
        return None;
    }
    for (unit, place) in [('H', &mut found.0), ('M', &mut found.1), ('S', &mut found.2)] {
        if let Some((number, after)) = rest.split_once(unit) {
            *place = number.parse().ok()?;
            rest = after;
        }
    }
    rest.is_empty().then_some(found)
}

/// Milliseconds from midnight as `HH:mm:ss`.
pub(crate) fn clock_text(ms: i64) -> String {
    let seconds = ms / 1000;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_texts_are_read_in_three_spellings() {
        for text in ["8:30", "08:30", "08:30:00", "PT8H30M"] {
            assert_eq!(clock_ms(text), Some(30_600_000), "{text}");
        }
        assert_eq!(clock_text(30_600_000), "08:30:00");
        for text in ["", "8", "25:00", "8:61", "PT", "PT8", "8:00:00:00", "24:00:01"] {
            assert_eq!(clock_ms(text), None, "{text}");
        }
    }

    #[test]
    fn utc_times_are_read_with_and_without_z_and_fractions() {
        let wanted = parse_utc("2026-01-02T03:04:05Z");
        assert!(wanted.is_some());
        assert_eq!(parse_utc("2026-01-02T03:04:05"), wanted);
        assert_eq!(parse_utc("2026-01-02T05:04:05+02:00"), wanted);
        assert!(parse_utc("2026-01-02T03:04:05.6653347Z").is_some());
        assert_eq!(parse_utc("2026-01-02"), None);
        assert_eq!(parse_utc("02.01.2026 03:04"), None);
    }
}
