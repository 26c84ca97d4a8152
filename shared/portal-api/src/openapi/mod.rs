//! The OpenAPI 3.1 document: the route table gives the paths, `openapi/*.json` the words and schemas.
//!
//! `docs/openapi.json` is the document as it was last built; a test keeps it equal. What is served is
//! that file without its white space, so no component builds the document at run time.

mod components;
mod fragments;
mod operation;
mod problems;
mod used;

use serde_json::{Map, Value, json};

use crate::routes::{BUILT, Component, ROUTES};
use fragments::Fragments;
use problems::Problems;

/// The document of the built components, without white space: what `GET /openapi.json` answers.
#[must_use]
pub fn served() -> Vec<u8> {
    const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.min.deflate"));
    // Packed by the build script: it always unpacks.
    miniz_oxide::inflate::decompress_to_vec(PACKED).unwrap_or_default()
}

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
    document_of(version, BUILT)
}

/// Builds the document as it would be with these components.
///
/// # Errors
/// [`DocumentError`] if the parts do not fit together.
pub fn document_of(version: &str, components: &[Component]) -> Result<Value, DocumentError> {
    let mut document = assemble(version, components)?;
    used::keep_used(&mut document);
    Ok(sorted(document))
}

/// The document with all that is shared, whether these components use it or not.
fn assemble(version: &str, built: &[Component]) -> Result<Value, DocumentError> {
    let mut fragments = Fragments::load()?;
    let mut problems = Problems::default();
    let mut paths = Map::new();
    for route in ROUTES.iter().filter(|route| built.contains(&route.component)) {
        let mut item = Map::new();
        for operation in route.operations {
            let words = fragments.take(operation.id).ok_or(DocumentError::Undescribed(operation.id))?;
            let built = operation::build(route, operation, &words, &mut problems)
                .ok_or(DocumentError::Undescribed(operation.id))?;
            item.insert(operation.method.name().to_ascii_lowercase(), built);
        }
        paths.insert(route.template.to_owned(), Value::Object(item));
    }
    let tags: Vec<Value> = built.iter().map(|component| json!({ "name": component.name() })).collect();
    Ok(json!({
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
    }))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The components whose operations all have words, built or not.
    fn described() -> Vec<Component> {
        let mut fragments = Fragments::load().unwrap();
        let mut lacking = Vec::new();
        for route in ROUTES {
            for operation in route.operations {
                if fragments.take(operation.id).is_none() {
                    lacking.push(route.component);
                }
            }
        }
        Component::ALL.iter().copied().filter(|component| !lacking.contains(component)).collect()
    }

    #[test]
    fn no_schema_is_left_over_once_all_is_built() {
        let all = assemble("0", &described()).unwrap();
        let mut used = all.clone();
        used::keep_used(&mut used);
        for kind in ["schemas", "parameters"] {
            for name in all["components"][kind].as_object().unwrap().keys() {
                assert!(used["components"][kind].get(name).is_some(), "{kind}/{name} is never used");
            }
        }
    }

    #[test]
    fn words_belong_to_an_operation() {
        let mut fragments = Fragments::load().unwrap();
        for operation in ROUTES.iter().flat_map(|route| route.operations) {
            fragments.take(operation.id);
        }
        assert_eq!(fragments.left(), Vec::<&str>::new());
    }
}
