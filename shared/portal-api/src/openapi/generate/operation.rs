//! One operation of the document: what its row in the route table says, and what is said of it beside that.

use serde_json::{Map, Value, json};

use super::operations::{AnswerDoc, OperationDoc, SchemaOf};
use super::parameters;
use super::problems::Problems;
use super::schemas::Schemas;
use crate::routes::{Access, Body, Idempotency, Method, Operation, Route};

/// The headers that iLOQ sends with an event.
const SIGNED: [&str; 4] = ["webhookSignature", "eventName", "subscriptionId", "counter"];

/// The operation; `None` if something of it is not described.
pub(super) fn build(
    route: &Route,
    operation: &Operation,
    doc: &OperationDoc,
    schemas: &mut Schemas,
    problems: &mut Problems,
) -> Option<Value> {
    let mut built = Map::new();
    built.insert("operationId".into(), operation.id.into());
    built.insert("tags".into(), json!([route.component.name()]));
    built.insert("summary".into(), doc.summary.into());
    built.insert("description".into(), description(operation, doc.text).into());
    if !matches!(operation.access, Access::Token(_)) {
        built.insert("security".into(), json!([]));
    }
    built.insert("parameters".into(), Value::Array(parameters(route, operation, schemas)?));
    if operation.body != Body::None {
        built.insert("requestBody".into(), body(doc.body?, schemas));
    }
    let mut responses = problems.responses(route, operation, doc);
    for answer in &doc.answers {
        responses.insert(answer.status.to_string(), success(operation, answer, schemas));
    }
    built.insert("responses".into(), Value::Object(responses));
    Some(Value::Object(built))
}

fn description(operation: &Operation, text: &str) -> String {
    let scope = match operation.access {
        Access::Public => "No token is needed.".to_owned(),
        Access::Signed => "The body is signed.".to_owned(),
        Access::Token(scope) => format!("Scope: `{scope}`."),
    };
    if text.is_empty() { scope } else { format!("{text}\n\n{scope}") }
}

pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

fn parameters(route: &Route, operation: &Operation, schemas: &mut Schemas) -> Option<Vec<Value>> {
    let mut parameters: Vec<Value> =
        path_parameters(route).map(|name| reference("parameters", name)).collect();
    for parameter in operation.query {
        parameters.push(parameters::query(parameter, schemas)?);
    }
    parameters.push(reference("parameters", "requestId"));
    match operation.access {
        Access::Signed => parameters.extend(SIGNED.map(|name| reference("parameters", name))),
        Access::Public | Access::Token(_) if operation.method != Method::Get => {
            parameters.push(reference("parameters", "actor"));
        }
        Access::Public | Access::Token(_) => {}
    }
    match operation.idempotency {
        Idempotency::Ignored => {}
        Idempotency::Optional => parameters.push(reference("parameters", "idempotencyKey")),
        Idempotency::Required => parameters.push(reference("parameters", "neededIdempotencyKey")),
    }
    Some(parameters)
}

pub(super) fn path_parameters(route: &Route) -> impl Iterator<Item = &'static str> {
    route.template.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn body(of: SchemaOf, schemas: &mut Schemas) -> Value {
    let mut body = json!({ "content": { "application/json": { "schema": schemas.request(of) } } });
    if schemas.needs_members(of) {
        body["required"] = true.into();
    }
    body
}

fn success(operation: &Operation, answer: &AnswerDoc, schemas: &mut Schemas) -> Value {
    let mut headers = json!({ "X-Request-Id": reference("headers", "requestId") });
    if operation.idempotency != Idempotency::Ignored {
        headers["Idempotency-Replayed"] = reference("headers", "replayed");
    }
    if answer.location {
        headers["Location"] = reference("headers", "location");
    }
    let mut content = Map::new();
    if let Some(schema) = answer.schema {
        content.insert("application/json".into(), json!({ "schema": schemas.answer(schema) }));
        if !answer.texts.is_empty() {
            headers["Link"] = reference("headers", "link");
        }
    }
    for (media, text) in &answer.texts {
        content.insert((*media).into(), json!({ "schema": { "type": "string", "description": text } }));
    }
    let mut response = json!({ "description": answer.text, "headers": headers });
    if !content.is_empty() {
        response["content"] = Value::Object(content);
    }
    response
}
