//! The OpenAPI document against itself, the route table and the types.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which clippy does not take for tests")]

use std::collections::BTreeSet;

use portal_api::routes::{BUILT, BUILT_JOBS, ROUTES};
use portal_api::{
    ChangeType, CheckId, CheckStatus, Code, LinkState, Matching, RunState, SyncAction, SyncOutcome,
    SystemState, openapi,
};
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

#[test]
fn the_file_is_the_document() {
    let built = openapi::text(env!("CARGO_PKG_VERSION")).unwrap();
    let file = std::fs::read_to_string(FILE).unwrap();
    assert!(file == built, "docs/openapi.json is not up to date: write it anew with `cargo xtask openapi`");
}

#[test]
fn what_is_served_is_the_document_in_fewer_bytes() {
    let served = openapi::served();
    assert_eq!(serde_json::from_slice::<Value>(&served).unwrap(), document());
    assert!(!served.contains(&b'\n'));
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
    let mut wanted = BTreeSet::new();
    for route in ROUTES.iter().filter(|route| BUILT.contains(&route.component)) {
        for operation in route.operations {
            let method = operation.method.name().to_lowercase();
            let found = &document["paths"][route.template][&method];
            assert_eq!(found["operationId"], operation.id, "{method} {}", route.template);
            let answers = found["responses"].as_object().unwrap();
            assert!(answers.keys().any(|status| status.starts_with('2')), "{} has no success", operation.id);
            wanted.insert(operation.id);
        }
    }
    let found = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .map(|item| item.as_object().unwrap().len())
        .sum::<usize>();
    assert_eq!(found, wanted.len());
}

#[test]
fn words_are_those_of_the_types() {
    let document = document();
    let words = |pointer: &str| -> Vec<String> {
        let pointer = format!("/components/schemas/{pointer}/enum");
        let list = document.pointer(&pointer).unwrap_or_else(|| panic!("{pointer} is missing"));
        list.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let names = |names: Vec<&'static str>| -> Vec<String> { names.into_iter().map(str::to_owned).collect() };
    let check = "CheckAnswer/properties/checks/items/properties";
    for (pointer, all) in [
        ("ProblemCode".to_owned(), Code::ALL.iter().map(|word| word.name()).collect()),
        ("Job".to_owned(), BUILT_JOBS.iter().map(|word| word.name()).collect()),
        ("Run/properties/state".to_owned(), RunState::ALL.iter().map(|word| word.name()).collect()),
        ("System/properties/state".to_owned(), SystemState::ALL.iter().map(|word| word.name()).collect()),
        (
            "SettingsBase/properties/matching".to_owned(),
            Matching::ALL.iter().map(|word| word.name()).collect(),
        ),
        (
            "User/properties/iloq/properties/state".to_owned(),
            LinkState::ALL.iter().map(|word| word.name()).collect(),
        ),
        ("SyncItem/properties/action".to_owned(), SyncAction::ALL.iter().map(|word| word.name()).collect()),
        ("SyncItem/properties/outcome".to_owned(), SyncOutcome::ALL.iter().map(|word| word.name()).collect()),
        ("LogEvent".to_owned(), portal_api::types::LogEvent::ALL.iter().map(|word| word.name()).collect()),
        ("Change/properties/type".to_owned(), ChangeType::ALL.iter().map(|word| word.name()).collect()),
        (format!("{check}/id"), CheckId::ALL.iter().map(|word| word.name()).collect()),
        (format!("{check}/status"), CheckStatus::ALL.iter().map(|word| word.name()).collect::<Vec<_>>()),
    ] {
        assert_eq!(words(&pointer), names(all), "{pointer}");
    }
}

#[test]
fn examples_of_requests_are_taken() {
    let document = document();
    let example =
        |schema: &str| document["components"]["schemas"][schema]["examples"][0].as_object().unwrap().clone();
    assert!(portal_api::SettingsInput::read(example("Settings")).is_ok());
    assert!(portal_api::UserInput::read(example("UserInput")).is_ok());
    assert!(portal_api::SyncUsersRequest::read(example("SyncUsersRequest")).is_ok());
    assert!(portal_api::ResolveRequest::read(example("ResolveRequest")).is_ok());
}

#[test]
fn examples_of_answers_are_what_the_types_hold() {
    let document = document();
    fn same<T: serde::Serialize + serde::de::DeserializeOwned>(document: &Value, schema: &str) {
        let example = &document["components"]["schemas"][schema]["examples"][0];
        let read: T =
            serde_json::from_value(example.clone()).unwrap_or_else(|error| panic!("{schema}: {error}"));
        assert_eq!(&serde_json::to_value(read).unwrap(), example, "{schema}");
    }
    same::<portal_api::User>(&document, "User");
    same::<portal_api::Run>(&document, "Run");
    same::<portal_api::CheckAnswer>(&document, "CheckAnswer");
    same::<portal_api::JobAnswer>(&document, "JobAnswer");
    same::<portal_api::DeleteAnswer>(&document, "DeleteAnswer");
    same::<portal_api::types::LogRow>(&document, "LogRow");
    same::<portal_api::types::LogSummary>(&document, "LogSummary");
}
