//! The OpenAPI 3.1 document: the route table gives the paths, `openapi/*.json` the words and schemas.
//!
//! `docs/openapi.json` is the document as it was last built; a test keeps it equal. What is served is
//! that file without its white space, so no component builds the document at run time.

mod components;
mod fragments;
mod operation;
mod problems;

use serde_json::{Map, Value, json};

use crate::routes::{BUILT, ROUTES};
use fragments::Fragments;
use problems::Problems;

/// The document of the built components, without white space: what `GET /openapi.json` answers.
pub const SERVED: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.min.json"));

/// Why the document can't be built. Both are mistakes in `openapi/*.json`.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// A file is not JSON.
    #[error("openapi/{file} is not JSON")]
    NotJson {
        /// The file.
        file: &'static str,
        /// Where.
        source: serde_json::Error,
    },
    /// An operation of the route table has no words, or words of no use.
    #[error("the operation {0} is not described, or its problems are not known codes")]
    Undescribed(&'static str),
}

/// Builds the document for the components that are built.
///
/// # Errors
/// [`DocumentError`] if the parts do not fit together.
pub fn document(version: &str) -> Result<Value, DocumentError> {
    let mut fragments = Fragments::load()?;
    let mut problems = Problems::default();
    let mut paths = Map::new();
    for route in ROUTES.iter().filter(|route| BUILT.contains(&route.component)) {
        let mut item = Map::new();
        for operation in route.operations {
            let words = fragments.take(operation.id).ok_or(DocumentError::Undescribed(operation.id))?;
            let built = operation::build(route, operation, &words, &mut problems)
                .ok_or(DocumentError::Undescribed(operation.id))?;
            item.insert(operation.method.name().to_ascii_lowercase(), built);
        }
        paths.insert(route.template.to_owned(), Value::Object(item));
    }
    let tags: Vec<Value> = BUILT.iter().map(|component| json!({ "name": component.name() })).collect();
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "iLOQ functions",
            "version": version,
            "summary": "Access portal to iLOQ 5 Series locking systems",
            "description": fragments::INTRODUCTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }],
        "tags": tags,
        "paths": paths,
        "components": components::build(fragments.into_schemas(), &problems.into_components()),
    });
    Ok(sorted(document))
}

/// The text of `docs/openapi.json`: indented, with a line end.
///
/// # Errors
/// [`DocumentError`] if the parts do not fit together.
pub fn text(version: &str) -> Result<String, DocumentError> {
    Ok(format!("{:#}\n", document(version)?))
}

/// Members in the order of their names, whatever map `serde_json` was built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut members: Vec<(String, Value)> = map.into_iter().collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().map(|(name, value)| (name, sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
