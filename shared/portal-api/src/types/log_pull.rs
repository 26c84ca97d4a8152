//! What a pull of the access log did.

use serde::Serialize;

use super::Run;

/// The answer of `POST …/logs/pull`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LogPulled {
    /// The run; its counts are those of all calls that went on with it.
    pub run: Run,
    /// Rows that are new.
    pub pulled: u64,
    /// Rows that iLOQ gave again and that are here once.
    pub duplicates: u64,
}
