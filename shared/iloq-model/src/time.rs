//! iLOQ's dates and times of day.
//!
//! Members that end in `Utc` are UTC, those that end in `Lg` are the locking system's local time, and of
//! the others the zone is not documented. Records keep dates as text, so that they go back as they came.

mod clock;
mod parse;
mod text;

pub use clock::{DAY_MS, InvalidClock, clock_ms, clock_text};
pub use parse::InvalidTime;
pub use text::{DateText, LocalTime, UtcTime};
