//! The application's variables, each read when it is first needed.
//!
//! On Spin a read takes some tenths of a millisecond: more than all the rest of a short call. So a call reads what it
//! needs, once, and many need nothing but `access_tokens`, or not even that.

use std::{cell::OnceCell, rc::Rc, time::Duration};

use iloq_client::OriginPatterns;
use portal_api::{Code, Problem, auth::Tokens};

use crate::{
    platform::Variables,
    seal::{KeyRing, SealError},
    traffic::Traffic,
};

/// How long a call may take unless `slice_seconds` says otherwise.
const DEFAULT_SLICE: u64 = 25;

/// The shortest and the longest that it may say.
const SLICES: std::ops::RangeInclusive<u64> = 5..=600;

/// No call is shorter: until then its end need not be known.
pub const LEAST_SLICE: Duration = Duration::from_secs(*SLICES.start());

/// The variable that says how long.
pub const SLICE: &str = "slice_seconds";

/// The variables of one call. One that is wrong is told when it is needed, so that `GET /healthz` works while something
/// is misconfigured.
pub struct Config<'a> {
    variables: &'a dyn Variables,
    /// When the call came, on the monotonic clock.
    started: Duration,
    tokens: OnceCell<Tokens>,
    key_ring: OnceCell<Result<KeyRing, SealError>>,
    origins: OnceCell<OriginPatterns>,
    slice: OnceCell<Duration>,
    jobs_by_get: OnceCell<bool>,
    /// What the request asks iLOQ for, in all systems.
    pub traffic: Rc<Traffic>,
}

impl<'a> Config<'a> {
    /// Those of a call that came at `started` (on the monotonic clock). Nothing is read yet.
    pub fn new(variables: &'a dyn Variables, started: Duration) -> Self {
        Self {
            variables,
            started,
            tokens: OnceCell::new(),
            key_ring: OnceCell::new(),
            origins: OnceCell::new(),
            slice: OnceCell::new(),
            jobs_by_get: OnceCell::new(),
            traffic: Rc::default(),
        }
    }

    fn text(&self, name: &str) -> String {
        self.variables.variable(name).unwrap_or_default()
    }

    /// Who may call.
    pub fn tokens(&self) -> &Tokens {
        self.tokens.get_or_init(|| Tokens::parse(&self.text("access_tokens")))
    }

    /// The keys that secrets are sealed with.
    ///
    /// # Errors
    /// A problem that names the variable and the entry, never its content.
    pub fn key_ring(&self) -> Result<&KeyRing, Problem> {
        let key_ring = self.key_ring.get_or_init(|| KeyRing::parse(&self.text("encryption_keys")));
        key_ring.as_ref().map_err(|error| {
            Problem::new(
                Code::Internal,
                format!("{error}. Correct the variable encryption_keys and deploy again."),
            )
        })
    }

    /// Which addresses iLOQ may have.
    pub fn origins(&self) -> &OriginPatterns {
        self.origins.get_or_init(|| OriginPatterns::iloq_and(&self.text("iloq_extra_origin")))
    }

    /// How long one call may take.
    pub fn slice(&self) -> Duration {
        *self.slice.get_or_init(|| slice_of(self.variables.variable(SLICE)))
    }

    /// Whether schedulers that can only GET may call the jobs.
    pub fn jobs_by_get(&self) -> bool {
        *self.jobs_by_get.get_or_init(|| self.text("jobs_by_get").trim() == "true")
    }

    /// When the call has to end, on the monotonic clock.
    pub fn end(&self) -> Duration {
        self.started + self.slice()
    }

    /// When the call has to end at the earliest, whatever the variable says.
    pub(crate) fn earliest_end(&self) -> Duration {
        self.started + LEAST_SLICE
    }
}

/// How long one call may take, from what the variable `slice_seconds` holds: from 5 to 600.
#[must_use]
pub fn slice_of(variable: Option<String>) -> Duration {
    let given = variable.and_then(|text| text.trim().parse().ok());
    Duration::from_secs(given.filter(|seconds| SLICES.contains(seconds)).unwrap_or(DEFAULT_SLICE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::MockVariables;

    #[test]
    fn what_is_not_needed_is_not_read_and_what_is_needed_is_read_once() {
        let mut variables = MockVariables::new();
        variables.expect_variable().withf(|name| name == SLICE).once().returning(|_| Some("40".to_owned()));
        let config = Config::new(&variables, Duration::from_secs(2));
        assert_eq!(config.earliest_end(), Duration::from_secs(7));
        assert_eq!(config.end(), Duration::from_secs(42));
        assert_eq!(config.slice(), Duration::from_secs(40));
    }

    #[test]
    fn a_wrong_key_ring_is_told_each_time_and_is_nothing_to_the_others() {
        let mut variables = MockVariables::new();
        variables.expect_variable().withf(|name| name == "encryption_keys").once().returning(|_| None);
        variables.expect_variable().withf(|name| name == "jobs_by_get").once().returning(|_| None);
        let config = Config::new(&variables, Duration::ZERO);
        for _ in 0..2 {
            let problem = config.key_ring().err().unwrap();
            assert_eq!(problem.code, Code::Internal);
            assert!(problem.detail.contains("encryption_keys"), "{}", problem.detail);
        }
        assert!(!config.jobs_by_get());
    }

    #[test]
    fn a_slice_out_of_bounds_is_the_default() {
        for (given, seconds) in
            [(None, 25), (Some("5"), 5), (Some("4"), 25), (Some("601"), 25), (Some("x"), 25)]
        {
            assert_eq!(slice_of(given.map(str::to_owned)), Duration::from_secs(seconds), "{given:?}");
        }
    }
}
