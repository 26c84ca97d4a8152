//! The document as a whole.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::operation;
use super::operations::{self, OperationDoc};
use super::parameters;
use super::problem::Answered;
use super::problems::Problems;
use super::scalars::{ClosedSet, paragraph};
use super::schemas::Schemas;
use crate::routes::{BUILT, Component, ROUTES};

const INTRODUCTION: &str = include_str!("introduction.md");
/// An example of each schema that has one. What it must look like, the types say; tests hold it to that.
const EXAMPLES: &str = include_str!("examples.json");

/// Why the document can't be built: a mistake in the code.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The examples are not JSON.
    #[error("examples.json is not JSON")]
    Examples(#[from] serde_json::Error),
    /// An operation of the route table, or one of its parameters, is not described.
    #[error("the operation {0} is not described")]
    Undescribed(&'static str),
    /// A description belongs to nothing: an operation or a schema that there is not.
    #[error("{0} is described and not there")]
    Unknown(String),
    /// Two types have the same name and different schemas.
    #[error("two schemas are called {0}")]
    TwoMeanings(String),
}

/// Builds the document.
///
/// # Errors
/// [`DocumentError`] if the parts do not fit together.
pub fn document(version: &str) -> Result<Value, DocumentError> {
    let mut docs: BTreeMap<&str, OperationDoc> = operations::all().map(|doc| (doc.id, doc)).collect();
    let mut schemas = Schemas::new();
    let mut problems = Problems::default();
    let mut paths = Map::new();
    for route in ROUTES.iter().filter(|route| BUILT.contains(&route.component)) {
        let mut item = Map::new();
        // What exists by a variable's grace only would be in every generated client: it is told in words.
        for operation in route.operations.iter().filter(|operation| !operation.by_get) {
            let undescribed = || DocumentError::Undescribed(operation.id);
            let doc = docs.remove(operation.id).ok_or_else(undescribed)?;
            let built = operation::build(route, operation, &doc, &mut schemas, &mut problems);
            item.insert(operation.method.name().to_ascii_lowercase(), built.ok_or_else(undescribed)?);
        }
        paths.insert(route.template.to_owned(), Value::Object(item));
    }
    if let Some(id) = docs.keys().next() {
        return Err(DocumentError::Unknown((*id).to_owned()));
    }
    let tags: Vec<Value> = BUILT.iter().map(|component| tag(*component)).collect();
    Ok(sorted(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "iLOQ functions",
            "version": version,
            "summary": "Access portal to iLOQ 5 Series locking systems",
            "description": INTRODUCTION,
            "contact": { "name": "iloq-functions", "url": env!("CARGO_PKG_REPOSITORY") },
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }],
        "tags": tags,
        "paths": paths,
        "components": components(schemas, problems)?,
    })))
}

fn tag(component: Component) -> Value {
    let about = Component::WORDS.iter().find(|(word, _)| *word == component.name());
    json!({ "name": component.name(), "description": about.map(|(_, lines)| paragraph(lines)) })
}

fn components(mut schemas: Schemas, problems: Problems) -> Result<Value, DocumentError> {
    let problem = schemas.answer(|generator| generator.subschema_for::<Answered>());
    let parameters = parameters::shared(&mut schemas);
    let mut schemas = schemas.into_components()?;
    let examples: Map<String, Value> = serde_json::from_str(EXAMPLES)?;
    for (name, example) in examples {
        let schema = schemas.get_mut(&name).and_then(Value::as_object_mut);
        let schema = schema.ok_or(DocumentError::Unknown(name))?;
        schema.insert("examples".into(), json!([example]));
    }
    Ok(json!({
        "schemas": schemas,
        "responses": problems.into_components(&problem),
        "parameters": parameters,
        "headers": parameters::headers(),
        "securitySchemes": {
            "bearer": {
                "type": "http", "scheme": "bearer",
                "description": "A token whose hash is an entry of the variable `access_tokens`.",
            },
        },
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
