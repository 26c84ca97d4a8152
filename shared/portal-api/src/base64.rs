//! Base64 (RFC 4648), strict: one text for each value. By hand, since a general engine is six times as large.

/// An alphabet, and whether texts are filled up with `=`.
#[derive(Debug)]
pub struct Base64 {
    alphabet: &'static [u8; 64],
    padded: bool,
}

/// For URLs and file names, without `=`.
pub const URL: Base64 =
    Base64 { alphabet: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", padded: false };

/// The usual one, with `=`.
pub const STANDARD: Base64 =
    Base64 { alphabet: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", padded: true };

impl Base64 {
    /// The text of these bytes.
    #[must_use]
    pub fn encode(&self, bytes: impl AsRef<[u8]>) -> String {
        self.encode_bytes(bytes.as_ref())
    }

    fn encode_bytes(&self, bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
        for chunk in bytes.chunks(3) {
            let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for place in 0..4 {
                if place <= chunk.len() {
                    text.push(char::from(self.alphabet[(bits >> (18 - 6 * place)) as usize & 63]));
                } else if self.padded {
                    text.push('=');
                }
            }
        }
        text
    }

    /// The bytes of a text that [`encode`](Self::encode) could have made; `None` for any other.
    #[must_use]
    pub fn decode(&self, text: &str) -> Option<Vec<u8>> {
        let digits = if self.padded { text.trim_end_matches('=') } else { text };
        if self.padded && (!text.len().is_multiple_of(4) || text.len() - digits.len() > 2) {
            return None;
        }
        let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
        let (mut bits, mut count) = (0_u32, 0_u32);
        for digit in digits.bytes() {
            bits = bits << 6 | self.value(digit)?;
            count += 6;
            if count >= 8 {
                count -= 8;
                bytes.push(u8::try_from(bits >> count).ok()?);
                bits &= (1 << count) - 1;
            }
        }
        // What is left of the last digit must be nothing.
        (count < 6 && bits == 0).then_some(bytes)
    }

    fn value(&self, digit: u8) -> Option<u32> {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            _ if digit == self.alphabet[62] => 62,
            _ if digit == self.alphabet[63] => 63,
            _ => return None,
        };
        Some(u32::from(value))
    }
}

#[cfg(test)]
mod tests {
    use super::{STANDARD, URL};

    #[test]
    fn the_vectors_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(STANDARD.encode(bytes), text);
            assert_eq!(STANDARD.decode(text).as_deref(), Some(bytes.as_bytes()));
            assert_eq!(URL.encode(bytes), text.trim_end_matches('='));
            assert_eq!(URL.decode(text.trim_end_matches('=')).as_deref(), Some(bytes.as_bytes()));
        }
    }

    #[test]
    fn every_byte_comes_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(STANDARD.decode(&STANDARD.encode(&bytes)), Some(bytes.clone()));
        assert_eq!(URL.decode(&URL.encode(&bytes)), Some(bytes));
        assert_eq!((STANDARD.encode([0xfb, 0xff]), URL.encode([0xfb, 0xff])), ("+/8=".into(), "-_8".into()));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=", "====", "Zg==Zg==", "Zm9v\n", "-_8="] {
            assert_eq!(STANDARD.decode(text), None, "{text}");
        }
        for text in ["Z", "Zh", "Zg==", "+/8", "Zm9vA", "ä"] {
            assert_eq!(URL.decode(text), None, "{text}");
        }
    }
}
