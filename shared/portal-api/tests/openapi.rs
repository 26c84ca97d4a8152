//! The OpenAPI document against its file, itself and the route table.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which clippy does not take for tests")]

use std::collections::BTreeSet;

use portal_api::openapi;
use portal_api::routes::{BUILT, Idempotency, Operation, ROUTES};
use serde_json::Value;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

fn document() -> Value {
    openapi::document(env!("CARGO_PKG_VERSION")).unwrap()
}

/// Calls `seen` for each `$ref`.
fn references(value: &Value, seen: &mut impl FnMut(&str)) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get("$ref") {
                seen(target);
            }
            map.values().for_each(|inner| references(inner, seen));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(inner, seen)),
        _ => {}
    }
}

/// The operations that the document has, each with its path.
fn operations() -> impl Iterator<Item = (&'static str, &'static Operation)> {
    let built = ROUTES.iter().filter(|route| BUILT.contains(&route.component));
    built
        .flat_map(|route| route.operations.iter().map(|operation| (route.template, operation)))
        .filter(|(_, operation)| !operation.by_get)
}

fn described<'a>(document: &'a Value, path: &str, operation: &Operation) -> &'a Value {
    &document["paths"][path][operation.method.name().to_lowercase()]
}

#[test]
fn the_file_is_the_document_and_what_is_served() {
    let built = openapi::text(env!("CARGO_PKG_VERSION")).unwrap();
    let file = std::fs::read_to_string(FILE).unwrap();
    assert!(file == built, "docs/openapi.json is not up to date: write it anew with `cargo xtask openapi`");
    assert!(file.as_bytes() == openapi::served());
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_left_over() {
    let document = document();
    let mut used = BTreeSet::new();
    references(&document, &mut |target| {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
        used.insert(pointer.to_owned());
    });
    for kind in ["schemas", "parameters", "responses", "headers"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            assert!(used.contains(&format!("/components/{kind}/{name}")), "{kind}/{name} is never used");
        }
    }
}

#[test]
fn every_built_operation_is_there_and_no_other() {
    let document = document();
    for (path, operation) in operations() {
        let found = described(&document, path, operation);
        assert_eq!(found["operationId"], operation.id, "{path}");
        let answers = found["responses"].as_object().unwrap();
        for class in ['2', '4'] {
            assert!(answers.keys().any(|status| status.starts_with(class)), "{} {class}xx", operation.id);
        }
    }
    let paths = document["paths"].as_object().unwrap();
    let found = paths.values().map(|item| item.as_object().unwrap().len()).sum::<usize>();
    assert_eq!(found, operations().count());
    assert!(!document.to_string().contains("queryToken"), "tokens in addresses are for no generated client");
}

#[test]
fn what_is_needed_is_required() {
    let document = document();
    let mut bodies = BTreeSet::new();
    for (path, operation) in operations() {
        let found = described(&document, path, operation);
        let parameters = found["parameters"].to_string();
        let key = operation.idempotency == Idempotency::Required;
        assert_eq!(parameters.contains("neededIdempotencyKey"), key, "{}", operation.id);
        if found["requestBody"]["required"] == true {
            bodies.insert(operation.id);
        }
    }
    assert_eq!(document["components"]["parameters"]["neededIdempotencyKey"]["required"], true);
    let wanted = [
        "attachKeys",
        "blockUser",
        "putAccessRights",
        "putSubscription",
        "putSystem",
        "putUserKeys",
        "refreshKeys",
        "replaceKey",
        "resolveUser",
        "sendMobileKey",
        "unblockUser",
    ];
    assert_eq!(bodies, BTreeSet::from(wanted));
}

#[test]
fn closed_sets_in_queries_are_enums_and_ids_are_uuids() {
    let document = document();
    let schema = |path: &str, name: &str| {
        let parameters = document["paths"][path]["get"]["parameters"].as_array().unwrap();
        parameters.iter().find(|parameter| parameter["name"] == name).unwrap()["schema"].clone()
    };
    for (path, name, kind) in [
        ("keys", "type", "KeyType"),
        ("users", "state", "LinkState"),
        ("logs", "event", "LogEvent"),
        ("logs/summary", "by", "SummaryBy"),
        ("runs", "job", "Job"),
    ] {
        let schema = schema(&format!("/v1/systems/{{system}}/{path}"), name);
        assert_eq!(schema["$ref"], format!("#/components/schemas/{kind}"), "{name}");
    }
    for name in ["key", "door"] {
        assert_eq!(schema("/v1/systems/{system}/logs", name)["format"], "uuid", "{name}");
    }
}

#[test]
fn people_find_whom_to_ask_and_what_the_parts_are() {
    let document = document();
    assert!(document["info"]["contact"]["url"].as_str().unwrap().starts_with("https://"));
    for tag in document["tags"].as_array().unwrap() {
        assert!(!tag["description"].as_str().unwrap().is_empty(), "{tag}");
    }
}
