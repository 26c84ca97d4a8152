//! A row of iLOQ's audit trail as it was read, small enough that a window of them fits into memory.

use iloq_model::{DateText, KeyId, LockId, LockLogData, LogTypeMask};
use portal_api::types::LogEvent;
use uuid::Uuid;

use super::Text;

/// Dates before this (1990-01-01) are .NET's way to say that there is none.
const NO_DATE: i64 = 631_152_000_000;

/// A row without names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// `DeviceLog_ID`.
    pub id: Uuid,
    /// `FLock_ID`.
    pub lock: Option<LockId>,
    /// `FNKey_ID`; a key that the lock does not know has none.
    pub key: Option<KeyId>,
    /// The number that is in the key.
    pub key_number: Option<Text>,
    /// Where the lock is and what it locks, as the row says.
    pub place: Option<Text>,
    /// When it happened, in milliseconds since 1970 UTC.
    pub occurred_at: Option<i64>,
    /// When it arrived in iLOQ.
    pub received_at: i64,
    /// `AccessTypeMask`.
    pub kind: LogTypeMask,
    /// The error in words.
    pub error: Option<Text>,
}

impl Arrived {
    /// Of iLOQ's row. `start` is the start of its window: the arrival of a row that does not tell it.
    pub fn of(row: &LockLogData, start: i64, texts: &mut Texts) -> Self {
        let kind = row.kind.unwrap_or_default();
        let text = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
        };
        let place: Vec<String> =
            [text(&row.location_code), text(&row.locking_object)].into_iter().flatten().collect();
        let error = match row.error_code {
            None | Some(0) => text(&row.error_description),
            Some(code) => Some(text(&row.error_description).unwrap_or_else(|| format!("error {code}"))),
        };
        Self {
            id: *row.id.as_uuid(),
            lock: row.lock_id.filter(|id| *id != LockId::ZERO),
            key: row.key_id.filter(|id| *id != KeyId::ZERO),
            key_number: row.key_number.filter(|n| *n != 0).map(|number| texts.of(&number.to_string())),
            place: (!place.is_empty()).then(|| texts.of(&place.join(" "))),
            // A date that is known to be wrong is no date.
            occurred_at: millis(row.going_date.as_ref()).filter(|_| !kind.contains(LogTypeMask::TIME_WRONG)),
            received_at: millis(row.arrived_at.as_ref()).unwrap_or(start),
            kind,
            error: error.map(|error| texts.of(&error)),
        }
    }

    /// Whether the time is not that of a clock.
    pub fn is_time_uncertain(&self) -> bool {
        let bits = LogTypeMask::TIME_NOT_FROM_CLOCK.with(LogTypeMask::TIME_WRONG).bits();
        self.occurred_at.is_none() || self.kind.bits() & bits != 0
    }
}

fn millis(date: Option<&DateText>) -> Option<i64> {
    date?.utc().ok().map(|at| at.timestamp_millis()).filter(|at| *at >= NO_DATE)
}

/// What the bits of `AccessTypeMask` say (table `DeviceLogTypeMask`), and whether access was granted.
///
/// Programming comes first: a lock that was programmed also says how that went. Of refused and granted the
/// refusal stands. Bits that nothing is known of change nothing.
pub fn event(kind: LogTypeMask) -> (LogEvent, Option<bool>) {
    let granted = if kind.contains(LogTypeMask::DENIED) {
        Some(false)
    } else {
        kind.contains(LogTypeMask::GRANTED).then_some(true)
    };
    if kind.contains(LogTypeMask::KEY_PROGRAMMED) {
        return (LogEvent::KeyProgrammed, None);
    }
    if kind.contains(LogTypeMask::LOCK_PROGRAMMED) {
        return (LogEvent::LockProgrammed, None);
    }
    let event = match granted {
        Some(true) => LogEvent::AccessGranted,
        Some(false) => LogEvent::AccessDenied,
        None => LogEvent::Other,
    };
    (event, granted)
}

/// Texts of which each is kept once.
#[derive(Default)]
pub struct Texts(Vec<Text>);

impl Texts {
    /// The one copy of `text`.
    pub fn of(&mut self, text: &str) -> Text {
        match self.0.binary_search_by(|known| (**known).cmp(text)) {
            Ok(place) => Text::clone(&self.0[place]),
            Err(place) => {
                let new = Text::from(text);
                self.0.insert(place, Text::clone(&new));
                new
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_say_what_happened() {
        for (bits, expected) in [
            (0, (LogEvent::Other, None)),
            (2052, (LogEvent::AccessGranted, Some(true))),
            (1028, (LogEvent::AccessGranted, Some(true))),
            (12, (LogEvent::AccessGranted, Some(true))),
            (8, (LogEvent::Other, None)),
            (2049, (LogEvent::AccessDenied, Some(false))),
            (5, (LogEvent::AccessDenied, Some(false))),
            (4097, (LogEvent::AccessDenied, Some(false))),
            (2, (LogEvent::LockProgrammed, None)),
            (6, (LogEvent::LockProgrammed, None)),
            (3, (LogEvent::LockProgrammed, None)),
            (32_768, (LogEvent::KeyProgrammed, None)),
            (32_769, (LogEvent::KeyProgrammed, None)),
            (8192, (LogEvent::Other, None)),
            (1 << 40, (LogEvent::Other, None)),
            ((1 << 40) + 4, (LogEvent::AccessGranted, Some(true))),
        ] {
            assert_eq!(event(LogTypeMask::from_bits(bits)), expected, "{bits}");
        }
    }

    fn arrived(json: &str) -> Arrived {
        let row = serde_json::from_str(json).unwrap();
        Arrived::of(&row, 1_700_000_000_000, &mut Texts::default())
    }

    #[test]
    fn a_row_may_lack_all_but_its_id() {
        let row = arrived(r#"{"DeviceLog_ID":"3fa85f64-5717-4562-b3fc-2c963f66afa6"}"#);
        assert_eq!(
            (row.occurred_at, row.received_at, row.key, row.place.clone()),
            (None, 1_700_000_000_000, None, None)
        );
        assert!(row.is_time_uncertain());
    }

    #[test]
    fn dates_that_are_none_are_none() {
        let row = |date: &str, kind: i64| {
            arrived(&format!(
                r#"{{"DeviceLog_ID":"3fa85f64-5717-4562-b3fc-2c963f66afa6","GoingDate":"{date}","AccessTypeMask":{kind},
                "TimestampUtc":"2026-05-01T10:00:00.1239999Z"}}"#
            ))
        };
        assert_eq!(row("0001-01-01T00:00:00", 4).occurred_at, None);
        assert_eq!(row("", 4).occurred_at, None);
        assert_eq!(row("2026-05-01T08:00:00Z", 4 | 131_072).occurred_at, None);
        let row = row("2026-05-01T08:00:00", 4 | 65_536);
        assert_eq!((row.occurred_at, row.received_at), (Some(1_777_622_400_000), 1_777_629_600_123));
        assert!(row.is_time_uncertain());
    }
}
