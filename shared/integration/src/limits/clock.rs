//! What the locks' wall clock shows: times that summer time skips or repeats.

use chrono::MappedLocalTime;
use iloq_model::TimeZone;
use portal_api::{Code, Patch, Problem, types::PutLimits};

/// Checks the start and end that a request gives against the clock of `zone`; a warning for a time that comes twice.
///
/// # Errors
/// `invalid-time-limit` for a time that the clock skips.
pub fn check(zone: &TimeZone, request: &PutLimits) -> Result<Option<String>, Problem> {
    let given = [("/startsLocal", &request.starts), ("/endsLocal", &request.ends)];
    let given = given.into_iter().filter_map(|(pointer, time)| match time {
        Patch::Value(time) => Some((pointer, time)),
        Patch::Absent | Patch::Null => None,
    });
    let name = zone.name();
    let (mut warnings, mut skipped) = (Vec::new(), None::<Problem>);
    for (pointer, time) in given {
        match zone.moments_of(time.0) {
            MappedLocalTime::Single(_) => {}
            MappedLocalTime::Ambiguous(..) => warnings.push(format!(
                "{time} comes twice in {name}, because summer time ends: the limit may count from either."
            )),
            MappedLocalTime::None => {
                let problem = skipped.take().unwrap_or_else(|| Problem::of(Code::InvalidTimeLimit));
                let detail =
                    format!("{time} does not come in {name}: the clock skips it when summer time begins");
                skipped = Some(problem.with_error(pointer, detail));
            }
        }
    }
    match skipped {
        Some(problem) => Err(problem),
        None => Ok((!warnings.is_empty()).then(|| warnings.join(" "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starting(text: &str) -> PutLimits {
        PutLimits { starts: Patch::Value(text.parse().unwrap()), ..PutLimits::default() }
    }

    #[test]
    fn skipped_times_are_refused_and_doubled_ones_told() {
        let check = |zone, time| check(&TimeZone::named(zone).unwrap(), &starting(time));
        let code = |zone, time| check(zone, time).unwrap_err().code;
        assert_eq!(code("Europe/Helsinki", "2026-03-29T03:30:00"), Code::InvalidTimeLimit);
        assert_eq!(code("America/New_York", "2026-03-08T02:00:00"), Code::InvalidTimeLimit);
        assert_eq!(check("Europe/Helsinki", "2026-03-29T04:00:00"), Ok(None));
        assert_eq!(check("Australia/Brisbane", "2026-10-04T02:30:00"), Ok(None));
        let warning = check("Europe/Helsinki", "2026-10-25T03:30:00").unwrap().unwrap();
        assert!(warning.contains("2026-10-25T03:30:00 comes twice"), "{warning}");
    }
}
