//! Percent-decoding of paths and queries.

use percent_encoding::percent_decode_str;

/// Decodes `%XX` once. `None` if an escape is broken or the result is not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    // The crate leaves a broken escape as it is; here it is an error of the caller's.
    let whole = |escape: &str| escape.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if !text.split('%').skip(1).all(whole) {
        return None;
    }
    Some(percent_decode_str(text).decode_utf8().ok()?.into_owned())
}

/// Decodes a query's name or value: `+` is a space, then `%XX`.
pub(crate) fn decode_query(text: &str) -> Option<String> {
    if text.contains('+') { decode(&text.replace('+', " ")) } else { decode(text) }
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_query};

    #[test]
    fn decodes_once() {
        assert_eq!(decode("a%2Fb%20c%C3%A5+").as_deref(), Some("a/b cå+"));
        assert_eq!(decode("%2573").as_deref(), Some("%73"));
        assert_eq!(decode_query("a+b%2B").as_deref(), Some("a b+"));
        for broken in ["%", "%2", "%zz", "%C3", "a%2", "%%41"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }
}
