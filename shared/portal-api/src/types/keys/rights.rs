//! Requests that name keys and the API rights that each is to have.

use std::collections::BTreeSet;

use iloq_model::{AccessRightId, KeyId};
use serde_json::{Map, Value};

use super::{KeyType, MAX_KEYS, MAX_RIGHTS};
use crate::json::Reader;
use crate::problem::Problem;
use crate::types::rules::id;

/// A key and exactly the API rights that it is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRights {
    /// The key.
    pub key_id: KeyId,
    /// Its API rights. A right that a request repeats is here once.
    pub access_right_ids: BTreeSet<AccessRightId>,
}

/// The body of `POST …/users/{user}/keys`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachKeys {
    /// The keys to attach, each once, in the request's order: 1 to [`MAX_KEYS`].
    pub keys: Vec<KeyRights>,
    /// Only plan: iLOQ sees reads only.
    pub dry_run: bool,
}

impl AttachKeys {
    /// Reads and checks the body.
    ///
    /// # Errors
    /// 422 with one error for each wrong member; a key that stands twice is wrong where it stands again.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::new(body);
        let keys = at_least_one(&mut reader);
        let dry_run = reader.flag("dryRun");
        reader.finish(keys.map(|keys| Self { keys, dry_run }))
    }
}

/// The body of `PUT …/users/{user}/access-rights`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutAccessRights {
    /// The keys to change, each once, in the request's order: 1 to [`MAX_KEYS`].
    pub keys: Vec<KeyRights>,
    /// Only plan: iLOQ sees reads only.
    pub dry_run: bool,
}

impl PutAccessRights {
    /// Reads and checks the body.
    ///
    /// # Errors
    /// 422 with one error for each wrong member; a key that stands twice is wrong where it stands again.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        AttachKeys::read(body).map(|AttachKeys { keys, dry_run }| Self { keys, dry_run })
    }
}

/// The body of `PUT …/users/{user}/keys`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutKeys {
    /// Keys of other types stay as they are.
    pub key_type: KeyType,
    /// All keys of the type that the user is to have, each once, in the request's order: none to [`MAX_KEYS`].
    pub keys: Vec<KeyRights>,
}

impl PutKeys {
    /// Reads and checks the body.
    ///
    /// # Errors
    /// 422 with one error for each wrong member; a key that stands twice is wrong where it stands again.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::new(body);
        let key_type = reader.word("type", KeyType::ALL, KeyType::name);
        let key_type = reader.need("type", key_type);
        let keys = keys(&mut reader);
        let request = key_type.zip(keys).map(|(key_type, keys)| Self { key_type, keys });
        reader.finish(request)
    }
}

/// The member `accessRightIds`, which has to be there.
pub(in crate::types) fn access_rights(reader: &mut Reader) -> Option<BTreeSet<AccessRightId>> {
    let rights = reader.texts("accessRightIds", MAX_RIGHTS, id);
    reader.need("accessRightIds", rights).map(|rights| rights.into_iter().collect())
}

fn keys(reader: &mut Reader) -> Option<Vec<KeyRights>> {
    let mut seen = BTreeSet::new();
    let keys = reader.objects("keys", MAX_KEYS, |inner| {
        let key = inner.text("keyId", id);
        let key = inner.need("keyId", key);
        let rights = access_rights(inner);
        if key.is_some_and(|key: KeyId| !seen.insert(key)) {
            inner.refuse("keyId", "stands in the list already".into());
        }
        Some(KeyRights { key_id: key?, access_right_ids: rights? })
    });
    reader.need("keys", keys)
}

/// A list without any key would say nothing, yet may be meant as "no keys any more": refused.
fn at_least_one(reader: &mut Reader) -> Option<Vec<KeyRights>> {
    let keys = keys(reader)?;
    if keys.is_empty() && reader.is_clean() {
        reader.refuse("keys", "must have at least one element".into());
    }
    Some(keys)
}
