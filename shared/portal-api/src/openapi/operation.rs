//! One operation of the document: what its row in the route table says, and its words.

use serde_json::{Map, Value, json};

use super::problems::Problems;
use crate::routes::{Access, Body, Form, Idempotency, Method, Operation, Parameter, Route};

/// The headers that iLOQ sends with an event.
const SIGNED: [&str; 4] = ["webhookSignature", "eventName", "subscriptionId", "counter"];

/// The operation; `None` if its words lack something or name a problem that there is not.
pub(super) fn build(
    route: &Route,
    operation: &Operation,
    words: &Value,
    problems: &mut Problems,
) -> Option<Value> {
    let mut built = Map::new();
    built.insert("operationId".into(), operation.id.into());
    built.insert("tags".into(), json!([route.component.name()]));
    built.insert("summary".into(), words.get("summary")?.clone());
    let description =
        description(operation, words.get("description").and_then(Value::as_str).unwrap_or_default());
    built.insert("description".into(), description.into());
    if let Some(security) = security(operation) {
        built.insert("security".into(), security);
    }
    built.insert("parameters".into(), parameters(route, operation));
    if operation.body != Body::None {
        built.insert("requestBody".into(), body(words.get("body")?.as_str()?));
    }
    let mut responses = problems.responses(route, operation, words)?;
    for (status, answer) in words.get("answers")?.as_object()? {
        responses.insert(status.clone(), success(operation, answer));
    }
    built.insert("responses".into(), Value::Object(responses));
    Some(Value::Object(built))
}

fn description(operation: &Operation, words: &str) -> String {
    let scope = match operation.access {
        Access::Public => "No token is needed.".to_owned(),
        Access::Signed => "The body is signed.".to_owned(),
        Access::Token(scope) => format!("Scope: `{scope}`."),
    };
    if words.is_empty() { scope } else { format!("{words}\n\n{scope}") }
}

fn security(operation: &Operation) -> Option<Value> {
    match operation.access {
        Access::Public | Access::Signed => Some(json!([])),
        Access::Token(_) if operation.by_get => Some(json!([{ "bearer": [] }, { "queryToken": [] }])),
        Access::Token(_) => None,
    }
}

pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

fn parameters(route: &Route, operation: &Operation) -> Value {
    let mut parameters: Vec<Value> =
        path_parameters(route).map(|name| reference("parameters", name)).collect();
    parameters.extend(operation.query.iter().map(query_parameter));
    parameters.push(reference("parameters", "requestId"));
    match operation.access {
        Access::Signed => parameters.extend(SIGNED.map(|name| reference("parameters", name))),
        Access::Public | Access::Token(_) if operation.method != Method::Get => {
            parameters.push(reference("parameters", "actor"));
        }
        Access::Public | Access::Token(_) => {}
    }
    if operation.idempotency != Idempotency::Ignored {
        parameters.push(reference("parameters", "idempotencyKey"));
    }
    Value::Array(parameters)
}

pub(super) fn path_parameters(route: &Route) -> impl Iterator<Item = &'static str> {
    route.template.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn query_parameter(parameter: &Parameter) -> Value {
    let schema = match parameter.form {
        Form::Limit => json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 }),
        Form::Flag => json!({ "type": "boolean", "default": false }),
        Form::Text => json!({ "type": "string", "maxLength": 200 }),
        Form::Moment => json!({ "type": "string", "format": "date-time" }),
        Form::Cursor | Form::Word => json!({ "type": "string" }),
    };
    json!({ "name": parameter.name, "in": "query", "schema": schema })
}

fn body(schema: &str) -> Value {
    json!({ "content": { "application/json": { "schema": reference("schemas", schema) } } })
}

/// A page: written out, since all pages look alike.
fn page(item: &str, next: &str) -> Value {
    json!({
        "type": "object", "required": ["items", "next"],
        "properties": {
            "items": { "type": "array", "items": reference("schemas", item) },
            "next": reference("schemas", next),
        },
    })
}

fn success(operation: &Operation, answer: &Value) -> Value {
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    let mut headers = Map::new();
    headers.insert("X-Request-Id".into(), reference("headers", "requestId"));
    if operation.idempotency != Idempotency::Ignored {
        headers.insert("Idempotency-Replayed".into(), reference("headers", "replayed"));
    }
    if answer.get("location").is_some() {
        headers.insert("Location".into(), reference("headers", "location"));
    }
    if answer.get("link").is_some() {
        headers.insert("Link".into(), reference("headers", "link"));
    }
    let schema = text("schema")
        .map(|name| reference("schemas", name))
        .or_else(|| text("list").map(|item| page(item, "Next")))
        .or_else(|| text("feed").map(|item| page(item, "FeedNext")));
    let mut response = json!({ "description": text("description"), "headers": headers });
    let media = text("media").unwrap_or("application/json");
    if let Some(schema) = schema {
        response["content"] = json!({ media: { "schema": schema } });
    } else if text("media").is_some() {
        response["content"] = json!({ media: {} });
    }
    // The same in other forms, as text.
    for (media, words) in answer.get("also").and_then(Value::as_object).into_iter().flatten() {
        response["content"][media] = json!({ "schema": { "type": "string", "description": words } });
    }
    response
}
