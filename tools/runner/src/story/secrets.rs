//! Secrets of a trial: made up at each start.

use std::{fmt, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// The file in a folder that stays, in which the key is kept: without it nothing sealed there could be opened.
const KEY_FILE: &str = "encryption-key";

/// What the functions are started with.
pub(super) struct Secrets {
    /// The bearer token, 32 hexadecimal digits. It may do everything.
    pub(super) token: String,
    /// The token of the schedules, which may call jobs and nothing else.
    pub(super) jobs_token: String,
    /// The variable `encryption_keys`.
    encryption_keys: String,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(***)")
    }
}

impl Secrets {
    /// New ones.
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            token: hex::encode(random::<16>()?),
            jobs_token: hex::encode(random::<16>()?),
            encryption_keys: key()?,
        })
    }

    /// A new token, and the encryption key that is kept in `folder`; a new key where there is none.
    pub(super) fn kept_in(folder: &Path) -> Result<Self> {
        let path = folder.join(KEY_FILE);
        let what = || format!("the encryption key in {}", path.display());
        let encryption_keys = match std::fs::read_to_string(&path) {
            Ok(text) => text.trim().to_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                std::fs::create_dir_all(folder).with_context(what)?;
                let key = key()?;
                let mut file = std::fs::OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)
                    .with_context(what)?;
                writeln!(file, "{key}").with_context(what)?;
                key
            }
            Err(error) => return Err(error).with_context(what),
        };
        Ok(Self { encryption_keys, ..Self::new()? })
    }

    /// The variables `access_tokens` and `encryption_keys`.
    pub(super) fn variables(&self) -> [(&'static str, String); 2] {
        let hash = |token: &str| hex::encode(Sha256::digest(token));
        let (own, jobs) = (hash(&self.token), hash(&self.jobs_token));
        [
            ("access_tokens", format!("trial:admin:*:{own} schedule:jobs:*:{jobs}")),
            ("encryption_keys", self.encryption_keys.clone()),
        ]
    }
}

fn key() -> Result<String> {
    Ok(format!("k1:{}", STANDARD.encode(random::<32>()?)))
}

fn random<const BYTES: usize>() -> Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow::anyhow!("this machine gives no random bytes: {error}"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_stays_keeps_its_key_and_not_its_token() {
        let folder = tempfile::tempdir().unwrap();
        let first = Secrets::kept_in(&folder.path().join("new")).unwrap();
        let second = Secrets::kept_in(&folder.path().join("new")).unwrap();
        assert_eq!(first.encryption_keys, second.encryption_keys);
        assert_ne!(first.token, second.token);
        assert!(!format!("{first:?}").contains(&first.token));
    }

    #[test]
    fn the_token_is_told_by_its_hash_only() {
        let secrets = Secrets::new().unwrap();
        let [(_, tokens), _] = secrets.variables();
        assert!(tokens.starts_with("trial:admin:*:") && !tokens.contains(&secrets.token), "{tokens}");
        assert!(tokens.contains(" schedule:jobs:*:") && !tokens.contains(&secrets.jobs_token), "{tokens}");
    }
}
