//! The body of an event.

use iloq_model::{DateText, KeyId};
use serde_json::{Map, Value};

use crate::state::spread;

/// What is read of an event. Its names are compared without regard to case: iLOQ's samples spell them in two ways.
#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    /// `CreationTimeUtc` in milliseconds since the epoch: when iLOQ sent it, also if it is sent again.
    pub sent_at: i64,
    /// `Data.FNKey_ID`.
    pub key: Option<KeyId>,
    /// Hash of everything but the time: the same when the event is sent again.
    pub outline: u32,
}

impl Event {
    /// Reads a body; `None` if it is no event.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        let event: Map<String, Value> = serde_json::from_str(text).ok()?;
        let sent = member(&event, "CreationTimeUtc").and_then(Value::as_str)?;
        let data = member(&event, "Data")?;
        Some(Self {
            sent_at: DateText::from(sent).utc().ok()?.timestamp_millis(),
            key: data
                .as_object()
                .and_then(|data| member(data, "FNKey_ID")?.as_str())
                .and_then(|id| id.parse().ok()),
            outline: spread(&text.replacen(sent, "", 1)),
        })
    }
}

fn member<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    object.iter().find(|(member, _)| member.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

    fn parse(text: &str) -> Option<Event> {
        Event::parse(text.as_bytes())
    }

    #[test]
    fn names_are_read_in_any_spelling() {
        for (data, id, sent) in [
            ("Data", "FNKey_ID", "CreationTimeUtc"),
            ("data", "fnKey_ID", "creationTimeUtc"),
            ("DATA", "FNKEY_ID", "CREATIONTIMEUTC"),
        ] {
            let body = format!(
                r#"{{"{data}":{{"{id}":"{}"}},"{sent}":"1970-01-01T00:00:02.5Z"}}"#,
                KEY.to_uppercase()
            );
            let event = parse(&body).unwrap();
            assert_eq!((event.sent_at, event.key), (2_500, Some(KEY.parse().unwrap())));
        }
    }

    #[test]
    fn the_outline_is_the_same_when_it_is_sent_again() {
        let at = |time: &str, key: &str| {
            parse(&format!(r#"{{"Data":{{"fnKey_ID":{key}}},"CreationTimeUtc":"{time}"}}"#)).unwrap().outline
        };
        assert_eq!(at("2026-11-24T08:00:00Z", "null"), at("2026-11-24T08:05:00.0001Z", "null"));
        assert_ne!(at("2026-11-24T08:00:00Z", "null"), at("2026-11-24T08:00:00Z", "\"x\""));
    }

    #[test]
    fn what_is_no_event_is_none() {
        for body in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"Data":{}}"#,
            r#"{"CreationTimeUtc":"2026-11-24T08:00:00Z"}"#,
            r#"{"Data":{},"CreationTimeUtc":"yesterday"}"#,
            r#"{"Data":{},"CreationTimeUtc":5}"#,
            r#"{"Data":{},"CreationTimeUtc":"2026-11-24T08:00:00Z""#,
        ] {
            assert_eq!(parse(body), None, "{body}");
        }
        assert_eq!(
            Event::parse(b"{\"Data\":{\"a\":\"\xff\"},\"CreationTimeUtc\":\"2026-11-24T08:00:00Z\"}"),
            None
        );
    }
}
