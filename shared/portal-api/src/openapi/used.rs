//! What of the shared components the paths use.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const SHARED: &str = "#/components/";

/// Takes away schemas and parameters that no path leads to: those of components that are not built.
pub(super) fn keep_used(document: &mut Value) {
    let used = reachable(document);
    for kind in ["schemas", "parameters"] {
        if let Some(Value::Object(all)) = document.pointer_mut(&format!("/components/{kind}")) {
            let kept: Map<String, Value> = std::mem::take(all)
                .into_iter()
                .filter(|(name, _)| used.contains(&format!("{SHARED}{kind}/{name}")))
                .collect();
            *all = kept;
        }
    }
}

/// The references that lead from the paths into the components, and from there on.
fn reachable(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Value> = document.get("paths").into_iter().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref")
                    && found.insert(target.clone())
                {
                    open.extend(document.pointer(target.trim_start_matches('#')));
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}
