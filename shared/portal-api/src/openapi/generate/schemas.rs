//! The schemas of all types that the document names.

use std::collections::BTreeMap;

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

use super::DocumentError;
use super::operations::SchemaOf;
use super::tidy::tidy;

/// Makes schemas, apart for what is written by clients and what they read.
pub(super) struct Schemas {
    answers: SchemaGenerator,
    requests: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            answers: settings().for_serialize().into_generator(),
            requests: settings().for_deserialize().into_generator(),
        }
    }

    /// The schema of an answer.
    pub(super) fn answer(&mut self, of: SchemaOf) -> Value {
        of(&mut self.answers).to_value()
    }

    /// The schema of a body or a parameter.
    pub(super) fn request(&mut self, of: SchemaOf) -> Value {
        of(&mut self.requests).to_value()
    }

    /// Whether a body of this schema has members that can't be left out.
    pub(super) fn needs_members(&mut self, of: SchemaOf) -> bool {
        let reference = self.request(of);
        let name = reference["$ref"].as_str().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
        let schemas = self.requests.definitions().clone();
        let schema = tidy(schemas).remove(name).unwrap_or_default();
        schema.get("required").is_some() || schema.get("oneOf").is_some()
    }

    /// All schemas that have a name.
    pub(super) fn into_components(mut self) -> Result<Map<String, Value>, DocumentError> {
        let mut all: BTreeMap<String, Value> = BTreeMap::new();
        for generator in [&mut self.answers, &mut self.requests] {
            for (name, schema) in tidy(generator.take_definitions(true)) {
                if all.get(&name).is_some_and(|known| *known != schema) {
                    return Err(DocumentError::TwoMeanings(name));
                }
                all.insert(name, schema);
            }
        }
        Ok(all.into_iter().collect())
    }
}
