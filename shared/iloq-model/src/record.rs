//! Records that survive a read-modify-write: what this crate does not know is kept and written back.
//!
//! The (de)serialisers are made by [`record!`](crate::record::record) rather than derived with
//! `flatten`: that buffers every record twice, which a listing of ten thousand persons feels.

use serde_json::Value;

/// Members that this crate has no field for, in the order in which they came.
pub type OtherMembers = Vec<(Box<str>, Value)>;

/// Declares a record: members in brackets are required, the others carry how they are written.
///
/// - `nullable`: missing and null read as `None`; `None` is written as null (iLOQ allows null there).
/// - `optional`: missing and null read as `None`; `None` is left out (null is not allowed there).
/// - `list`: missing and null read as empty; always written.
/// - `listed`: null reads as empty, but the member must be there: an answer without it is another answer,
///   and taking that for "nothing" could strip a key. Always written.
macro_rules! record {
    (@type nullable $type:ty) => { Option<$type> };
    (@type optional $type:ty) => { Option<$type> };
    (@type list $type:ty) => { Vec<$type> };
    (@type listed $type:ty) => { Vec<$type> };

    (@none nullable) => { None };
    (@none optional) => { None };
    (@none list) => { Vec::new() };
    (@none listed) => { Vec::new() };

    (@read nullable $members:ident $name:literal $slot:expr) => { $members.may($name, $slot) };
    (@read optional $members:ident $name:literal $slot:expr) => { $members.may($name, $slot) };
    (@read list $members:ident $name:literal $slot:expr) => { $members.value($name, $slot) };
    (@read listed $members:ident $name:literal $slot:expr) => { $members.listed($name, $slot) };

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
                const NAMES: &[&str] = &[$($needed_name,)* $($name,)*];
                $(let mut $needed: Option<$needed_type> = None;)*
                $(let mut $field = $crate::record::record!(@none $mode);)*
                let mut other = Vec::new();
                json_tree::object(from, concat!("an object (", stringify!($record), ")"), &mut |members| {
                    $(members.need($needed_name, &mut $needed);)*
                    $($crate::record::record!(@read $mode members $name &mut $field);)*
                    other = members.others(NAMES);
                })?;
                Ok($record {
                    $($needed: $needed.ok_or_else(|| serde::de::Error::missing_field($needed_name))?,)*
                    $($field,)*
                    other,
                })
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
    fn a_required_member_is_required() {
        assert!(sample(&json!({"Text": "x"})).unwrap_err().starts_with("missing field `Sample_ID`"));
        assert!(sample(&json!({"Sample_ID": null})).unwrap_err().starts_with("missing field `Sample_ID`"));
        assert!(sample(&json!([1])).unwrap_err().contains("expected an object (Sample)"));
    }
}
