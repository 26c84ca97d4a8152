//! Records that survive a read-modify-write: what this crate does not know is kept and written back.
//!
//! [`record!`](crate::record::record) writes the (de)serialisers, because serde's derive has no case-insensitive member
//! names and its `flatten` buffers every record.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::Value;

/// Members that this crate has no field for, in the order in which they came.
pub type OtherMembers = Vec<(Box<str>, Value)>;

/// A member's name, borrowed from the JSON unless it is written with escapes.
pub(crate) struct Name<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a member's name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}

/// Finds the field of the member `name`: first as it is documented, then without regard to ASCII case.
///
/// `next` is the place behind the last field found. The search begins there, since members mostly come in one order.
pub(crate) fn field_of<F: Copy>(fields: &[(&str, F)], next: &mut usize, name: &str) -> Option<F> {
    let (before, after) = fields.split_at_checked(*next).unwrap_or((fields, &[]));
    let is_it = |(known, _): &(&str, F)| *known == name;
    let at = match after.iter().position(is_it) {
        Some(at) => before.len() + at,
        None => before
            .iter()
            .position(is_it)
            .or_else(|| fields.iter().position(|(known, _)| known.eq_ignore_ascii_case(name)))?,
    };
    *next = at + 1;
    fields.get(at).map(|(_, field)| *field)
}

/// Declares a record: members in brackets are required, the others carry how they are written.
///
/// - `nullable`: missing and null read as `None`; `None` is written as null (iLOQ allows null there).
/// - `optional`: missing and null read as `None`; `None` is left out (null is not allowed there).
/// - `list`: missing and null read as empty; always written.
/// - `listed`: null reads as empty, but the member must be there: an answer without it is another answer,
///   and taking that for "nothing" could strip a key. Always written.
/// - `secret`: read like `optional`, never written.
///
/// Names are read in any ASCII case. Of two members of one name the last holds.
macro_rules! record {
    (@type nullable $type:ty) => { Option<$type> };
    (@type optional $type:ty) => { Option<$type> };
    (@type secret $type:ty) => { Option<$type> };
    (@type list $type:ty) => { Vec<$type> };
    (@type listed $type:ty) => { Vec<$type> };

    (@read list $members:ident $slot:ident) => { $slot = $members.next_value::<Option<_>>()?.unwrap_or_default() };
    (@read listed $members:ident $slot:ident) => {
        $slot = Some($members.next_value::<Option<_>>()?.unwrap_or_default())
    };
    (@read $mode:ident $members:ident $slot:ident) => { $slot = $members.next_value()? };

    (@value listed $name:literal $slot:ident) => { $slot.ok_or_else(|| serde::de::Error::missing_field($name))? };
    (@value $mode:ident $name:literal $slot:ident) => { $slot };

    (@put secret $map:ident $name:literal $value:expr) => {};
    (@put optional $map:ident $name:literal $value:expr) => {
        if let Some(value) = $value { $map.serialize_entry($name, value)?; }
    };
    (@put $mode:ident $map:ident $name:literal $value:expr) => { $map.serialize_entry($name, $value)? };

    (@make $record:ident [] [$($field:ident)*]) => {
        impl Default for $record {
            fn default() -> Self {
                Self { $($field: Default::default(),)* other: Vec::new() }
            }
        }
    };
    (@make $record:ident [$($needed:ident : $type:ty,)+] [$($field:ident)*]) => {
        impl $record {
            /// A record with the required members only.
            #[must_use]
            pub fn new($($needed: $type),+) -> Self {
                Self { $($needed,)* $($field: Default::default(),)* other: Vec::new() }
            }
        }
    };

    (
        $(#[$doc:meta])*
        pub struct $record:ident
        [ $($(#[$needed_doc:meta])* $needed:ident : $needed_type:ty = $needed_name:literal,)* ]
        { $($(#[$field_doc:meta])* $mode:ident $field:ident : $type:ty = $name:literal,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $record {
            $($(#[$needed_doc])* pub $needed: $needed_type,)*
            $($(#[$field_doc])* pub $field: $crate::record::record!(@type $mode $type),)*
            /// Members that this crate has no field for; written back as they came.
            pub other: $crate::record::OtherMembers,
        }

        $crate::record::record!(@make $record [$($needed: $needed_type,)*] [$($field)*]);

        impl serde::Serialize for $record {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                $(map.serialize_entry($needed_name, &self.$needed)?;)*
                $($crate::record::record!(@put $mode map $name &self.$field);)*
                for (name, value) in &self.other {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $record {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                #[allow(non_camel_case_types, reason = "named like the fields")]
                #[derive(Clone, Copy)]
                enum Field { $($needed,)* $($field,)* }
                const FIELDS: &[(&str, Field)] =
                    &[$(($needed_name, Field::$needed),)* $(($name, Field::$field),)*];

                struct Members;
                impl<'de> serde::de::Visitor<'de> for Members {
                    type Value = $record;

                    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        out.write_str(concat!("an object (", stringify!($record), ")"))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        mut members: A,
                    ) -> Result<$record, A::Error> {
                        $(let mut $needed: Option<$needed_type> = None;)*
                        $(let mut $field = Default::default();)*
                        let mut other = Vec::new();
                        let mut next = 0;
                        while let Some($crate::record::Name(name)) = members.next_key()? {
                            match $crate::record::field_of(FIELDS, &mut next, &name) {
                                $(Some(Field::$needed) => $needed = members.next_value()?,)*
                                $(Some(Field::$field) => {
                                    $crate::record::record!(@read $mode members $field);
                                })*
                                None => other.push((name.into(), members.next_value()?)),
                            }
                        }
                        Ok($record {
                            $($needed: $needed.ok_or_else(|| serde::de::Error::missing_field($needed_name))?,)*
                            $($field: $crate::record::record!(@value $mode $name $field),)*
                            other,
                        })
                    }
                }
                from.deserialize_map(Members)
            }
        }
    };
}
pub(crate) use record;

#[cfg(test)]
mod tests {
    #![expect(unreachable_pub, reason = "the macro makes public records")]
    use serde_json::json;

    record! {
        /// A record with a member of each kind.
        pub struct Sample [
            /// Required.
            id: u32 = "Sample_ID",
        ] {
            /// Nullable.
            nullable text: String = "Text",
            /// Optional.
            optional count: i32 = "Count",
            /// A list.
            list items: u8 = "Items",
        }
    }

    record! {
        /// An answer that is a list.
        pub struct Answer [] {
            /// The list.
            listed items: u8 = "Items",
        }
    }

    record! {
        /// A record with a secret.
        pub struct Guarded [] {
            /// The secret.
            secret secret: String = "Secret",
        }
    }

    fn sample(value: &serde_json::Value) -> Result<Sample, String> {
        serde_json::from_str(&value.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_known_comes_back_as_it_came() {
        let value = json!({"Sample_ID": 1, "Text": "x", "Count": 2, "Items": [3],
            "New": {"deep": [1.5, null, "ä"]}, "Newer": null});
        assert_eq!(serde_json::to_value(sample(&value).unwrap()).unwrap(), value);
    }

    #[test]
    fn names_match_in_any_case_and_are_written_as_documented() {
        let read = sample(&json!({"sample_id": 1, "TEXT": "x", "items": []})).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), json!({"Sample_ID": 1, "Text": "x", "Items": []}));
    }

    #[test]
    fn missing_and_null_read_the_same_and_null_is_written_only_where_it_may_be() {
        let missing = sample(&json!({"Sample_ID": 1})).unwrap();
        assert_eq!(
            missing,
            sample(&json!({"Sample_ID": 1, "Text": null, "Count": null, "Items": null})).unwrap()
        );
        assert_eq!(missing, Sample::new(1));
        assert_eq!(
            serde_json::to_value(missing).unwrap(),
            json!({"Sample_ID": 1, "Text": null, "Items": []})
        );
    }

    #[test]
    fn a_missing_list_is_not_an_empty_one() {
        let items = |json| serde_json::from_str::<Answer>(json).map(|answer| answer.items);
        assert_eq!(items(r#"{"items":[1]}"#).unwrap(), [1]);
        assert!(items(r#"{"Items":null}"#).unwrap().is_empty());
        assert!(items("{}").unwrap_err().to_string().starts_with("missing field `Items`"));
    }

    #[test]
    fn of_two_members_of_one_name_the_last_holds() {
        let read = |json| serde_json::from_str::<Sample>(json).map_err(|error| error.to_string());
        let last =
            read(r#"{"Sample_ID":1,"Text":"x","Items":[1],"TEXT":"y","items":null,"sample_id":2}"#).unwrap();
        assert_eq!((last.id, last.text.as_deref(), last.items.len()), (2, Some("y"), 0));
        assert!(read(r#"{"Sample_ID":1,"Sample_ID":null}"#).unwrap_err().starts_with("missing field"));
    }

    #[test]
    fn names_are_found_in_any_order_and_with_escapes() {
        let read: Sample =
            serde_json::from_str(r#"{"Items":[3],"C\u006funt":2,"T\u00e4xt":1,"Text":"x","Sample_ID":1}"#)
                .unwrap();
        assert_eq!((read.id, read.count, read.items.as_slice()), (1, Some(2), &[3][..]));
        assert_eq!(read.other, [("Täxt".into(), 1.into())]);
    }

    #[test]
    fn a_secret_is_read_and_never_written() {
        let read: Guarded = serde_json::from_str(r#"{"secret":"x"}"#).unwrap();
        assert_eq!(read.secret.as_deref(), Some("x"));
        assert_eq!(serde_json::to_string(&read).unwrap(), "{}");
    }

    #[test]
    fn a_required_member_is_required() {
        assert!(sample(&json!({"Text": "x"})).unwrap_err().starts_with("missing field `Sample_ID`"));
        assert!(sample(&json!({"Sample_ID": null})).unwrap_err().starts_with("missing field `Sample_ID`"));
        assert!(sample(&json!([1])).unwrap_err().contains("expected an object (Sample)"));
    }
}
