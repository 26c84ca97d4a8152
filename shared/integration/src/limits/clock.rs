//! What the locks' wall clock shows: times that summer time skips or repeats.

use chrono::{LocalResult, TimeZone};
use chrono_tz::Tz;
use iloq_model::LocalTime;
use portal_api::{Code, Patch, Problem, types::PutLimits};

/// Checks the start and end that a request gives against the clock of `zone`; a warning for a time that comes twice.
///
/// # Errors
/// `invalid-time-limit` for a time that the clock skips; `setup-incomplete` for a zone that can't be reckoned in.
pub fn check(zone: &str, request: &PutLimits) -> Result<Option<String>, Problem> {
    let given = [("/startsLocal", &request.starts), ("/endsLocal", &request.ends)];
    let given = given.into_iter().filter_map(|(pointer, time)| match time {
        Patch::Value(time) => Some((pointer, time)),
        Patch::Absent | Patch::Null => None,
    });
    let (mut warnings, mut skipped) = (Vec::new(), None::<Problem>);
    for (pointer, time) in given {
        match shown(zone, time)? {
            LocalResult::Single(()) => {}
            LocalResult::Ambiguous((), ()) => warnings.push(format!(
                "{time} comes twice in {zone}, because summer time ends: the limit may count from either."
            )),
            LocalResult::None => {
                let problem = skipped.take().unwrap_or_else(|| Problem::of(Code::InvalidTimeLimit));
                let detail =
                    format!("{time} does not come in {zone}: the clock skips it when summer time begins");
                skipped = Some(problem.with_error(pointer, detail));
            }
        }
    }
    match skipped {
        Some(problem) => Err(problem),
        None => Ok((!warnings.is_empty()).then(|| warnings.join(" "))),
    }
}

/// How often the clock of `zone` shows `time`.
fn shown(zone: &str, time: &LocalTime) -> Result<LocalResult<()>, Problem> {
    let Ok(zone) = zone.parse::<Tz>() else {
        let fact = format!("The time zone {zone} of the settings is not known.");
        return Err(Problem::because(Code::SetupIncomplete, &fact));
    };
    Ok(zone.from_local_datetime(&time.0).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starting(text: &str) -> PutLimits {
        PutLimits { starts: Patch::Value(text.parse().unwrap()), ..PutLimits::default() }
    }

    #[test]
    fn every_zone_that_the_settings_take_can_be_reckoned_in() {
        for zone in iloq_model::supported_zones() {
            assert_eq!(check(zone, &starting("2026-06-01T12:00:00")), Ok(None), "{zone}");
        }
    }

    #[test]
    fn skipped_times_are_refused_and_doubled_ones_told() {
        let code = |zone, time| check(zone, &starting(time)).unwrap_err().code;
        assert_eq!(code("Europe/Helsinki", "2026-03-29T03:30:00"), Code::InvalidTimeLimit);
        assert_eq!(code("America/New_York", "2026-03-08T02:00:00"), Code::InvalidTimeLimit);
        assert_eq!(check("Europe/Helsinki", &starting("2026-03-29T04:00:00")), Ok(None));
        assert_eq!(check("Australia/Brisbane", &starting("2026-10-04T02:30:00")), Ok(None));
        let warning = check("Europe/Helsinki", &starting("2026-10-25T03:30:00")).unwrap().unwrap();
        assert!(warning.contains("2026-10-25T03:30:00 comes twice"), "{warning}");
    }
}
