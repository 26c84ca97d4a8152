//! Typed ids over iLOQ's GUIDs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Unexpected};
use uuid::Uuid;

/// A text that is not a GUID of the form `8-4-4-4-12` hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a GUID such as 3fa85f64-5717-4562-b3fc-2c963f66afa6")]
pub struct InvalidId;

/// Only the dashed form: braces and bare digits never occur in iLOQ's documents.
fn parse(text: &str) -> Result<Uuid, InvalidId> {
    if text.len() != uuid::fmt::Hyphenated::LENGTH {
        return Err(InvalidId);
    }
    Uuid::try_parse(text).map_err(|_| InvalidId)
}

struct IdVisitor;

impl serde::de::Visitor<'_> for IdVisitor {
    type Value = Uuid;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a GUID")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Uuid, E> {
        // The text found stays out of the error.
        parse(text).map_err(|InvalidId| E::invalid_value(Unexpected::Other("another text"), &self))
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// Read in any case, written in lower case.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The all-zero GUID. For a real estate it is the root, which exists in every locking system.
            pub const ZERO: Self = Self(Uuid::nil());

            /// Wraps a GUID.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The GUID itself.
            #[must_use]
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }

            /// The id of a new entity that the integration makes: the same inputs give the same id, so a
            /// repeated call meets the entity that the first one made. `kind` keeps entities of one portal
            /// id apart; `generation` counts how often the entity has been made anew.
            #[must_use]
            pub fn derive(lock_group: LockGroupId, kind: &str, portal_id: &str, generation: u32) -> Self {
                Self(derived(&lock_group.0, kind, portal_id, generation))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, out)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(IdVisitor).map(Self)
            }
        }
    )*};
}

/// `UUIDv5` over the namespace and the three parts, parted by NUL so that no two triples run together.
fn derived(namespace: &Uuid, kind: &str, portal_id: &str, generation: u32) -> Uuid {
    Uuid::new_v5(namespace, format!("{kind}\0{portal_id}\0{generation}").as_bytes())
}

ids! {
    /// A person (`Person_ID`).
    PersonId;
    /// A key (`FNKey_ID`).
    KeyId;
    /// A locking system (`LockGroup_ID`).
    LockGroupId;
    /// A zone (`Zone_ID`).
    ZoneId;
    /// A real estate (`RealEstate_ID`).
    RealEstateId;
    /// A lock (`FLock_ID`).
    LockId;
    /// An access right (`SecurityAccess_ID`).
    AccessRightId;
    /// A time profile (`TimeLimitTitle_ID`).
    TimeLimitTitleId;
    /// A weekly row of a time profile (`TimeLimitData_ID`).
    TimeLimitDataId;
    /// A network module (`FProgKey_ID`).
    NetworkModuleId;
    /// A device behind a network module (`NetworkModuleDevice_ID`).
    NetworkModuleDeviceId;
    /// The owner of locking systems (`Customer_ID`).
    CustomerId;
    /// A row of the audit trail (`DeviceLog_ID`).
    DeviceLogId;
    /// A row of the block list (`FNKeyBlacklistPacketLink_ID`).
    BlockListRowId;
    /// A version of the block list as it is sent out (`BlacklistPacket_ID`).
    BlockListPacketId;
    /// A kind of webhook event (`WebhookEventId`).
    WebhookEventId;
    /// A webhook subscription (`SubscriptionId`).
    SubscriptionId;
    /// One payload of a subscription (`WebhookEventPayloadId`).
    WebhookPayloadId;
    /// A calendar entry (`CalendarData_ID`).
    CalendarEntryId;
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPPER: &str = "3FA85F64-5717-4562-B3FC-2C963F66AFA6";

    #[test]
    fn any_case_is_read_and_lower_case_is_written() {
        let id: PersonId = serde_json::from_str(&format!("\"{UPPER}\"")).unwrap();
        assert_eq!(id, UPPER.to_lowercase().parse().unwrap());
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{}\"", UPPER.to_lowercase()));
        assert_eq!(format!("{id} {id:?}"), format!("{0} {0}", UPPER.to_lowercase()));
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in ["", "x", "3fa85f6457174562b3fc2c963f66afa6", "{3fa85f64-5717-4562-b3fc-2c963f66afa6}"] {
            assert_eq!(text.parse::<KeyId>(), Err(InvalidId), "{text}");
        }
        let error = serde_json::from_str::<KeyId>("\"nobody\"").unwrap_err().to_string();
        assert!(error.starts_with("invalid value: another text, expected a GUID"), "{error}");
    }

    #[test]
    fn derived_ids_are_stable_and_depend_on_every_part() {
        let group: LockGroupId = UPPER.parse().unwrap();
        let id = PersonId::derive(group, "person", "anna", 0);
        assert_eq!(id.to_string(), "0ee9005c-eb93-5146-a566-4ba77f4dafc5");
        assert_eq!(id, PersonId::derive(group, "person", "anna", 0));
        for other in [
            PersonId::derive(LockGroupId::ZERO, "person", "anna", 0),
            PersonId::derive(group, "key", "anna", 0),
            PersonId::derive(group, "person", "bo", 0),
            PersonId::derive(group, "person", "anna", 1),
        ] {
            assert_ne!(id, other);
        }
    }
}
