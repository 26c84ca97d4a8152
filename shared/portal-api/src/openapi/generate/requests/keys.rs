//! Keys and their rights.

use iloq_model::{AccessRightId, KeyId};
use schemars::JsonSchema;

use crate::{KeyType, MAX_KEYS, MAX_RIGHTS, PortalId};

/// A key and exactly the API rights that it is to have.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
struct KeyRights {
    /// The key.
    key_id: KeyId,
    /// Exactly these API rights; others are taken off.
    #[schemars(length(max = MAX_RIGHTS))]
    access_right_ids: Vec<AccessRightId>,
}

/// Keys to give to a user.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachKeys {
    /// Each key once.
    #[schemars(length(min = 1, max = MAX_KEYS))]
    keys: Vec<KeyRights>,
    /// Only plan: iLOQ sees reads only.
    dry_run: Option<bool>,
}

/// The API rights that some of a user's keys are to have.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutAccessRights {
    /// Each key once.
    #[schemars(length(min = 1, max = MAX_KEYS))]
    keys: Vec<KeyRights>,
    /// Only plan: iLOQ sees reads only.
    dry_run: Option<bool>,
}

/// All keys of a type that a user is to have.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PutKeys {
    /// The type; keys of other types stay as they are.
    r#type: KeyType,
    /// Each key once; an empty list takes all keys of the type away.
    #[schemars(length(max = MAX_KEYS))]
    keys: Vec<KeyRights>,
}

/// Which keys to read anew.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum RefreshKeys {
    /// These.
    Keys(RefreshByKeys),
    /// All of one user.
    User(RefreshByUser),
}

/// Keys to read anew by their ids.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefreshByKeys {
    /// Each key once.
    #[schemars(length(min = 1, max = MAX_KEYS))]
    key_ids: Vec<KeyId>,
}

/// A user whose keys are to be read anew.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefreshByUser {
    /// The user's id.
    user_id: PortalId,
}

/// Which key takes over.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplaceKey {
    /// A key that nobody has.
    new_key_id: KeyId,
    /// Whether the old key goes on the block list; it does if this is left out.
    block_old: Option<bool>,
}
