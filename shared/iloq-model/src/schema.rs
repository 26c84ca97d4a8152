//! JSON schemas of what an API's answers and requests hold of iLOQ's.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::Contract, json_schema};

use crate::time::LocalTime;
use crate::{AccessRightId, KeyId, LockGroupId, PersonId, SubscriptionId, TimeLimitTitleId, ZoneId};

macro_rules! guids {
    ($($id:ident)*) => {$(
        impl JsonSchema for $id {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($id).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": "uuid" })
            }
        }
    )*};
}

guids! { AccessRightId KeyId LockGroupId PersonId SubscriptionId TimeLimitTitleId ZoneId }

impl JsonSchema for LocalTime {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "LocalTime".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({ "type": "string" });
        if *generator.contract() == Contract::Deserialize {
            let pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$";
            schema.insert("pattern".into(), pattern.into());
        }
        schema
    }
}
