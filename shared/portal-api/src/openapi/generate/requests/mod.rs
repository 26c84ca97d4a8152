//! The bodies of requests as clients write them.
//!
//! They are read member by member, so that everything that is wrong is told at once; these types are what the readers
//! take. Tests hold both together: each member here is taken, each that is missing or unknown is refused.
//!
//! `Option` may be left out; `Patch` may also be `null`.
#![expect(dead_code, reason = "only the schemas are used")]

mod keys;
mod phones;
mod systems;
mod users;

pub(super) use keys::{AttachKeys, PutAccessRights, PutKeys, RefreshKeys, ReplaceKey};
pub(super) use phones::{PutLimits, ResendMobileKey, SendMobileKey};
pub(super) use systems::{IloqEvent, Nothing, PutSubscription, SystemSettings};
pub(super) use users::{BlockUser, ResolveRequest, SyncUsersRequest, UnblockUser, UserInput};

/// `+`, the country's number, and 8 to 15 digits in all.
const PHONE: &str = "^\\+[1-9][0-9]{7,14}$";
/// The same, or nothing, which clears it.
const PHONE_OR_NOTHING: &str = "^(\\+[1-9][0-9]{7,14})?$";
