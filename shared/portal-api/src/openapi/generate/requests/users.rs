//! Users, their sync, and blocking.

use std::collections::BTreeMap;

use iloq_model::{PersonId, ZoneId};
use schemars::JsonSchema;

use super::PHONE_OR_NOTHING;
use crate::{BlockReason, Patch};

/// A user: what is left out stays as it is, `null` (or an empty text) clears. Members of an answer that are not the
/// portal's (`origin`, `iloq`, …) may be sent back and are ignored.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct UserInput {
    /// First name. A new user needs a first or a last name.
    #[schemars(length(max = 200))]
    first_name: Patch<String>,
    /// Last name.
    #[schemars(length(max = 200))]
    last_name: Patch<String>,
    /// E-mail address.
    #[schemars(length(max = 254), extend("format" = "email"))]
    email: Patch<String>,
    /// Mobile phone number in E.164; iLOQ's Phone1.
    #[schemars(extend("pattern" = PHONE_OR_NOTHING))]
    mobile_phone: Patch<String>,
    /// Person code.
    #[schemars(length(max = 20))]
    person_code: Patch<String>,
    /// Company.
    #[schemars(length(max = 200))]
    company_name: Patch<String>,
    /// Title at work.
    #[schemars(length(max = 200))]
    work_title: Patch<String>,
    /// Language of messages, like `fi` or `sv-FI`.
    language: Patch<String>,
    /// The zones of a new person; at creation only.
    #[schemars(length(max = 100))]
    zone_ids: Patch<Vec<ZoneId>>,
    /// By iLOQ's name of the field; `null` clears a field. A direct `email` or `mobilePhone` wins over the field that
    /// the settings map to it.
    info_fields: Patch<BTreeMap<String, Option<String>>>,
    /// The person that this user is: adopts a user with `origin: iloq`.
    iloq_person_id: Option<PersonId>,
}

/// How to sync users.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct SyncUsersRequest {
    /// Only plan: iLOQ sees reads only.
    dry_run: Option<bool>,
    /// The id of a halted run whose held removals may be done.
    allow_removals: Option<String>,
}

/// How a conflict is resolved.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum ResolveRequest {
    /// The user is this person.
    Link(ResolveByPerson),
    /// The user is none of them.
    Create(ResolveByCreation),
}

/// The user is this person.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResolveByPerson {
    /// The person's id.
    person_id: PersonId,
}

/// The user is none of the candidates: a new person is made.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ResolveByCreation {
    /// `true`.
    create: bool,
}

/// Why and how a user is blocked.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct BlockUser {
    /// Why.
    reason: BlockReason,
    /// Physical keys stay with the person, without API rights.
    keep_keys: Option<bool>,
    /// Only plan: iLOQ sees reads only.
    dry_run: Option<bool>,
}

/// How a user is unblocked.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct UnblockUser {
    /// Give back what blocking took and is still missing.
    restore: bool,
}
