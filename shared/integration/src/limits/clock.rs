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
    let rules = iloq_model::rules_of(zone, time.0.and_utc().timestamp());
    let Some(zone) = rules.and_then(|zone| zone.parse::<Tz>().ok()) else {
        let fact = format!("The time zone {zone} of the settings is not known.");
        return Err(Problem::because(Code::SetupIncomplete, &fact));
    };
    Ok(zone.from_local_datetime(&time.0).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use chrono::Offset;

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

    /// The whole time zone database, from another library, tells what each zone's own clock shows.
    #[test]
    fn zones_that_stand_for_others_show_the_same_time() {
        let day = 24 * 3600;
        let (from, until) = (1_262_304_000, 2_145_916_800); // 2010 up to 2038
        let moments =
            || (from..until).step_by(day).flat_map(|day| (0..24).map(move |hour| day + hour * 3600));
        let differs = |zone: &str| {
            let ours = |at| iloq_model::rules_of(zone, at).unwrap().parse::<Tz>().unwrap();
            let (before, since) = (ours(from), ours(until));
            let theirs = jiff::tz::TimeZone::get(zone).unwrap();
            moments().find(|second| {
                let ours =
                    if iloq_model::rules_of(zone, *second) == Some(since.name()) { since } else { before };
                let here = ours.timestamp_opt(*second, 0).unwrap().offset().fix().local_minus_utc();
                let there = theirs.to_offset(jiff::Timestamp::from_second(*second).unwrap()).seconds();
                here != there
            })
        };
        let different: Vec<_> =
            iloq_model::supported_zones().filter_map(|zone| Some((zone, differs(zone)?))).collect();
        assert_eq!(different, [], "zone, and the first second at which it shows another time");
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
