//! A key in the answer of a refresh: one schema with all members, so that clients need not tell two kinds apart.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::tidy::require_only;
use crate::{RefreshItem, RefreshedKey};

impl JsonSchema for RefreshItem {
    fn schema_name() -> Cow<'static, str> {
        "RefreshedKey".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = RefreshedKey::json_schema(generator);
        require_only(&mut schema, &["keyId", "action", "outcome"]);
        schema.insert(
            "description".into(),
            "A key that was read anew: the members of an item, and those of the key unless it could not be read."
                .into(),
        );
        schema
    }
}
