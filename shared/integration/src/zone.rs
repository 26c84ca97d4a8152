//! The zone of the locks' clocks.

use iloq_model::TimeZone;
use portal_api::{Code, Problem, types::Settings};

/// The zone of the settings. Look it up once for a request.
///
/// # Errors
/// `setup-incomplete` for a name that the time zone database does not have.
pub fn zone_of(settings: &Settings) -> Result<TimeZone, Problem> {
    let name = &settings.time_zone;
    TimeZone::named(name).ok_or_else(|| {
        let fact = format!("The time zone {name} of the settings is not known.");
        Problem::because(Code::SetupIncomplete, &fact)
    })
}
