//! Keys as answers show them.

use std::collections::BTreeSet;

use iloq_model::{AccessRightId, KeyId, PersonId};
use serde::Serialize;

use super::{KeyStatus, KeyType};
use crate::date::Date;
use crate::time::Time;
use crate::types::mobile_key::Invitation;

/// A key.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Key"))]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// The id.
    pub id: KeyId,
    /// What it is.
    #[serde(rename = "type")]
    pub key_type: KeyType,
    /// iLOQ's `Description`.
    pub name: String,
    /// iLOQ's `InfoText`.
    pub description: String,
    /// The printed label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stamp: Option<String>,
    /// The portal's user that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The person in iLOQ that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// How it stands.
    pub status: KeyStatus,
    /// Whether it was ever programmed; stays true while newer changes wait.
    pub ever_programmed: bool,
    /// Its API rights; `null` if they were never read.
    pub access_rights: Option<KeyRightsView>,
    /// Whether it is on the block list.
    pub block_listed: bool,
    /// Since when rights that were taken off are still on the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_pending_since: Option<Time>,
    /// When it should come back; shown, not enforced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_return: Option<Date>,
    /// The invitation of a phone key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
    /// When the key was last refreshed; one that never was, was read for this answer.
    pub updated_at: Time,
}

/// The API rights of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "KeyRightsState"))]
#[serde(rename_all = "camelCase")]
pub struct KeyRightsView {
    /// Those it is to have.
    pub wanted: BTreeSet<AccessRightId>,
    /// Those that are on it.
    pub programmed: BTreeSet<AccessRightId>,
    /// When they were read.
    pub refreshed_at: Time,
}
