//! Secrets at rest: AES-256-GCM under the keys of the variable `encryption_keys`.

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use iloq_client::{Secret, io::Random};

/// Length of a GCM nonce in bytes.
const NONCE: usize = 12;

/// The keys that secrets are sealed with: the first seals, all open.
pub struct KeyRing {
    keys: Vec<(String, Aes256Gcm)>,
}

/// What a sealed secret is bound to: it opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// The portal's id of the locking system.
    pub system: &'a str,
    /// The setting (`password`, `apiKey`, `sessionId`).
    pub field: &'a str,
    /// Scheme, host and port that the secret may be sent to.
    pub origin: &'a str,
}

/// Why the variable or a sealed value can't be used. Never holds key or content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The variable `encryption_keys` is not `id:base64-of-32-bytes`, space-separated.
    #[error("entry {0} of the variable encryption_keys is not id:base64-of-32-bytes")]
    BadKey(usize),
    /// The variable holds no key.
    #[error("the variable encryption_keys holds no key")]
    NoKey,
    /// No key of that id, or the value was altered or moved.
    #[error("a stored secret can't be opened: its key is missing from encryption_keys, or it was altered")]
    Unopened,
}

impl KeyRing {
    /// Parses the variable `encryption_keys`: entries `id:base64-of-32-bytes` separated by white space.
    ///
    /// # Errors
    /// [`SealError::BadKey`] with the entry's position from 1, or [`SealError::NoKey`].
    pub fn parse(variable: &str) -> Result<Self, SealError> {
        let mut keys = Vec::new();
        for (index, entry) in variable.split_whitespace().enumerate() {
            let bad = SealError::BadKey(index + 1);
            let (id, key) = entry.split_once(':').ok_or_else(|| bad.clone())?;
            let key = STANDARD.decode(key).map_err(|_| bad.clone())?;
            let cipher = Aes256Gcm::new_from_slice(&key).map_err(|_| bad.clone())?;
            if id.is_empty() {
                return Err(bad);
            }
            keys.push((id.to_owned(), cipher));
        }
        if keys.is_empty() { Err(SealError::NoKey) } else { Ok(Self { keys }) }
    }

    /// Seals `secret`: `key-id:base64(nonce ‖ ciphertext)`.
    ///
    /// # Errors
    /// [`SealError`] if the cipher refuses, which it does only for texts of many gigabytes.
    pub fn seal(
        &self,
        random: &impl Random,
        binding: Binding<'_>,
        secret: &Secret,
    ) -> Result<String, SealError> {
        let (id, cipher) = self.keys.first().ok_or(SealError::NoKey)?;
        let mut nonce = [0_u8; NONCE];
        random.fill(&mut nonce);
        let aad = binding.text();
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: aad.as_bytes() };
        let sealed = cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| SealError::Unopened)?;
        Ok(format!("{id}:{}", STANDARD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// Opens what [`seal`](Self::seal) made for the same binding.
    ///
    /// # Errors
    /// [`SealError::Unopened`].
    pub fn open(&self, binding: Binding<'_>, sealed: &str) -> Result<Secret, SealError> {
        self.try_open(binding, sealed).ok_or(SealError::Unopened)
    }

    /// Whether `sealed` was sealed with the key that seals now.
    pub fn is_current(&self, sealed: &str) -> bool {
        let id = sealed.split(':').next();
        self.keys.first().map(|(first, _)| first.as_str()) == id
    }

    fn try_open(&self, binding: Binding<'_>, sealed: &str) -> Option<Secret> {
        let (id, text) = sealed.split_once(':')?;
        let bytes = STANDARD.decode(text).ok()?;
        let (nonce, ciphertext) = bytes.split_at_checked(NONCE)?;
        let nonce = Nonce::try_from(nonce).ok()?;
        let aad = binding.text();
        let (_, cipher) = self.keys.iter().find(|(known, _)| known == id)?;
        let plain = cipher.decrypt(&nonce, Payload { msg: ciphertext, aad: aad.as_bytes() }).ok()?;
        Some(Secret::new(String::from_utf8(plain).ok()?))
    }
}

impl Binding<'_> {
    fn text(&self) -> String {
        format!("{}\0{}\0{}", self.system, self.field, self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededRandom;

    const OLD: &str = "2025:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const NEW: &str = "2026:HxweHRsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";
    const HERE: Binding<'_> = Binding { system: "s", field: "password", origin: "https://s5.iloq.com" };

    #[test]
    fn a_sealed_secret_opens_only_where_it_was_sealed_for() {
        let ring = KeyRing::parse(OLD).unwrap();
        let sealed = ring.seal(&SeededRandom::new(1), HERE, &Secret::new("hunter2".into())).unwrap();
        assert!(!sealed.contains("hunter2"));
        assert_eq!(ring.open(HERE, &sealed).unwrap().expose_secret(), "hunter2");
        for elsewhere in [
            Binding { system: "t", ..HERE },
            Binding { field: "apiKey", ..HERE },
            Binding { origin: "https://evil.example", ..HERE },
        ] {
            assert_eq!(ring.open(elsewhere, &sealed).err(), Some(SealError::Unopened));
        }
    }

    #[test]
    fn keys_rotate_first_seals_all_open() {
        let old = KeyRing::parse(OLD).unwrap();
        let sealed = old.seal(&SeededRandom::new(1), HERE, &Secret::new("p".into())).unwrap();
        let both = KeyRing::parse(&format!("{NEW} {OLD}")).unwrap();
        assert_eq!(both.open(HERE, &sealed).unwrap().expose_secret(), "p");
        assert!(!both.is_current(&sealed));
        let resealed = both.seal(&SeededRandom::new(2), HERE, &Secret::new("p".into())).unwrap();
        assert!(both.is_current(&resealed));
        assert_eq!(old.open(HERE, &resealed).err(), Some(SealError::Unopened));
    }

    #[test]
    fn a_bad_variable_is_named_by_position_not_by_content() {
        let error = KeyRing::parse(&format!("{OLD} x:AAAA")).err().unwrap();
        assert_eq!(error, SealError::BadKey(2));
        assert!(!error.to_string().contains("AAAA"));
        assert_eq!(KeyRing::parse(" ").err(), Some(SealError::NoKey));
    }
}
