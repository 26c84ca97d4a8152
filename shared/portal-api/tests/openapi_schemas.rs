//! What generators of clients need of the schemas: a document that breaks one of these rules makes some of them drop,
//! rename or misread a type.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which clippy does not take for tests")]

use std::collections::BTreeSet;

use portal_api::openapi;
use serde_json::{Map, Value};

/// Keywords that hold one schema, several in a list, and several by name.
const ONE: [&str; 3] = ["items", "additionalProperties", "not"];
const LISTS: [&str; 3] = ["oneOf", "anyOf", "allOf"];

fn document() -> Value {
    openapi::document("0").unwrap()
}

/// Calls `seen` for a schema and all inside it, with the path and whether it is inside another.
fn walk(at: &str, schema: &Value, inner: bool, seen: &mut impl FnMut(&str, &Map<String, Value>, bool)) {
    let Value::Object(members) = schema else { return };
    seen(at, members, inner);
    for name in ONE {
        members.get(name).into_iter().for_each(|schema| walk(&format!("{at}/{name}"), schema, true, seen));
    }
    for name in LISTS {
        let list = members.get(name).and_then(Value::as_array).into_iter().flatten();
        list.for_each(|schema| walk(&format!("{at}/{name}"), schema, true, seen));
    }
    for (name, schema) in members.get("properties").and_then(Value::as_object).into_iter().flatten() {
        walk(&format!("{at}/{name}"), schema, true, seen);
    }
}

/// The same for all schemas of the document that have a name, and those of its bodies and answers.
fn all(document: &Value, seen: &mut impl FnMut(&str, &Map<String, Value>, bool)) {
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        walk(name, schema, false, seen);
    }
    for media in contents(document) {
        walk("content", &media["schema"], true, seen);
    }
}

fn contents(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(members) => {
            let own = members.get("content").and_then(Value::as_object).into_iter().flatten();
            own.map(|(_, media)| media).chain(members.values().flat_map(contents)).collect()
        }
        Value::Array(items) => items.iter().flat_map(contents).collect(),
        _ => Vec::new(),
    }
}

/// The names of all schemas that can be reached from `value`.
fn reached(document: &Value, value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let target = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = target.and_then(|target| target.strip_prefix("#/components/schemas/"))
                && names.insert(name.to_owned())
            {
                reached(document, &document["components"]["schemas"][name], names);
            }
            members.values().for_each(|inner| reached(document, inner, names));
        }
        Value::Array(items) => items.iter().for_each(|inner| reached(document, inner, names)),
        _ => {}
    }
}

/// The schemas that clients write, and those that they read.
fn written_and_read(document: &Value) -> [BTreeSet<String>; 2] {
    let (mut written, mut read) = (BTreeSet::new(), BTreeSet::new());
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            reached(document, &operation["requestBody"], &mut written);
            reached(document, &operation["responses"], &mut read);
        }
    }
    reached(document, &document["components"]["responses"], &mut read);
    [written, read]
}

#[test]
fn objects_have_names_and_nothing_is_put_together() {
    all(&document(), &mut |at, schema, inner| {
        let is_object = schema
            .get("type")
            .is_some_and(|kind| kind == "object" || kind.to_string().contains("\"object\""));
        assert!(
            !(inner && (is_object || schema.contains_key("properties"))),
            "{at} is an object without a name"
        );
        for keyword in ["allOf", "anyOf"] {
            assert!(!schema.contains_key(keyword), "{at} has {keyword}");
        }
        assert!(!schema.contains_key("uniqueItems"), "{at}: sets are lists in JSON");
        assert!(!schema.contains_key("default"), "{at} has a default");
        assert!(!schema.keys().any(|keyword| keyword.starts_with("x-")), "{at} has a mark that is ours");
    });
}

#[test]
fn either_or_is_between_named_schemas_and_null() {
    all(&document(), &mut |at, schema, _| {
        for choice in schema.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
            let is_null = choice == &serde_json::json!({ "type": "null" });
            assert!(choice.get("$ref").is_some() || is_null, "{at}: {choice}");
        }
    });
}

#[test]
fn enums_are_strings_with_names() {
    all(&document(), &mut |at, schema, inner| {
        if schema.contains_key("enum") {
            assert!(!inner, "{at} is an enum without a name");
        }
        if schema.contains_key("enum") || schema.contains_key("const") {
            assert_eq!(schema.get("type").unwrap(), "string", "{at}");
        }
    });
}

#[test]
fn names_collide_with_nothing() {
    let document = document();
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        let taken =
            ["System", "Event", "Location", "Status", "State", "Item", "Object", "Type", "Map", "List"];
        assert!(!taken.contains(&name.as_str()), "{name} is a class of C#, Java or the generators");
        assert!(!name.ends_with(|c: char| c.is_ascii_digit()), "{name}: two types want this name");
    }
}

#[test]
fn patterns_and_bounds_are_for_what_is_written() {
    let document = document();
    let [written, read] = written_and_read(&document);
    for name in &read {
        walk(name, &document["components"]["schemas"][name], false, &mut |at, schema, _| {
            for keyword in ["pattern", "maxLength", "minLength", "maxItems", "maximum", "writeOnly"] {
                assert!(!schema.contains_key(keyword), "{at} of an answer has {keyword}");
            }
        });
    }
    let both: Vec<&String> = written.intersection(&read).collect();
    for name in both {
        assert!(document["components"]["schemas"][name].get("enum").is_some(), "{name} is read and written");
    }
}

#[test]
fn counts_have_members() {
    let document = document();
    for (name, some) in [("SyncCounts", "imported"), ("StructureCounts", "doors")] {
        let schema = &document["components"]["schemas"][name];
        assert_eq!(schema["properties"][some]["type"], "integer", "{name}");
    }
}

#[test]
fn descriptions_are_for_people_who_do_not_see_the_code() {
    let document = document();
    all(&document, &mut |at, schema, _| {
        let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        assert!(!text.contains("[`") && !text.contains("`]"), "{at} links into the code: {text}");
    });
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let is_map = schema.get("properties").is_none() && schema["type"] == "object";
        assert!(is_map || schema.get("description").is_some(), "{name} is not described");
    }
}
