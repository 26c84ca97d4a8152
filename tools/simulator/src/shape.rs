//! Which members iLOQ's bodies have: checking of requests, rendering of answers.
//!
//! The table is `shapes.txt`. Requests are checked strictly (an unknown member, a wrong type, a null where none is
//! allowed are refused), member names are matched in any case, and answers write every documented member.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{clock, http::Refusal, ids};

/// A JSON object: how entities are kept.
pub(crate) type Record = Map<String, Value>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text(Option<usize>),
    Guid,
    Date,
    Local,
    Clock,
    Int,
    Long,
    Number,
    Bool,
    Guids,
    Ints,
    Object(&'static str),
    Objects(&'static str),
}

#[derive(Clone, Copy, Debug)]
struct Field {
    name: &'static str,
    kind: Kind,
    nullable: bool,
    required: bool,
    read_only: bool,
}

/// The members of one kind of object.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    fields: Vec<Field>,
}

static SHAPES: LazyLock<BTreeMap<&'static str, Shape>> = LazyLock::new(|| read(include_str!("shapes.txt")));
static NOTHING: Shape = Shape { fields: Vec::new() };

/// The shape called `name`; one without members if there is none.
pub(crate) fn shape(name: &str) -> &'static Shape {
    SHAPES.get(name).unwrap_or(&NOTHING)
}

fn read(table: &'static str) -> BTreeMap<&'static str, Shape> {
    let mut shapes: BTreeMap<&'static str, Shape> = BTreeMap::new();
    let mut current = "";
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if !line.starts_with(' ') {
            current = line;
            continue;
        }
        let mut words = line.split_whitespace();
        let Some((kind, flags)) = words.next().and_then(read_kind) else { continue };
        let fields = words.map(|name| Field { name, kind, ..flags });
        shapes.entry(current).or_default().fields.extend(fields);
    }
    shapes
}

fn read_kind(word: &'static str) -> Option<(Kind, Field)> {
    let bare = word.trim_start_matches('-').trim_end_matches(['?', '!']);
    let kind = match bare {
        "guid" => Kind::Guid,
        "date" => Kind::Date,
        "local" => Kind::Local,
        "clock" => Kind::Clock,
        "int" => Kind::Int,
        "long" => Kind::Long,
        "number" => Kind::Number,
        "bool" => Kind::Bool,
        "guids" => Kind::Guids,
        "ints" => Kind::Ints,
        _ => match (bare.strip_prefix("text"), bare.strip_prefix('{'), bare.strip_prefix('[')) {
            (Some(""), _, _) => Kind::Text(None),
            (Some(limit), _, _) => Kind::Text(Some(limit.parse().ok()?)),
            (_, Some(name), _) => Kind::Object(name.trim_end_matches('}')),
            (_, _, Some(name)) => Kind::Objects(name.trim_end_matches(']')),
            _ => return None,
        },
    };
    let flags = Field {
        name: "",
        kind,
        nullable: word.ends_with('?'),
        required: word.ends_with('!'),
        read_only: word.starts_with('-'),
    };
    Some((kind, flags))
}

impl Shape {
    /// Checks `value` against this shape: gives the members that it has, under their documented names and with GUIDs
    /// in lower case. Read-only members are checked and left out. `extras` are members that are known beyond the table.
    pub(crate) fn check(
        &self,
        value: &Value,
        path: &str,
        extras: &BTreeSet<String>,
    ) -> Result<Record, Refusal> {
        let Value::Object(given) = value else {
            return Err(Refusal::validation(format!(
                "An object was expected for parameter {}.",
                name_of(path)
            )));
        };
        let mut record = Record::new();
        let mut seen = BTreeSet::new();
        for (name, value) in given {
            let member = join(path, name);
            let Some(field) = self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)) else {
                if extras.contains(name) {
                    record.insert(name.clone(), value.clone());
                    continue;
                }
                return Err(Refusal::validation(format!("Unknown parameter {member}.")));
            };
            if !seen.insert(field.name) {
                return Err(Refusal::validation(format!("Parameter {member} is given twice.")));
            }
            let checked = field.check(value, &member, extras)?;
            if !field.read_only {
                record.insert(field.name.to_owned(), checked);
            }
        }
        match self.fields.iter().find(|field| field.required && !seen.contains(field.name)) {
            Some(field) => {
                Err(Refusal::validation(format!("Parameter {} is required.", join(path, field.name))))
            }
            None => Ok(record),
        }
    }

    /// Whether the shape has a member of exactly this name.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    /// `record` as iLOQ would write it: every documented member, then those beyond the table.
    pub(crate) fn render<'a>(&'static self, record: &'a Record) -> Rendered<'a> {
        Rendered { shape: self, record }
    }
}

impl Field {
    fn check(&self, value: &Value, path: &str, extras: &BTreeSet<String>) -> Result<Value, Refusal> {
        if value.is_null() {
            return if self.nullable { Ok(Value::Null) } else { Err(Refusal::invalid(path, "null")) };
        }
        let wrong = || Refusal::invalid(path, shorten(value));
        match self.kind {
            Kind::Text(limit) => {
                let text = value.as_str().ok_or_else(wrong)?;
                match limit {
                    Some(limit) if text.chars().count() > limit => Err(wrong()),
                    _ => Ok(value.clone()),
                }
            }
            Kind::Guid => guid(value).ok_or_else(wrong),
            // An empty text has been seen to be taken for a date that may be null.
            Kind::Date if self.nullable && value.as_str() == Some("") => Ok(Value::Null),
            Kind::Date => value.as_str().and_then(clock::parse_utc).map(|_| value.clone()).ok_or_else(wrong),
            Kind::Local => {
                value
                    .as_str()
                    .filter(|text| text.len() == 19)
                    .and_then(clock::parse_plain)
                    .ok_or_else(wrong)?;
                Ok(value.clone())
            }
            Kind::Clock => value.as_str().and_then(clock::clock_ms).map(|_| value.clone()).ok_or_else(wrong),
            Kind::Int => value
                .as_i64()
                .and_then(|number| i32::try_from(number).ok())
                .map(|_| value.clone())
                .ok_or_else(wrong),
            Kind::Long => value.as_i64().map(|_| value.clone()).ok_or_else(wrong),
            Kind::Number => value.as_f64().map(|_| value.clone()).ok_or_else(wrong),
            Kind::Bool => value.as_bool().map(|_| value.clone()).ok_or_else(wrong),
            Kind::Guids => list(value, path, |item, path| {
                guid(item).ok_or_else(|| Refusal::invalid(path, shorten(item)))
            }),
            Kind::Ints => list(value, path, |item, path| {
                item.as_i64().map(Value::from).ok_or_else(|| Refusal::invalid(path, shorten(item)))
            }),
            Kind::Object(name) => shape(name).check(value, path, extras).map(Value::Object),
            Kind::Objects(name) => {
                list(value, path, |item, path| shape(name).check(item, path, extras).map(Value::Object))
            }
        }
    }

    fn default(&self) -> Value {
        match self.kind {
            _ if self.nullable => Value::Null,
            Kind::Text(_) | Kind::Object(_) => Value::from(""),
            Kind::Guid => Value::from(Uuid::nil().to_string()),
            Kind::Date | Kind::Local => Value::from("0001-01-01T00:00:00"),
            Kind::Clock => Value::from("00:00:00"),
            Kind::Int | Kind::Long => Value::from(0),
            Kind::Number => Value::from(0.0),
            Kind::Bool => Value::Bool(false),
            Kind::Guids | Kind::Ints | Kind::Objects(_) => Value::Array(Vec::new()),
        }
    }
}

fn guid(value: &Value) -> Option<Value> {
    value.as_str().and_then(ids::parse).map(|id| Value::from(id.to_string()))
}

fn list(
    value: &Value,
    path: &str,
    mut check: impl FnMut(&Value, &str) -> Result<Value, Refusal>,
) -> Result<Value, Refusal> {
    let items = value.as_array().ok_or_else(|| Refusal::invalid(path, shorten(value)))?;
    let checked = items.iter().enumerate().map(|(index, item)| check(item, &format!("{path}[{index}]")));
    checked.collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn name_of(path: &str) -> &str {
    if path.is_empty() { "body" } else { path }
}

fn shorten(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if text.chars().count() <= 80 { text } else { text.chars().take(77).chain("...".chars()).collect() }
}

/// A record on its way into an answer.
pub(crate) struct Rendered<'a> {
    shape: &'static Shape,
    record: &'a Record,
}

impl Serialize for Rendered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in &self.shape.fields {
            match self.record.get(field.name) {
                Some(value) => map.serialize_entry(field.name, value)?,
                None => map.serialize_entry(field.name, &field.default())?,
            }
        }
        for (name, value) in self.record.iter().filter(|(name, _)| !self.shape.knows(name)) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(name: &str, value: &Value) -> Result<Record, String> {
        shape(name).check(value, "", &BTreeSet::new()).map_err(|refusal| refusal.message)
    }

    #[test]
    fn every_shape_that_is_referred_to_exists() {
        for (name, shape) in SHAPES.iter() {
            for field in &shape.fields {
                if let Kind::Object(other) | Kind::Objects(other) = field.kind {
                    assert!(SHAPES.contains_key(other), "{name}.{} refers to {other}", field.name);
                }
            }
        }
    }

    #[test]
    fn every_line_of_the_table_is_understood() {
        let lines = include_str!("shapes.txt").lines().filter(|line| line.starts_with(' '));
        for line in lines {
            assert!(line.split_whitespace().next().and_then(read_kind).is_some(), "{line}");
        }
    }

    #[test]
    fn names_are_taken_in_any_case_and_guids_become_lower_case() {
        let body =
            json!({ "PERSONCODE": "1", "person_id": "3FA85F64-5717-4562-B3FC-2C963F66AFA6", "EMAIL": null });
        let record = check("InsertPersonPerson", &body).unwrap();
        assert_eq!(
            Value::Object(record),
            json!({ "PersonCode": "1", "Person_ID": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "eMail": null })
        );
    }

    #[test]
    fn what_the_table_does_not_allow_is_refused() {
        let cases = [
            (json!({}), "Parameter PersonCode is required."),
            (json!({ "PersonCode": null }), "Invalid value (null) for parameter PersonCode."),
            (json!({ "PersonCode": 7 }), "Invalid value (7) for parameter PersonCode."),
            (json!({ "PersonCode": "123456789012345678901" }), "Invalid value (123456789012345678901)"),
            (json!({ "PersonCode": "", "Fisrtname": "A" }), "Unknown parameter Fisrtname."),
            (json!({ "PersonCode": "", "personcode": "" }), "is given twice"),
            (
                json!({ "PersonCode": "", "Person_ID": "{3fa85f64-5717-4562-b3fc-2c963f66afa6}" }),
                "Invalid value ({3fa",
            ),
            (
                json!({ "PersonCode": "", "ExternalCanEdit": "true" }),
                "Invalid value (true) for parameter ExternalCanEdit.",
            ),
            (json!({ "PersonCode": "", "EmploymentEndDate": "tomorrow" }), "Invalid value (tomorrow)"),
            (json!({ "PersonCode": "", "State": "0" }), "Invalid value (0) for parameter State."),
            (json!([]), "An object was expected for parameter body."),
        ];
        for (body, wanted) in cases {
            let message = check("InsertPersonPerson", &body).unwrap_err();
            assert!(message.contains(wanted), "{body}: {message}");
        }
    }

    #[test]
    fn local_times_have_no_offset_and_no_fraction() {
        let slot = |text: &str| check("KeyTimeLimitSlot", &json!({ "SlotNo": 0, "LimitDateLg": text }));
        assert!(slot("2026-03-01T08:00:00").is_ok());
        for text in
            ["2026-03-01T08:00:00Z", "2026-03-01T08:00:00+02:00", "2026-03-01", "2026-03-01T08:00:00.0"]
        {
            assert!(slot(text).is_err(), "{text}");
        }
    }

    #[test]
    fn answers_have_every_member_and_keep_unknown_ones() {
        let Value::Object(record) = json!({ "Zone_ID": "x", "Type": 4, "FutureMember": [1] }) else {
            unreachable!()
        };
        assert_eq!(
            serde_json::to_value(shape("Zone").render(&record)).unwrap(),
            json!({ "Description": null, "Name": null, "TimeZone_ID": null, "Type": 4, "Zone_ID": "x", "FutureMember": [1] })
        );
    }
}
