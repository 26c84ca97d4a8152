//! Opaque cursors of lists and feeds.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::problem::Problem;

/// Stands between the parts; no id and no number holds it.
const BETWEEN: char = '\u{1f}';
const VERSION: &str = "1";

/// Makes the cursor of `kind` (the list it belongs to) from the place where the next page begins.
#[must_use]
pub fn encode(kind: &str, parts: &[&str]) -> String {
    let mut text = String::from(VERSION);
    for part in [kind].iter().chain(parts) {
        text.push(BETWEEN);
        text.push_str(part);
    }
    URL_SAFE_NO_PAD.encode(text)
}

/// Reads a cursor that [`encode`] made for the same list with the same number of parts.
///
/// # Errors
/// 422 `invalid-request` that points at `parameter` (`cursor` or `after`).
pub fn decode<const N: usize>(parameter: &str, kind: &str, cursor: &str) -> Result<[String; N], Problem> {
    read(kind, cursor).and_then(|parts| parts.try_into().ok()).ok_or_else(|| {
        Problem::invalid(
            format!("?{parameter}"),
            "it is no cursor of this list: use next of an earlier answer as it came",
        )
    })
}

fn read(kind: &str, cursor: &str) -> Option<Vec<String>> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let mut parts = text.split(BETWEEN);
    let known = parts.next() == Some(VERSION) && parts.next() == Some(kind);
    known.then(|| parts.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use crate::problem::Code;

    #[test]
    fn reads_back_its_parts() {
        let cursor = encode("users", &["anna", "7"]);
        assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{cursor}");
        assert_eq!(decode::<2>("cursor", "users", &cursor).unwrap(), ["anna", "7"]);
        assert_eq!(decode::<1>("cursor", "users", &encode("users", &[""])).unwrap(), [""]);
    }

    #[test]
    fn anything_else_is_a_wrong_parameter() {
        let good = encode("users", &["anna"]);
        for (kind, cursor) in
            [("runs", good.as_str()), ("users", "%%"), ("users", ""), ("users", "MQ"), ("users", "_w")]
        {
            let problem = decode::<1>("after", kind, cursor).unwrap_err();
            assert_eq!((problem.code, problem.errors[0].pointer.as_str()), (Code::InvalidRequest, "?after"));
        }
        assert!(decode::<2>("cursor", "users", &good).is_err());
    }
}
