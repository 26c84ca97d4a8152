//! The application's variables, read once per request.

use std::{rc::Rc, time::Duration};

use iloq_client::OriginPatterns;
use portal_api::{Code, Problem, auth::Tokens};

use crate::{platform::Platform, seal::KeyRing, traffic::Traffic};

/// How long a call may take unless `slice_seconds` says otherwise.
const DEFAULT_SLICE: u64 = 25;

/// The variable that says how long.
pub const SLICE: &str = "slice_seconds";

/// The variables as they were read. Parts that are wrong are told when they are needed, so that
/// `GET /healthz` works while something is misconfigured.
pub struct Config {
    /// Who may call.
    pub tokens: Tokens,
    /// The keys that secrets are sealed with.
    key_ring: Result<KeyRing, crate::seal::SealError>,
    /// Which addresses iLOQ may have.
    pub origins: OriginPatterns,
    /// How long one call may take.
    pub slice: Duration,
    /// Whether schedulers that can only GET may call the jobs.
    pub jobs_by_get: bool,
    /// What the request asks iLOQ for, in all systems.
    pub traffic: Rc<Traffic>,
}

impl Config {
    /// Reads all variables.
    pub fn read(platform: &impl Platform) -> Self {
        let variable = |name| platform.variable(name).unwrap_or_default();
        Self {
            tokens: Tokens::parse(&variable("access_tokens")),
            key_ring: KeyRing::parse(&variable("encryption_keys")),
            origins: OriginPatterns::iloq_and(&variable("iloq_extra_origin")),
            slice: slice(platform),
            jobs_by_get: variable("jobs_by_get").trim() == "true",
            traffic: Rc::default(),
        }
    }

    /// The keys that secrets are sealed with.
    ///
    /// # Errors
    /// A problem that names the variable and the entry, never its content.
    pub fn key_ring(&self) -> Result<&KeyRing, Problem> {
        self.key_ring.as_ref().map_err(|error| {
            Problem::new(
                Code::Internal,
                format!("{error}. Correct the variable encryption_keys and deploy again."),
            )
        })
    }
}

/// How long one call may take: the variable `slice_seconds`, from 5 to 600.
pub(crate) fn slice(platform: &impl Platform) -> Duration {
    slice_of(platform.variable(SLICE))
}

/// The same from what the variable holds.
#[must_use]
pub fn slice_of(variable: Option<String>) -> Duration {
    let given = variable.and_then(|text| text.trim().parse().ok());
    Duration::from_secs(given.filter(|seconds| (5..=600).contains(seconds)).unwrap_or(DEFAULT_SLICE))
}
