//! Schemas of values that are one JSON string, and of closed sets of words.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::Contract, json_schema};

use super::tidy::NULLABLE;
use crate::{Code, Date, Patch, PortalId, Time};

/// What an id that the portal chooses, or that we make, looks like.
pub(super) const TOKEN: &str = "^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$";

/// A closed set of words with what each of them means.
pub trait ClosedSet {
    /// What the words tell, line by line.
    const ABOUT: &'static [&'static str];
    /// Each word, and its meaning line by line.
    const WORDS: &'static [(&'static str, &'static [&'static str])];
}

/// The lines of a documentation comment as one paragraph.
pub(super) fn paragraph(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// The schema of a closed set of words.
pub(crate) fn enumeration<T: ClosedSet>() -> Schema {
    let said = T::WORDS.iter().map(|(word, meaning)| (*word, paragraph(meaning)));
    listed(&paragraph(T::ABOUT), said)
}

fn listed(about: &str, words: impl Iterator<Item = (&'static str, String)>) -> Schema {
    let mut names = Vec::new();
    let mut description = format!("{about}\n");
    for (word, meaning) in words {
        description.push_str(&format!("\n- `{word}`: {meaning}"));
        names.push(word);
    }
    json_schema!({ "type": "string", "enum": names, "description": description })
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "ProblemCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes = Self::ALL.iter().map(|code| (code.name(), format!("{}.", code.title())));
        listed("A problem's stable code.", codes)
    }
}

/// Implements a schema that stands where it is used, without a name of its own.
macro_rules! inline {
    ($name:ident, $schema:expr) => {
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let schema: fn(&mut SchemaGenerator) -> Schema = $schema;
                schema(generator)
            }
        }
    };
}

inline!(Time, |_| json_schema!({ "type": "string", "format": "date-time" }));
inline!(Date, |_| json_schema!({ "type": "string", "format": "date" }));
// Answers hold what is stored: a pattern there would refuse what an older version has taken.
inline!(PortalId, |generator| match generator.contract() {
    Contract::Deserialize => json_schema!({ "type": "string", "pattern": TOKEN }),
    _ => json_schema!({ "type": "string" }),
});

impl<T: JsonSchema> JsonSchema for Patch<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Nullable{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Option::<T>::json_schema(generator);
        schema.insert(NULLABLE.into(), true.into());
        schema
    }
}
