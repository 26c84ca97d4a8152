//! Reads answers as types.
//!
//! An error names the place and what is documented there, never what was found: an answer of another form may repeat
//! the password, and it holds names and phone numbers.

use std::{fmt, fmt::Write, marker::PhantomData};

use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess,
    SeqAccess, Visitor,
};
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment, Track};

use crate::{Error, ErrorKind};

/// Longer paths are cut.
const LONGEST_PATH: usize = 100;

/// Reads an answer.
///
/// # Errors
/// [`ErrorKind::Unexpected`] with the place where the answer differs from what iLOQ documents.
pub(crate) fn decode<T: DeserializeOwned>(operation: &'static str, body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|_| unexpected(operation, body, PhantomData::<T>))
}

/// Reads an answer whose member `list` (in any case) is a long list, and gives the elements to `each` one after
/// another, so that they are never all in memory. A list that is null is empty; other members are skipped.
///
/// # Errors
/// As [`decode`]. `each` has got the elements before the wrong place by then.
pub(crate) fn decode_each<T: DeserializeOwned>(
    operation: &'static str,
    body: &[u8],
    list: &'static str,
    each: &mut dyn FnMut(T),
) -> Result<(), Error> {
    let mut text = serde_json::Deserializer::from_slice(body);
    let read = Outer { list, each }.deserialize(&mut text).and_then(|()| text.end());
    read.map_err(|_| unexpected(operation, body, Outer { list, each: &mut |_: T| {} }))
}

/// The error of an answer that could not be read. It is read once more, this time with its path: keeping track of that
/// for every answer would slow down the listings.
#[cold]
fn unexpected<'de>(operation: &'static str, body: &'de [u8], seed: impl DeserializeSeed<'de>) -> Error {
    let (mut text, mut track) = (serde_json::Deserializer::from_slice(body), Track::new());
    let read = seed.deserialize(serde_path_to_error::Deserializer::new(&mut text, &mut track));
    let detail = match read.map_err(|error| (error.classify(), error)) {
        Ok(_) => "something follows the JSON".to_owned(),
        Err((Category::Eof, _)) => "it is cut off".to_owned(),
        Err((Category::Data, error)) => match shown(&track.path()).as_str() {
            "" => wrong_form(&error.to_string()),
            path => format!("{path}: {}", wrong_form(&error.to_string())),
        },
        Err((Category::Syntax | Category::Io, _)) => "it is not JSON".to_owned(),
    };
    ErrorKind::Unexpected { operation, detail }.into()
}

/// What serde's text about a wrong value says of the type: what is found stands before the last `expected`, and that
/// may be a secret. A text that is not one of serde's own is not repeated at all.
fn wrong_form(error: &str) -> String {
    let text = error.rsplit_once(" at line ").map_or(error, |(text, _)| text);
    if text.starts_with("missing field `") {
        return text.to_owned();
    }
    let of_serde = ["invalid type: ", "invalid value: ", "invalid length "];
    let expected =
        text.rsplit_once(", expected ").filter(|_| of_serde.iter().any(|start| text.starts_with(start)));
    match expected {
        Some((_, expected)) => format!("not the documented form (expected {expected})"),
        None => "not the documented form".to_owned(),
    }
}

/// `[3].FirstName`. Only names that could be documented are shown.
fn shown(path: &Path) -> String {
    let mut out = String::new();
    for segment in path {
        if out.len() > LONGEST_PATH {
            return format!("{}…", out.get(..LONGEST_PATH).unwrap_or_default());
        }
        let dot = if out.is_empty() { "" } else { "." };
        // Writing into a string cannot fail.
        let _ = match segment {
            Segment::Seq { index } => write!(out, "[{index}]"),
            Segment::Map { key } if is_name(key) => write!(out, "{dot}{key}"),
            _ => write!(out, "{dot}?"),
        };
    }
    out
}

fn is_name(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The object around the list.
struct Outer<'e, T> {
    list: &'static str,
    each: &'e mut dyn FnMut(T),
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Outer<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Outer<'_, T> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "an object with a list {}", self.list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut found = false;
        while let Some(name) = members.next_key::<String>()? {
            if name.eq_ignore_ascii_case(self.list) {
                found = true;
                members.next_value_seed(List(&mut *self.each))?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        if found { Ok(()) } else { Err(A::Error::missing_field(self.list)) }
    }
}

struct List<'e, T>(&'e mut dyn FnMut(T));

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for List<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_option(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<'_, T> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element()? {
            (self.0)(element);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(error: &Error) -> String {
        error.to_string().trim_start_matches("Op: unexpected answer from iLOQ: ").to_owned()
    }

    fn rows(json: &str) -> Result<Vec<u8>, String> {
        let mut all = Vec::new();
        let outcome = decode_each("Op", json.as_bytes(), "Rows", &mut |row: u8| all.push(row));
        outcome.map(|()| all).map_err(|error| detail(&error))
    }

    #[test]
    fn elements_come_one_after_another_whatever_stands_around_them() {
        assert_eq!(rows(r#"{"From":null,"rows":[1,2,3],"More":{"Rows":[9]}}"#), Ok(vec![1, 2, 3]));
        assert_eq!(rows(r#"{"Rows":[]}"#), Ok(vec![]));
        assert_eq!(rows(r#"{"Rows":null}"#), Ok(vec![]));
    }

    #[test]
    fn what_is_no_such_object_is_refused() {
        for (json, error) in [
            (r#"{"Other":[]}"#, "missing field `Rows`"),
            (r#"{"Rows":{}}"#, "Rows: not the documented form (expected a list)"),
            ("[1]", "not the documented form (expected an object with a list Rows)"),
            (r#"{"Rows":[1,"#, "it is cut off"),
            (r#"{"Rows":[1]} x"#, "something follows the JSON"),
            ("<html>", "it is not JSON"),
            (r#"{"Rows":[1,"x"]}"#, "Rows[1]: not the documented form (expected u8)"),
        ] {
            assert_eq!(rows(json), Err(error.to_owned()), "{json}");
        }
    }

    #[test]
    fn elements_before_a_wrong_one_are_given_once() {
        let mut all = Vec::new();
        decode_each("Op", br#"{"Rows":[1,2,"x"]}"#, "Rows", &mut |row: u8| all.push(row)).unwrap_err();
        assert_eq!(all, [1, 2]);
    }

    #[test]
    fn what_is_found_is_not_told() {
        for (found, error) in [
            (
                r#"invalid type: string "a, expected b at line 1", expected u8 at line 1 column 2"#,
                "(expected u8)",
            ),
            ("invalid value: integer `7`, expected a GUID at line 1 column 2", "(expected a GUID)"),
            ("missing field `Id` at line 1 column 2", "missing field `Id`"),
            ("hunter2 is wrong, expected hunter3 at line 1 column 2", "documented form"),
            ("unknown variant `hunter2`, expected `a` at line 1 column 2", "documented form"),
        ] {
            let told = wrong_form(found);
            assert!(told.ends_with(error) && !told.contains("hunter") && !told.contains('"'), "{told}");
        }
    }

    #[test]
    fn paths_are_short_and_have_only_names() {
        type Deep = std::collections::BTreeMap<String, Vec<std::collections::BTreeMap<String, u8>>>;
        for (json, path) in [
            (r#"{"a":[{},{"First_Name":"x"}]}"#, "a[1].First_Name: "),
            (r#"{"pass word":[{"ä":"x"}]}"#, "?[0].?: "),
        ] {
            let error = detail(&decode::<Deep>("Op", json.as_bytes()).unwrap_err());
            assert!(error.starts_with(path), "{error}");
        }
        #[derive(Debug, serde::Deserialize)]
        struct Nested {
            #[expect(dead_code, reason = "only its place matters")]
            a_name_of_twenty_chars: Option<Box<Nested>>,
        }
        let deep = format!("{}1{}", r#"{"a_name_of_twenty_chars":"#.repeat(9), "}".repeat(9));
        let error = detail(&decode::<Nested>("Op", deep.as_bytes()).unwrap_err());
        assert!(error.contains("…: not the documented form") && error.len() < 200, "{error}");
    }
}
