//! The route table as a whole, and against the manifest.

use std::collections::BTreeSet;

use portal_api::routes::{BUILT, Body, Idempotency, Method, ROUTES};

/// The path of a template as the manifest writes it.
fn pattern(template: &str) -> String {
    template.replace('{', ":").replace('}', "")
}

#[test]
fn every_template_has_one_owner_and_every_operation_one_name() {
    let mut templates = BTreeSet::new();
    let mut names = BTreeSet::new();
    for route in ROUTES {
        // Two templates that differ only in a parameter's name fit the same paths.
        let shape: Vec<&str> =
            route.template.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
        assert!(templates.insert(shape.join("/")), "{} is there twice", route.template);
        let mut methods = BTreeSet::new();
        for operation in route.operations {
            assert!(names.insert(operation.id), "{} is there twice", operation.id);
            assert!(methods.insert(operation.method), "{} twice at {}", operation.method, route.template);
        }
    }
}

#[test]
fn bodies_and_idempotency_keys_follow_the_method() {
    for operation in ROUTES.iter().flat_map(|route| route.operations) {
        match operation.method {
            Method::Get | Method::Delete => assert_eq!(operation.body, Body::None, "{}", operation.id),
            Method::Post | Method::Put => assert_ne!(operation.body, Body::None, "{}", operation.id),
        }
        let takes_key = operation.idempotency != Idempotency::Ignored;
        assert_eq!(
            takes_key,
            operation.method == Method::Post && operation.body == Body::Json,
            "{}",
            operation.id
        );
    }
    let required: Vec<&str> = ROUTES
        .iter()
        .flat_map(|route| route.operations)
        .filter(|operation| operation.idempotency == Idempotency::Required)
        .map(|operation| operation.id)
        .collect();
    assert_eq!(required, ["sendMobileKey"]);
}

/// `[[trigger.http]]` tables: pairs of route and component. The manifest's own parser is the runner's;
/// two lines of each table are enough here.
fn triggers(manifest: &str) -> Vec<(String, String)> {
    let text = |line: &str, name: &str| -> Option<String> {
        let (found, value) = line.split_once('=')?;
        (found.trim() == name).then(|| value.trim().trim_matches('"').to_owned())
    };
    manifest
        .split("[[trigger.http]]")
        .skip(1)
        .filter_map(|table| {
            let table = table.split("\n[").next().unwrap_or_default();
            let route = table.lines().find_map(|line| text(line, "route"))?;
            let component = table.lines().find_map(|line| text(line, "component"))?;
            Some((route, component))
        })
        .collect()
}

#[test]
fn the_manifest_gives_each_built_path_to_its_owner() {
    let Ok(manifest) = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml"))
    else {
        return;
    };
    let triggers = triggers(&manifest);
    let owner =
        |path: &str| triggers.iter().find(|(route, _)| route == path).map(|(_, owner)| owner.as_str());
    for route in ROUTES.iter().filter(|route| BUILT.contains(&route.component)) {
        let path = pattern(route.template);
        // The component `meta` has the catch-all, so its paths need no trigger of their own.
        let found = owner(&path).or_else(|| owner("/..."));
        assert_eq!(found, Some(route.component.name()), "{path}");
    }
    for (path, component) in &triggers {
        let ours = ROUTES.iter().any(|r| pattern(r.template) == *path && r.component.name() == component);
        assert!(ours || path == "/...", "{path} of {component} is not in the table");
    }
}
