//! What single values have to look like.

use iloq_model::{Address, E164, InvalidAddress};
use serde_json::{Map, Value};

use crate::json::{Reader, Wrong};
use crate::problem::{Code, Problem};

/// Text of `least` to `most` characters after trimming, without control characters.
pub(super) fn line(text: &str, least: usize, most: usize) -> Result<String, Wrong> {
    let text = text.trim();
    let count = text.chars().count();
    if text.chars().any(char::is_control) {
        Err("must not have control characters".into())
    } else if count < least {
        Err("must not be empty".into())
    } else if count > most {
        Err(format!("must have at most {most} characters").into())
    } else {
        Ok(text.to_owned())
    }
}

/// An id of iLOQ's.
pub(super) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Wrong> {
    text.parse().map_err(|_| "must be a GUID like 0f8fad5b-d9cb-469f-a165-70867728950e".into())
}

/// A language code: two or three letters, and optionally a dash and a region (`fi`, `sv-FI`).
pub(super) fn language(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let (language, region) =
        text.split_once('-').map_or((text, None), |(language, region)| (language, Some(region)));
    let letters = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric());
    let fits = (2..=3).contains(&language.len())
        && letters(language)
        && region.is_none_or(|region| (2..=8).contains(&region.len()) && letters(region));
    if fits { Ok(text.to_owned()) } else { Err("must be a language code like fi or sv-FI".into()) }
}

/// The trimmed address if it has the shape of one e-mail address (at most 254 characters).
///
/// # Errors
/// What is wrong, with the code `invalid-email`.
pub fn check_email(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let fits = text.len() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>(),;:\\\"[]".contains(c))
        && text.split_once('@').is_some_and(|(name, domain)| {
            !name.is_empty()
                && name.len() <= 64
                && !domain.contains('@')
                && domain.contains('.')
                && [name, domain].iter().all(|part| part.split('.').all(|label| !label.is_empty()))
        });
    let wrong = || Wrong::with_code(Code::InvalidEmail, "must be one e-mail address like name@example.com");
    if fits { Ok(text.to_owned()) } else { Err(wrong()) }
}

/// The trimmed phone number if it is E.164: `+` and 8 to 15 digits.
///
/// # Errors
/// What is wrong, with the code `invalid-phone-number`.
pub fn check_phone(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    match text.parse::<E164>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(Wrong::with_code(
            Code::InvalidPhoneNumber,
            "must be + and 8 to 15 digits, like +358401234567, without spaces",
        )),
    }
}

/// A service address: `https://host[:port][/path]`, or `http` for a loopback host.
///
/// Whether its origin is one of those allowed is a question for the client's patterns.
pub(super) fn service_address(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let shape = || {
        Wrong::from("must be an address like https://host.iloq.com/path without query, fragment or user name")
    };
    let refused = || {
        Wrong::with_code(
            Code::AddressNotAllowed,
            "must begin with https:// (http:// only for loopback hosts)",
        )
    };
    if text.len() > 300 || text.contains('%') {
        return Err(shape());
    }
    match text.parse::<Address>() {
        Ok(address) if address.is_https() || address.is_loopback() => Ok(text.to_owned()),
        Ok(_) | Err(InvalidAddress::Scheme) => Err(refused()),
        Err(InvalidAddress::Form) => Err(shape()),
    }
}

/// Where a webhook posts to: `https://host[:port][/path][?query]`, or `http` for a loopback host.
pub(super) fn webhook_target(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let shape =
        || Wrong::from("must be an address like https://host/v1/events/system without fragment or user name");
    let clean =
        text.len() <= 1000 && text.bytes().all(|b| b.is_ascii_graphic() && !b"#@\\\"<>^`{|}".contains(&b));
    let (address, _query) = text.split_once('?').unwrap_or((text, ""));
    match address.parse::<Address>() {
        Ok(address) if clean && (address.is_https() || address.is_loopback()) => Ok(text.to_owned()),
        Ok(_) | Err(InvalidAddress::Scheme) if clean => {
            Err("must begin with https:// (http:// only for loopback hosts)".into())
        }
        _ => Err(shape()),
    }
}

/// Reads the body of an operation that takes no members.
///
/// # Errors
/// 422 `invalid-request` that names what is there.
pub fn read_nothing(body: Map<String, Value>) -> Result<(), Problem> {
    Reader::new(body).finish(Some(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_mail_shapes() {
        for good in ["anna@example.com", "a.b+c@mail.example.fi", "åsa@exämple.se", " o'neil@example.ie "] {
            assert_eq!(check_email(good).as_deref(), Ok(good.trim()));
        }
        for bad in [
            "",
            "anna",
            "anna@",
            "@example.com",
            "a@b",
            "a@@example.com",
            "a b@example.com",
            "a@example..com",
            ".a@example.com",
            "A <a@example.com>",
            "a@example.com,b@example.com",
            "a@.com",
        ] {
            assert_eq!(check_email(bad).unwrap_err().code, Code::InvalidEmail, "{bad}");
        }
        assert!(check_email(&format!("{}@example.com", "a".repeat(65))).is_err());
    }

    #[test]
    fn phone_numbers() {
        assert_eq!(check_phone(" +358401234567 ").as_deref(), Ok("+358401234567"));
        for bad in [
            "",
            "0401234567",
            "+1234567",
            "+1234567890123456",
            "+358 40 1234567",
            "00358401234567",
            "+35840123456x",
        ] {
            assert_eq!(check_phone(bad).unwrap_err().code, Code::InvalidPhoneNumber, "{bad}");
        }
    }

    #[test]
    fn service_addresses() {
        for good in [
            "https://s5.iloq.com",
            "https://s5.iloq.com/iLOQPublicApi/v2/",
            "HTTPS://S5.iloq.com:8443/x",
            "http://127.0.0.1:8080/api",
            "http://localhost",
            "http://[::1]:99/",
        ] {
            assert_eq!(service_address(good).as_deref(), Ok(good));
        }
        for (bad, code) in [
            ("", Code::InvalidRequest),
            ("s5.iloq.com", Code::InvalidRequest),
            ("https://", Code::InvalidRequest),
            ("https://user:secret@s5.iloq.com", Code::InvalidRequest),
            ("https://s5.iloq.com?x=1", Code::InvalidRequest),
            ("https://s5.iloq.com/#a", Code::InvalidRequest),
            ("https://s5.iloq.com:0", Code::InvalidRequest),
            ("https://s5.iloq.com:+80", Code::InvalidRequest),
            ("https://s5.iloq.com:x", Code::InvalidRequest),
            ("https://s5..iloq.com", Code::InvalidRequest),
            ("https://s5.iloq.com/../x", Code::InvalidRequest),
            ("https://s5.iloq .com", Code::InvalidRequest),
            ("https://evil.com\\.iloq.com", Code::InvalidRequest),
            ("http://s5.iloq.com", Code::AddressNotAllowed),
            ("http://127.0.0.1.evil.com", Code::AddressNotAllowed),
            ("ftp://s5.iloq.com", Code::AddressNotAllowed),
        ] {
            assert_eq!(service_address(bad).unwrap_err().code, code, "{bad}");
        }
    }

    #[test]
    fn lines_and_languages() {
        assert_eq!(line("  Anna  ", 1, 4).as_deref(), Ok("Anna"));
        assert!(line(" ", 1, 4).is_err());
        assert!(line("ååååå", 0, 4).is_err());
        assert!(line("a\nb", 0, 4).is_err());
        for good in ["fi", "sv-FI", "zh-Hant"] {
            assert!(language(good).is_ok(), "{good}");
        }
        for bad in ["", "f", "finnish", "fi-", "f_"] {
            assert!(language(bad).is_err(), "{bad}");
        }
    }
}
