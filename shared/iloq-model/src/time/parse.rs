//! Reads `yyyy-MM-ddTHH:mm:ss` with what may follow. By hand: the general parser costs a guest tens of kilobytes.

use chrono::{FixedOffset, NaiveDate, NaiveDateTime};

/// A text that is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time such as 2026-03-01T08:00:00")]
pub struct InvalidTime;

/// A date and time, and its offset if there is one.
pub(super) fn date_time(text: &str) -> Result<(NaiveDateTime, Option<FixedOffset>), InvalidTime> {
    parse(text.trim().as_bytes()).ok_or(InvalidTime)
}

fn parse(text: &[u8]) -> Option<(NaiveDateTime, Option<FixedOffset>)> {
    let (date, rest) = text.split_at_checked(10)?;
    let date = match date {
        [year @ .., b'-', m1, m2, b'-', d1, d2] => NaiveDate::from_ymd_opt(
            i32::try_from(number(year)?).ok()?,
            number(&[*m1, *m2])?,
            number(&[*d1, *d2])?,
        )?,
        _ => return None,
    };
    if rest.is_empty() {
        return Some((date.and_hms_opt(0, 0, 0)?, None));
    }
    let rest = rest.strip_prefix(b"T").or_else(|| rest.strip_prefix(b" "))?;
    let (clock, rest) = rest.split_at_checked(5)?;
    let [h1, h2, b':', m1, m2] = clock else { return None };
    let (hour, minute) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
    let (second, nanos, rest) = match rest {
        [b':', s1, s2, rest @ ..] => {
            let (nanos, rest) = fraction(rest)?;
            (number(&[*s1, *s2])?, nanos, rest)
        }
        rest => (0, 0, rest),
    };
    Some((date.and_hms_nano_opt(hour, minute, second, nanos)?, offset(rest)?))
}

/// Nanoseconds of `.1234567`; .NET writes up to seven digits.
fn fraction(rest: &[u8]) -> Option<(u32, &[u8])> {
    let Some(rest) = rest.strip_prefix(b".") else { return Some((0, rest)) };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&digits) {
        return None;
    }
    let (digits, rest) = rest.split_at(digits);
    let nanos =
        digits.iter().chain(b"00000000").take(9).fold(0, |nanos, digit| nanos * 10 + u32::from(digit - b'0'));
    Some((nanos, rest))
}

/// Nothing, `Z`, or `+02:00`.
fn offset(rest: &[u8]) -> Option<Option<FixedOffset>> {
    match rest {
        [] => Some(None),
        [b'Z' | b'z'] => Some(Some(FixedOffset::east_opt(0)?)),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let minutes = i32::try_from(number(&[*h1, *h2])? * 60 + number(&[*m1, *m2])?).ok()?;
            let seconds = if *sign == b'-' { -60 * minutes } else { 60 * minutes };
            Some(Some(FixedOffset::east_opt(seconds)?))
        }
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
}
