//! Code tables: enums that keep codes which this version does not know.

mod access;
mod key;
mod limits;
mod logs;
mod person;
mod session;
mod structure;

pub use access::*;
pub use key::*;
pub use limits::*;
pub use logs::*;
pub use person::*;
pub use session::*;
pub use structure::*;

/// Declares a code table: `Variant = code, "meaning";`.
macro_rules! codes {
    ($($(#[$doc:meta])* pub enum $table:ident { $($variant:ident = $code:literal, $meaning:literal;)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $table {
            $(#[doc = $meaning] $variant,)*
            /// A code that this version does not know; kept and written back.
            Other(i32),
        }

        impl $table {
            /// Every known value.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// iLOQ's number.
            #[must_use]
            pub const fn code(self) -> i32 {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Other(code) => code,
                }
            }

            /// The value with that number.
            #[must_use]
            pub const fn from_code(code: i32) -> Self {
                match code {
                    $($code => Self::$variant,)*
                    other => Self::Other(other),
                }
            }

            /// A short name for logs and metrics.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)*
                    Self::Other(_) => "Other",
                }
            }

            /// What it means, for people.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning,)*
                    Self::Other(_) => "a code that this version of the integration does not know",
                }
            }
        }

        impl serde::Serialize for $table {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i32(self.code())
            }
        }

        impl<'de> serde::Deserialize<'de> for $table {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <i32 as serde::Deserialize>::deserialize(deserializer).map(Self::from_code)
            }
        }
    )*};
}
pub(crate) use codes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_codes_survive() {
        let state: KeyState = serde_json::from_str("77").unwrap();
        assert_eq!(state, KeyState::Other(77));
        assert_eq!(serde_json::to_string(&state).unwrap(), "77");
        assert_eq!((state.code(), state.name()), (77, "Other"));
    }

    #[test]
    fn known_codes_have_a_name_and_a_meaning() {
        let check: CanOrder = serde_json::from_str("9").unwrap();
        assert_eq!((check, check.name()), (CanOrder::PhoneNumberMissing, "PhoneNumberMissing"));
        assert_eq!(CanOrder::from_code(-1), CanOrder::Failed);
        for value in CanOrder::ALL {
            assert_eq!(CanOrder::from_code(value.code()), *value);
            assert!(!value.meaning().is_empty());
        }
    }

    #[test]
    fn a_text_is_not_a_code() {
        assert!(serde_json::from_str::<ZoneType>("\"1\"").is_err());
    }
}
