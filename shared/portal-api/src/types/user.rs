//! Users as answers show them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::time::Time;
use crate::words::words;

words! {
    /// Where a user was made.
    Origin {
        /// In the portal.
        Portal = "portal",
        /// In iLOQ; the portal may adopt it.
        Iloq = "iloq",
    }
}

words! {
    /// How a user and iLOQ stand.
    LinkState {
        /// Tied to a person.
        Linked = "linked",
        /// Kept here, not yet in iLOQ.
        Pending = "pending",
        /// A person has to decide.
        Conflict = "conflict",
        /// Deleted in iLOQ, kept here.
        Gone = "gone",
        /// Deleted here, but iLOQ does not let the person go.
        Undeletable = "undeletable",
    }
}

/// A user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The portal's id, or for a person found in iLOQ its external id or person id.
    pub id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Mobile phone number; iLOQ's `Phone1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
    /// Person code, at most 20 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_code: Option<String>,
    /// Company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    /// Title at work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_title: Option<String>,
    /// Language of messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The zones given at creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_ids: Option<Vec<String>>,
    /// Info fields by iLOQ's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub info_fields: Option<BTreeMap<String, String>>,
    /// Where the user was made.
    pub origin: Origin,
    /// Whether the user is blocked.
    pub blocked: bool,
    /// When the user was last changed here.
    pub updated_at: Time,
    /// How the user stands in iLOQ.
    pub iloq: UserLink,
}

/// How a user stands in iLOQ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserLink {
    /// The state.
    pub state: LinkState,
    /// The person's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<String>,
    /// The person's external id as iLOQ has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_person_id: Option<String>,
    /// What stands in the way; a conflict has `candidates`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// A person that could be the user; in `problem.candidates`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// The person's id.
    pub person_id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The external id, if another system uses the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_person_id: Option<String>,
    /// The user that is linked to the person already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked_user: Option<String>,
}
