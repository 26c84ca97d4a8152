//! Sign keys: sealed in the store, opened only to compare a signature.

use hmac::{Hmac, KeyInit, Mac};
use iloq_client::{Secret, origin_of};
use portal_api::types::EventName;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::store::{Former, Held};
use crate::{platform::Platform, problem::Stop, system::System};

/// The name of the secret: part of what it is sealed for.
const FIELD: &str = "signKey";
/// How long a replaced key is still taken, in milliseconds: iLOQ sends an event for the last time 43 h 20 min after the first,
/// and it is not documented whether it is signed anew.
const FORMER_MS: i64 = 48 * 60 * 60 * 1000;
/// Replaced keys that are kept for one subscription.
const MOST_FORMER: usize = 2;

/// Whether `signature` is the lower-case hex of HMAC-SHA256 over `body`, compared in constant time. The key is the text
/// of the sign key exactly as iLOQ gives it.
fn fits(sign_key: &Secret, body: &[u8], signature: &str) -> bool {
    // A key of any length is taken.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(sign_key.expose_secret().as_bytes()) else { return false };
    let expected = hex::encode(mac.chain_update(body).finalize().into_bytes());
    expected.as_bytes().ct_eq(signature.as_bytes()).into()
}

/// The events whose sign key has signed `body`; none if nobody's has. Each key of the system is tried, and at least one
/// comparison is made.
pub fn signed_by<P: Platform>(
    system: &System<'_, P>,
    held: &[Held],
    body: &[u8],
    signature: &str,
) -> Result<Vec<EventName>, Stop> {
    let now = system.now_ms();
    let mut events = Vec::new();
    for hook in held {
        let former = hook.former.iter().filter(|former| former.until > now).map(|former| &former.key);
        for sealed in std::iter::once(&hook.key).chain(former) {
            match open(system, sealed) {
                Ok(key) if fits(&key, body, signature) => events.push(hook.event),
                Ok(_) => {}
                Err(_) => system.platform.log(r#"{"event":"sign_key_unopened","level":"error"}"#),
            }
        }
    }
    Ok(events)
}

/// The work of a comparison, where there is no key.
pub fn compare_with_nothing(body: &[u8], signature: &str) {
    std::hint::black_box(fits(&Secret::new(String::new()), body, signature));
}

/// Opens a sealed sign key.
///
/// # Errors
/// It was sealed for another address, or its key is gone.
pub fn open<P: Platform>(system: &System<'_, P>, sealed: &str) -> Result<Secret, Stop> {
    let origin = origin(system);
    let binding = System::<P>::binding(system.id, FIELD, &origin);
    Ok(system.config.key_ring()?.open(binding, sealed)?)
}

/// Seals a sign key.
///
/// # Errors
/// The variable `encryption_keys` can't be used.
pub fn seal<P: Platform>(system: &System<'_, P>, key: &Secret) -> Result<String, Stop> {
    let origin = origin(system);
    let binding = System::<P>::binding(system.id, FIELD, &origin);
    Ok(system.config.key_ring()?.seal(system.platform.random(), binding, key)?)
}

fn origin<P: Platform>(system: &System<'_, P>) -> String {
    origin_of(&system.record.settings.service_address).unwrap_or_default()
}

/// Puts a key that was just read from iLOQ into `held`. The one before is taken for a while longer.
///
/// # Errors
/// The variable `encryption_keys` can't be used.
pub fn renew_key<P: Platform>(system: &System<'_, P>, held: &mut Held, key: &Secret) -> Result<(), Stop> {
    let now = system.now_ms();
    held.former.retain(|former| former.until > now);
    match open(system, &held.key) {
        Ok(known) if known == *key => return Ok(()),
        Ok(_) => held.former.insert(0, Former { key: std::mem::take(&mut held.key), until: now + FORMER_MS }),
        // It can't be used any more.
        Err(_) => {}
    }
    held.former.truncate(MOST_FORMER);
    held.key = seal(system, key)?;
    Ok(())
}

/// Seals the sign keys with the key that seals now; whether any was sealed with another.
///
/// # Errors
/// The store's failure. A key that can't be opened is left for the job `renew-subscriptions`, which reads it anew.
pub fn reseal<P: Platform>(system: &System<'_, P>) -> Result<bool, Stop> {
    let ring = system.config.key_ring()?;
    let before = Held::load(&system.space)?;
    let mut all = before.clone();
    for hook in &mut all {
        for sealed in
            std::iter::once(&mut hook.key).chain(hook.former.iter_mut().map(|former| &mut former.key))
        {
            if !ring.is_current(sealed)
                && let Ok(key) = open(system, sealed)
            {
                *sealed = seal(system, &key)?;
            }
        }
    }
    Held::store(&all, &before, &system.space)?;
    Ok(all != before)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGN_KEY: &str = "EFE3FD29-0B3E-405F-98EE-0CC5385DF5D5";
    const BODY: &str = r#"{"Data":{"Description":"kuvaus","ExpireDate":"2021-04-20T10:42:40.803Z","FNKey_ID":"3fa85f64-5717-4562-b3fc-2c963f66afa6","InfoText":"infoa","KeyTypeMask":0,"Person_ID":"3fa85f64-5717-4562-b3fc-2c963f66afa6","RealEstate_ID":"3fa85f64-5717-4562-b3fc-2c963f66afa6","ROM_ID":"string","Stamp":"string","StampSource":0,"State":0,"TagKey":"string","TagKeySource":0,"VersionCode":"string"},"CreationTimeUtc":"2021-01-05T12:15:30Z"}"#;
    const SIGNATURE: &str = "0468a4741fc1445f9b70805456016c88ad5b61544dd8c38502be546f3e05b4e8";

    #[test]
    fn the_documented_example() {
        let key = Secret::from(SIGN_KEY);
        assert!(fits(&key, BODY.as_bytes(), SIGNATURE));
    }

    #[test]
    fn anything_else_does_not_fit() {
        let key = Secret::from(SIGN_KEY);
        let altered = BODY.replace("kuvaus", "kuvauS");
        assert!(!fits(&key, altered.as_bytes(), SIGNATURE));
        assert!(!fits(&Secret::from(SIGN_KEY.to_lowercase().as_str()), BODY.as_bytes(), SIGNATURE));
        for wrong in ["", "0", &SIGNATURE.to_uppercase(), &SIGNATURE[..63], &format!("{SIGNATURE}0")] {
            assert!(!fits(&key, BODY.as_bytes(), wrong), "{wrong}");
        }
    }
}
