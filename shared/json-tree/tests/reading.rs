//! What is read, what is refused, and where an error points.

use std::collections::BTreeMap;

use json_tree::{Kind, Tree, from_slice};
use serde::{Deserialize, de::DeserializeOwned};

#[derive(Debug, PartialEq, Deserialize)]
struct Sample {
    id: u8,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    share: f64,
    #[serde(default)]
    pairs: Vec<(u32, bool)>,
    #[serde(default)]
    by_name: BTreeMap<String, Form>,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Form {
    Plain,
    Held(Vec<u8>),
    Named { of: String },
}

fn refused<T: DeserializeOwned>(json: &str) -> Option<(Kind, String)> {
    from_slice::<T>(json.as_bytes()).err().map(|error| (error.kind(), error.to_string()))
}

#[test]
fn every_kind_of_value_is_read() {
    let json = r#"{"id": 7, "text": "ä\n", "share": 1, "pairs": [[1, true]], "unknown": {"x": [null]},
        "by_name": {"a": "Plain", "b": {"Held": [1, 2]}, "c": {"Named": {"of": "x"}}}}"#;
    let forms =
        [("a", Form::Plain), ("b", Form::Held(vec![1, 2])), ("c", Form::Named { of: "x".to_owned() })];
    assert_eq!(
        from_slice::<Sample>(json.as_bytes()).unwrap(),
        Sample {
            id: 7,
            text: Some("ä\n".to_owned()),
            share: 1.0,
            pairs: vec![(1, true)],
            by_name: forms.map(|(name, form)| (name.to_owned(), form)).into(),
        }
    );
}

#[test]
fn a_tree_gives_back_what_was_parsed() {
    let value = serde_json::json!({"z": [1, -2, 1.5, u64::MAX], "a": {"b": null, "c": "d\u{1F600}"}});
    assert_eq!(from_slice::<serde_json::Value>(value.to_string().as_bytes()).unwrap(), value);
}

#[test]
fn an_error_points_at_the_member() {
    for (json, told) in [
        (r#"[{"id": 1}, {"id": 300}]"#, "[1].id: invalid value: integer `300`, expected u8"),
        (r#"[{"id": "1"}]"#, "[0].id: invalid type: string \"1\", expected u8"),
        (
            r#"[{"id": 1, "pairs": [[1, 2]]}]"#,
            "[0].pairs[0][1]: invalid type: integer `2`, expected a boolean",
        ),
        (r#"[{}]"#, "[0]: missing field `id`"),
        (r#"[[1]]"#, "[0]: invalid type: sequence, expected struct Sample"),
        (r#"{}"#, "invalid type: map, expected a sequence"),
    ] {
        assert_eq!(refused::<Vec<Sample>>(json), Some((Kind::Form, told.to_owned())));
    }
    let (_, told) = refused::<BTreeMap<String, Form>>(r#"{"x": "None"}"#).unwrap();
    assert!(told.starts_with("x: unknown variant `None`"), "{told}");
    for json in [r#"{"x": "Held"}"#, r#"{"x": {"Plain": 1}}"#, r#"{"x": {}}"#] {
        assert_eq!(refused::<BTreeMap<String, Form>>(json).unwrap().0, Kind::Form, "{json}");
    }
}

#[test]
fn what_is_no_json_is_told_apart() {
    for (json, kind) in [
        ("<html>", Kind::Syntax),
        ("{\"a\": 1,}", Kind::Syntax),
        ("\"\u{1}\"", Kind::Syntax),
        ("{\"a\": [1", Kind::CutOff),
        ("", Kind::CutOff),
        ("1 2", Kind::Trailing),
        (&"[".repeat(200), Kind::Syntax),
    ] {
        assert_eq!(Tree::parse(json.as_bytes()).unwrap_err().kind(), kind, "{json}");
    }
}

#[test]
fn a_member_can_be_taken_out() {
    let mut tree = Tree::parse(br#"{"v": 1, "d": [2]}"#).unwrap();
    assert_eq!(tree.take("d").unwrap().read::<Vec<u8>>().unwrap(), [2]);
    assert_eq!((tree.take("d"), tree.take("v")), (None, Some(Tree::Whole(1))));
    assert_eq!(Tree::Null.take("v"), None);
}
