//! From bytes to one JSON object.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::problem::{Code, Problem};

/// How deep objects and arrays may nest. No body of this API needs more than four.
const MAX_DEPTH: u8 = 16;

/// 415 unless the body is empty or its type is JSON in UTF-8.
///
/// # Errors
/// 415 `unsupported-media-type`.
pub fn check_content_type(header: Option<&str>, body: &[u8]) -> Result<(), Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    let mut parts = header.unwrap_or_default().split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json = media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"));
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    if json && utf8 { Ok(()) } else { Err(Problem::of(Code::UnsupportedMediaType)) }
}

/// The body's members. An empty body is `{}`.
///
/// # Errors
/// 400 `malformed-json` with line and column (not UTF-8, not JSON, a member repeated, nested too deeply);
/// 422 `invalid-request` if it is JSON but no object.
pub fn parse_object(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    let text = std::str::from_utf8(body).map_err(|error| {
        malformed(&format!("The body is not UTF-8 from byte {} on.", error.valid_up_to()))
    })?;
    if text.bytes().all(|b| b.is_ascii_whitespace()) {
        return Ok(Map::new());
    }
    // From bytes, as all other JSON: a second parser for texts would be linked as well.
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = Strict { depth: MAX_DEPTH }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| malformed(&format!("The body is not JSON: {error}.")))?;
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(Problem::invalid("", "the body must be an object")),
    }
}

fn malformed(fact: &str) -> Problem {
    Problem::because(Code::MalformedJson, fact)
}

/// Reads a value, refusing repeated members: which of two was meant is anybody's guess.
struct Strict {
    depth: u8,
}

impl Strict {
    fn inner<E: serde::de::Error>(&self) -> Result<Self, E> {
        self.depth
            .checked_sub(1)
            .map(|depth| Self { depth })
            .ok_or_else(|| E::custom("it is nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self.inner()?)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            if map.contains_key(&name) {
                return Err(A::Error::custom(format_args!(
                    "the member {:?} is repeated",
                    super::shorten(&name)
                )));
            }
            let value = access.next_value_seed(self.inner()?)?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{check_content_type, parse_object};
    use crate::problem::Code;

    #[test]
    fn objects_and_nothing_else() {
        assert_eq!(
            json!(parse_object(br#" {"a":[1,-2,2.5,null,true,{"b":"c"}]} "#).unwrap()),
            json!({"a":[1,-2,2.5,null,true,{"b":"c"}]})
        );
        assert!(parse_object(b"").unwrap().is_empty());
        assert!(parse_object(b" \r\n").unwrap().is_empty());
        for not_object in ["[]", "1", "\"a\"", "null"] {
            let problem = parse_object(not_object.as_bytes()).unwrap_err();
            assert_eq!((problem.code, problem.errors[0].pointer.as_str()), (Code::InvalidRequest, ""));
        }
    }

    #[test]
    fn what_is_malformed_is_told_with_its_place() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40));
        let cases: &[(&[u8], &str)] = &[
            (b"{\n \"a\": }", "line 2 column 7"),
            (b"{\"a\":1,\n\"a\":2}", "\"a\" is repeated"),
            (br#"{"x":{"a":1,"a":2}}"#, "repeated"),
            (b"{\"a\":1,}", "line 1"),
            (b"{} {}", "trailing"),
            (b"{\"a\":\"\xff\"}", "byte 6"),
            (b"\xef\xbb\xbf{}", "line 1 column 1"),
            (b"{\"a\":NaN}", "line 1"),
            (b"{\"a\":1e999}", "out of range"),
            (deep.as_bytes(), "too deeply"),
        ];
        for (body, part) in cases {
            let problem = parse_object(body).unwrap_err();
            assert_eq!(problem.code, Code::MalformedJson, "{}", problem.detail);
            assert!(problem.detail.contains(part), "{} lacks {part}", problem.detail);
        }
    }

    #[test]
    fn media_types() {
        let body = b"{}";
        for good in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/merge-patch+json",
            "application/json;charset=\"utf-8\"",
        ] {
            assert!(check_content_type(Some(good), body).is_ok(), "{good}");
        }
        for bad in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=latin1",
            "",
            "text/x+json",
        ] {
            assert_eq!(
                check_content_type(Some(bad), body).unwrap_err().code,
                Code::UnsupportedMediaType,
                "{bad}"
            );
        }
        assert!(check_content_type(None, body).is_err());
        assert!(check_content_type(None, b" ").is_ok());
    }
}
