//! A phone key in iLOQ, made with all that its order needs. Each step may be repeated.

use std::collections::BTreeSet;

use iloq_client::{IloqApi, Lookup};
use iloq_model::{
    AccessRightId, CanDeleteKey, DateText, InsertKey, Key, KeyId, KeyTypeMask, NewKey, PersonId, RealEstateId,
};
use portal_api::{Code, Problem};

use crate::{
    certain::certain, keys::status, platform::Platform, problem::Stop, system::System, users::sync::facts,
};

/// What is to be made.
pub struct New<'r> {
    /// Derived, so that a repeated request meets the same key.
    pub id: KeyId,
    /// iLOQ's `Description`.
    pub name: String,
    /// The holder; a phone key has to have one.
    pub person: PersonId,
    /// Its API rights.
    pub rights: &'r BTreeSet<AccessRightId>,
    /// When it should come back (iLOQ's `ExpireDate`).
    pub expected_return: Option<DateText>,
}

/// A key that is there now.
pub struct Made {
    /// As iLOQ has it.
    pub key: Key,
    /// If it was made just now: the rights that it lacks. `None`: it has to be read.
    pub lacks: Option<Vec<AccessRightId>>,
}

/// `POST Keys`. A key that is there already is taken over as it is.
///
/// All rights but the last come with the key, which saves a call for each; for the last one `CanAdd` then tells
/// whether there is room for so many.
///
/// # Errors
/// iLOQ's error; `key-unmodifiable` if the key was there once and is gone.
pub async fn make<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    new: &New<'_>,
) -> Result<Made, Stop> {
    let mut key = NewKey::new(new.id, KeyTypeMask::PHONE_KEY, RealEstateId::ZERO);
    key.description = Some(new.name.clone());
    key.person_id = Some(new.person);
    key.expire_date.clone_from(&new.expected_return);
    let mut body = InsertKey::new(key);
    body.zone_ids = facts::default_zones(system, api).await?;
    body.right_ids = new.rights.iter().copied().collect();
    if body.right_ids.len() > 1 {
        body.right_ids.pop();
    }
    loop {
        let error = match api.insert_key(&body).await {
            Ok(mut key) => {
                key.kind.get_or_insert(KeyTypeMask::PHONE_KEY);
                key.person_id.get_or_insert(new.person);
                let lacks = new.rights.iter().copied().skip(body.right_ids.len()).collect();
                return Ok(Made { key, lacks: Some(lacks) });
            }
            Err(error) => error,
        };
        let refused = matches!(error.status(), Some(400 | 409));
        if !refused && !error.outcome_unknown() {
            return Err(error.into());
        }
        // It may be there by now: made by the call whose answer was lost, or by another copy of this request.
        if let Lookup::Found(key) = api.key(new.id).await? {
            return taken_over(key, new.person);
        }
        if !refused || body.right_ids.is_empty() {
            return Err(error.into());
        }
        // Without the rights: giving them one by one tells what is wrong with them.
        body.right_ids.clear();
    }
}

/// A key that an earlier try of the same request has made.
///
/// # Errors
/// `key-unmodifiable` if it is gone since, or somebody else's.
pub fn taken_over(key: Key, person: PersonId) -> Result<Made, Stop> {
    let status = status::of(&key);
    if status::is_alive(status) && key.person_id == Some(person) {
        return Ok(Made { key, lacks: None });
    }
    Err(gone(status.name()))
}

/// The key of this request was there, and is no more.
pub fn gone(how: &str) -> Stop {
    let fact =
        format!("The phone key that this request made is {how}. Send a new one with a new Idempotency-Key.");
    Problem::new(Code::KeyUnmodifiable, fact).into()
}

/// Removes a key that can't be finished; one that was ordered stays. A block may have been quicker.
///
/// # Errors
/// iLOQ's error: then the same call comes here again.
pub async fn unmake(api: &impl IloqApi, id: KeyId) -> Result<(), Stop> {
    let outcome = match api.can_delete_key(id).await {
        Ok(CanDeleteKey::Ok) => api.delete_key(id).await,
        Ok(_) => return Ok(()),
        Err(error) => Err(error),
    };
    let is_gone =
        async { Ok(!matches!(api.key(id).await?, Lookup::Found(key) if status::is_alive(status::of(&key)))) };
    certain(outcome, is_gone).await
}
