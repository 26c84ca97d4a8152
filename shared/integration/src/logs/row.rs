//! A row of the access log, and its form in the store.

use std::rc::Rc;

use portal_api::types::LogEvent;
use uuid::Uuid;

use crate::state::tree::{Cell, Entry, Form, Key};

/// A name or an id. Rows of one window share them: keep one `Rc` for each door, key and person.
pub type Text = Rc<str>;

/// A row of the access log. Its names are those at import and never change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// iLOQ's `DeviceLog_ID`: the same row has the same id and the same `occurred_at`, whenever it is read.
    pub id: Uuid,
    /// When it happened (`GoingDate`), in milliseconds since 1970 UTC; `None` for an undated row.
    pub occurred_at: Option<i64>,
    /// When it arrived in iLOQ (`TimestampUtc`), in milliseconds since 1970 UTC.
    pub received_at: i64,
    /// The door (`FLock_ID`).
    pub door: Option<Named>,
    /// The key (`FNKey_ID`).
    pub key: Option<Named>,
    /// The holder.
    pub person: Option<Person>,
    /// What happened.
    pub event: LogEvent,
    /// Whether access was granted.
    pub granted: Option<bool>,
    /// Whether the time is not certain.
    pub time_uncertain: bool,
    /// iLOQ's words for what went wrong.
    pub error: Option<Text>,
}

/// A door or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// iLOQ's id, in lower case.
    pub id: Text,
    /// The name at import.
    pub name: Text,
}

/// A holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name at import.
    pub name: Text,
    /// The portal's user, if known at import.
    pub user_id: Option<Text>,
    /// Whether it is the holder known today rather than the one at that moment.
    pub uncertain: bool,
}

/// Rows by arrival: the key is a running number and the row's id.
pub(super) const ARRIVAL: Form =
    Form { texts: TEXTS, mark: |entry| entry.number(TIME).unwrap_or(entry.key.major) };
/// Rows by time: the key is the row's time and its id.
pub(super) const OCCURRENCE: Form = Form { texts: TEXTS, mark: |entry| entry.key.major };
/// Ids of undated rows: the key is the id, the cell when the row arrived.
pub(super) const UNDATED: Form = Form { texts: 0, mark: |entry| entry.number(0).unwrap_or(i64::MAX) };

/// The row's time, where the key does not have it.
const TIME: usize = 0;
/// From the row's time to its arrival.
const DELAY: usize = 1;
const FLAGS: usize = 2;
const DOOR: usize = 3;
const KEY: usize = 5;
const PERSON: usize = 7;
const USER: usize = 8;
const ERROR: usize = 9;
const TEXTS: u32 = 0b11_1111_1000;

const EVENTS: [LogEvent; 5] = [
    LogEvent::Other,
    LogEvent::AccessGranted,
    LogEvent::AccessDenied,
    LogEvent::LockProgrammed,
    LogEvent::KeyProgrammed,
];
const EVENT_BITS: i64 = 7;
const GRANTED: i64 = 8;
const NOT_GRANTED: i64 = 16;
const TIME_UNCERTAIN: i64 = 32;
const PERSON_UNCERTAIN: i64 = 64;
const DATED: i64 = 128;

/// Longer texts are cut: names have at most 50 characters in iLOQ, errors no limit that is known.
const MAX_TEXT: usize = 500;

impl Row {
    /// Where the row stands in time: when it happened, else when it arrived.
    #[must_use]
    pub fn time(&self) -> i64 {
        self.occurred_at.unwrap_or(self.received_at)
    }

    /// Its place in [`OCCURRENCE`].
    pub(super) fn place(&self) -> Key {
        Key::new(self.time(), self.id.as_u128())
    }

    /// The row under a running number.
    pub(super) fn arrival(&self, number: i64) -> Entry {
        self.entry(Key::new(number, self.id.as_u128()), Cell::Number(self.time()))
    }

    /// The row under its time.
    pub(super) fn occurrence(&self) -> Entry {
        self.entry(self.place(), Cell::None)
    }

    fn entry(&self, key: Key, time: Cell) -> Entry {
        let named = |named: &Option<Named>| match named {
            Some(named) => (text(Some(&named.id)), text(Some(&named.name))),
            None => (Cell::None, Cell::None),
        };
        let ((door, door_name), (of_key, key_name)) = (named(&self.door), named(&self.key));
        let person = self.person.as_ref();
        let cells = vec![
            time,
            Cell::Number(self.received_at.saturating_sub(self.time())),
            Cell::Number(self.flags()),
            door,
            door_name,
            of_key,
            key_name,
            text(person.map(|person| &person.name)),
            text(person.and_then(|person| person.user_id.as_ref())),
            text(self.error.as_ref()),
        ];
        Entry { key, cells }
    }

    fn flags(&self) -> i64 {
        let event = EVENTS.iter().position(|event| *event == self.event).unwrap_or(0);
        let granted = match self.granted {
            Some(true) => GRANTED,
            Some(false) => NOT_GRANTED,
            None => 0,
        };
        let bit = |set: bool, bit: i64| if set { bit } else { 0 };
        i64::try_from(event).unwrap_or(0)
            | granted
            | bit(self.time_uncertain, TIME_UNCERTAIN)
            | bit(self.person.as_ref().is_some_and(|person| person.uncertain), PERSON_UNCERTAIN)
            | bit(self.occurred_at.is_some(), DATED)
    }

    /// The row of an entry of [`ARRIVAL`] or [`OCCURRENCE`].
    pub(super) fn of(entry: &Entry) -> Self {
        let time = entry.number(TIME).unwrap_or(entry.key.major);
        let flags = entry.number(FLAGS).unwrap_or(0);
        let is = |bit: i64| flags & bit != 0;
        let text = |at: usize| entry.text(at).cloned();
        let named = |at: usize| Some(Named { id: text(at)?, name: text(at + 1)? });
        let event = usize::try_from(flags & EVENT_BITS).ok().and_then(|at| EVENTS.get(at).copied());
        Self {
            id: Uuid::from_u128(entry.key.minor),
            occurred_at: is(DATED).then_some(time),
            received_at: time.saturating_add(entry.number(DELAY).unwrap_or(0)),
            door: named(DOOR),
            key: named(KEY),
            person: text(PERSON).map(|name| Person {
                name,
                user_id: text(USER),
                uncertain: is(PERSON_UNCERTAIN),
            }),
            event: event.unwrap_or(LogEvent::Other),
            granted: match (is(GRANTED), is(NOT_GRANTED)) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            },
            time_uncertain: is(TIME_UNCERTAIN),
            error: text(ERROR),
        }
    }
}

/// A text cell; a text that is too long is cut between two characters.
fn text(text: Option<&Text>) -> Cell {
    match text {
        Some(long) if long.len() > MAX_TEXT => {
            Cell::Text(Rc::from(&long[..long.floor_char_boundary(MAX_TEXT)]))
        }
        other => Cell::from(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row {
            id: Uuid::from_u128(0xfedc_ba98_7654_3210),
            occurred_at: Some(1_764_000_000_123),
            received_at: 1_764_000_600_000,
            door: Some(Named { id: Rc::from("door"), name: Rc::from("Main \"door\"\n") }),
            key: Some(Named { id: Rc::from("key"), name: Rc::from("Åsa's key") }),
            person: Some(Person { name: Rc::from("Åsa"), user_id: Some(Rc::from("asa")), uncertain: true }),
            event: LogEvent::AccessDenied,
            granted: Some(false),
            time_uncertain: true,
            error: Some(Rc::from("low battery")),
        }
    }

    #[test]
    fn an_entry_reads_back_as_the_row() {
        let bare = Row {
            occurred_at: None,
            door: None,
            key: None,
            person: None,
            granted: None,
            time_uncertain: false,
            error: None,
            ..row()
        };
        let mut events: Vec<Row> =
            LogEvent::ALL.iter().map(|event| Row { event: *event, granted: Some(true), ..row() }).collect();
        events.extend([row(), bare]);
        for row in events {
            assert_eq!(Row::of(&row.occurrence()), row);
            assert_eq!(Row::of(&row.arrival(7)), row);
            assert_eq!((ARRIVAL.mark)(&row.arrival(7)), row.time());
            assert_eq!((OCCURRENCE.mark)(&row.occurrence()), row.time());
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long = Row { error: Some(Rc::from("ä".repeat(400))), ..row() };
        assert_eq!(Row::of(&long.occurrence()).error.unwrap().as_ref(), "ä".repeat(250));
    }
}
