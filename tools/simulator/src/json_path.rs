//! The part of `JSONPath` that webhook filters use: `$[?($.KeyTypeMask == 9 || $.State != 1)]`.

use serde_json::Value;

/// Whether `data` passes `filter`; `None` if the filter is not understood. An empty filter lets everything through.
pub(crate) fn passes(filter: &str, data: &Value) -> Option<bool> {
    let filter = filter.trim();
    if filter.is_empty() {
        return Some(true);
    }
    let condition = filter.strip_prefix("$[?(")?.strip_suffix(")]")?;
    let mut any = false;
    for alternative in condition.split("||") {
        let mut all = true;
        for comparison in alternative.split("&&") {
            all &= compare(comparison, data)?;
        }
        any |= all;
    }
    Some(any)
}

fn compare(comparison: &str, data: &Value) -> Option<bool> {
    let (left, right, equal) = match comparison.split_once("==") {
        Some((left, right)) => (left, right, true),
        None => comparison.split_once("!=").map(|(left, right)| (left, right, false))?,
    };
    let member = left.trim().strip_prefix("$.").or_else(|| left.trim().strip_prefix("@."))?;
    let wanted: Value = serde_json::from_str(&right.trim().replace('\'', "\"")).ok()?;
    let given = data.get(member).unwrap_or(&Value::Null);
    Some((*given == wanted) == equal)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn comparisons_are_joined_by_or_and_and() {
        let data = json!({ "KeyTypeMask": 4, "Stamp": "12" });
        let cases = [
            ("", Some(true)),
            ("$[?($.KeyTypeMask == 9 || $.KeyTypeMask == 4)]", Some(true)),
            ("$[?($.KeyTypeMask == 4 && $.Stamp != '12')]", Some(false)),
            ("$[?(@.Stamp == \"12\")]", Some(true)),
            ("$..Stamp", None),
            ("$[?($.KeyTypeMask > 4)]", None),
        ];
        for (filter, wanted) in cases {
            assert_eq!(passes(filter, &data), wanted, "{filter}");
        }
    }
}
