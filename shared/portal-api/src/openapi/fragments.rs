//! The parts of the document that are written by hand.

use serde_json::{Map, Value};

use super::DocumentError;

pub(super) const INTRODUCTION: &str = include_str!("introduction.md");

const FILES: &[(&str, &str)] = &[
    ("common.json", include_str!("../../openapi/common.json")),
    ("systems.json", include_str!("../../openapi/systems.json")),
    ("structure.json", include_str!("../../openapi/structure.json")),
    ("users.json", include_str!("../../openapi/users.json")),
    ("keys.json", include_str!("../../openapi/keys.json")),
    ("mobile_keys.json", include_str!("../../openapi/mobile_keys.json")),
    ("limits.json", include_str!("../../openapi/limits.json")),
    ("blocking.json", include_str!("../../openapi/blocking.json")),
    ("logs.json", include_str!("../../openapi/logs.json")),
    ("events.json", include_str!("../../openapi/events.json")),
    ("jobs.json", include_str!("../../openapi/jobs.json")),
    ("meta.json", include_str!("../../openapi/meta.json")),
];

/// Words and schemas of all areas.
pub(super) struct Fragments {
    operations: Map<String, Value>,
    schemas: Map<String, Value>,
}

impl Fragments {
    pub(super) fn load() -> Result<Self, DocumentError> {
        let mut all = Self { operations: Map::new(), schemas: Map::new() };
        for (file, text) in FILES {
            let mut parts: Map<String, Value> =
                serde_json::from_str(text).map_err(|source| DocumentError::NotJson { file, source })?;
            for (name, into) in [("operations", &mut all.operations), ("schemas", &mut all.schemas)] {
                if let Some(Value::Object(part)) = parts.remove(name) {
                    into.extend(part);
                }
            }
        }
        Ok(all)
    }

    /// The words of an operation.
    pub(super) fn take(&mut self, id: &str) -> Option<Value> {
        self.operations.remove(id)
    }

    /// The operations whose words nobody took.
    #[cfg(test)]
    pub(super) fn left(&self) -> Vec<&str> {
        self.operations.keys().map(String::as_str).collect()
    }

    pub(super) fn into_schemas(self) -> Map<String, Value> {
        self.schemas
    }
}
