//! What generators of clients need in a schema and `schemars` does not give.

use schemars::{Schema, transform::RecursiveTransform, transform::Transform};
use serde_json::{Map, Value, json};

/// Marks a member that may be left out and may be `null`; others that may be left out are never `null`.
pub(super) const NULLABLE: &str = "x-nullable";

/// The schemas ready for the document.
pub(super) fn tidy(schemas: Map<String, Value>) -> Map<String, Value> {
    let mut tidied = Map::new();
    for (name, value) in schemas {
        let mut value = value;
        if let Ok(schema) = <&mut Schema>::try_from(&mut value) {
            RecursiveTransform(keywords).transform(schema);
            RecursiveTransform(nulls).transform(schema);
            lift_maps(&name, schema, &mut tidied);
        }
        tidied.insert(name, value);
    }
    tidied
}

/// Keywords that generators misread or warn about.
fn keywords(schema: &mut Schema) {
    // Generated clients make `Set` of it, which no JSON writer knows.
    schema.remove("uniqueItems");
    // A default makes the member a required one for some, and says less than the description.
    schema.remove("default");
    // The most that the Rust type holds is no rule of the API's.
    if schema.get("maximum").is_some_and(|most| most == u16::MAX) {
        schema.remove("maximum");
    }
    let format = match schema.get("format").and_then(Value::as_str) {
        Some("uint8" | "uint16") => Some("int32"),
        Some("uint32" | "uint64" | "uint") => Some("int64"),
        _ => None,
    };
    if let Some(format) = format {
        schema.insert("format".into(), format.into());
    }
    // Exactly one fits: `null` or the other, one kind of body or the other.
    if let Some(any) = schema.remove("anyOf") {
        schema.insert("oneOf".into(), any);
    }
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = unwrapped(text);
    }
}

/// Text of a documentation comment without the line ends inside its paragraphs.
fn unwrapped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let begins = line.is_empty() || line.starts_with("- ");
        if !out.is_empty() {
            out.push(if begins || out.ends_with('\n') { '\n' } else { ' ' });
        }
        out.push_str(line);
    }
    out
}

/// A member that may be left out is not `null`, unless it is marked.
fn nulls(schema: &mut Schema) {
    let required = required(schema);
    let mut optional = Vec::new();
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for (name, property) in properties {
            let Value::Object(property) = property else { continue };
            if property.remove(NULLABLE).is_some() {
                optional.push(name.clone());
            } else if !required.contains(name) {
                without_null(property);
            }
        }
    }
    if let Some(Value::Array(names)) = schema.get_mut("required") {
        names.retain(|name| name.as_str().is_none_or(|name| !optional.iter().any(|known| known == name)));
        if names.is_empty() {
            schema.remove("required");
        }
    }
}

fn required(schema: &Schema) -> Vec<String> {
    match schema.get("required") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Makes all members but these optional; those that were there and may be `null` stay so.
pub(super) fn require_only(schema: &mut Schema, names: &[&str]) {
    let before = required(schema);
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        let listed = properties.iter_mut().filter(|(name, _)| before.contains(name));
        for property in listed.filter_map(|(_, property)| property.as_object_mut()) {
            if is_nullable(property) {
                property.insert(NULLABLE.into(), true.into());
            }
        }
    }
    schema.insert("required".into(), json!(names));
}

fn is_nullable(schema: &Map<String, Value>) -> bool {
    schema.get("type").and_then(Value::as_array).is_some_and(|types| types.contains(&json!("null")))
        || schema
            .get("anyOf")
            .and_then(Value::as_array)
            .is_some_and(|any| any.contains(&json!({"type": "null"})))
}

fn without_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(one)) = schema.get_mut("oneOf") {
        one.retain(|inner| inner != &json!({"type": "null"}));
        if let [Value::Object(only)] = one.as_slice() {
            let only = only.clone();
            schema.remove("oneOf");
            schema.extend(only);
        }
    }
}

/// Gives maps a name: those of an object without one are made up differently by each generator, or dropped.
fn lift_maps(name: &str, schema: &mut Schema, lifted: &mut Map<String, Value>) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for (member, property) in properties {
        let Value::Object(property) = property else { continue };
        let kind = property.get("type");
        let (plain, nullable) = (kind == Some(&json!("object")), kind == Some(&json!(["object", "null"])));
        if !plain && !nullable {
            continue;
        }
        let description = property.remove("description");
        let mut map = std::mem::take(property);
        map.insert("type".into(), "object".into());
        let own = format!("{name}{}{}", member[..1].to_ascii_uppercase(), &member[1..]);
        let reference = json!({ "$ref": format!("#/components/schemas/{own}") });
        if nullable {
            property.insert("oneOf".into(), json!([reference, { "type": "null" }]));
        } else if let Value::Object(reference) = reference {
            property.extend(reference);
        }
        property.extend(description.map(|text| ("description".to_owned(), text)));
        lifted.insert(own, Value::Object(map));
    }
}

#[cfg(test)]
mod tests {
    use super::unwrapped;

    #[test]
    fn paragraphs_and_lists_keep_their_ends() {
        assert_eq!(unwrapped("a\nb\n\nc\n\n- d\ne\n- f"), "a b\n\nc\n\n- d e\n- f");
    }
}
