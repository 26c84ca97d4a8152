//! Phone numbers.

use std::fmt;
use std::str::FromStr;

/// A phone number in E.164 form: `+` and 8 to 15 digits, the first not zero.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164(String);

/// Why a text is no phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPhoneNumber {
    /// The plus sign is missing.
    #[error("a phone number begins with + and the country's number, for example +358401234567")]
    NoPlus,
    /// Something other than digits.
    #[error("after the + a phone number has digits only, for example +358401234567")]
    NotDigits,
    /// Too short or too long.
    #[error("a phone number has 8 to 15 digits after the +, for example +358401234567")]
    Length,
    /// No country's number begins with zero.
    #[error("after the + comes the country's number, which does not begin with 0, for example +358401234567")]
    LeadingZero,
}

impl E164 {
    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for E164 {
    type Err = InvalidPhoneNumber;

    fn from_str(text: &str) -> Result<Self, InvalidPhoneNumber> {
        let text = text.trim();
        let digits = text.strip_prefix('+').ok_or(InvalidPhoneNumber::NoPlus)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidPhoneNumber::NotDigits);
        }
        if !(8..=15).contains(&digits.len()) {
            return Err(InvalidPhoneNumber::Length);
        }
        if digits.starts_with('0') {
            return Err(InvalidPhoneNumber::LeadingZero);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_as_they_are_given() {
        for text in ["+358401234567", " +358401234567\n", "+12345678", "+123456789012345"] {
            assert_eq!(text.parse::<E164>().unwrap().as_str(), text.trim());
        }
    }

    #[test]
    fn the_error_says_what_is_wrong() {
        for (text, error) in [
            ("", InvalidPhoneNumber::NoPlus),
            ("0401234567", InvalidPhoneNumber::NoPlus),
            ("+358 40 1234567", InvalidPhoneNumber::NotDigits),
            ("+35840123٤567", InvalidPhoneNumber::NotDigits),
            ("+1234567", InvalidPhoneNumber::Length),
            ("+1234567890123456", InvalidPhoneNumber::Length),
            ("+04012345678", InvalidPhoneNumber::LeadingZero),
        ] {
            assert_eq!(text.parse::<E164>(), Err(error), "{text}");
            assert!(error.to_string().contains("+358401234567"));
        }
    }
}
