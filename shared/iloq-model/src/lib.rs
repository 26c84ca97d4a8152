//! iLOQ's types, ids, code tables, masks and time rules. No I/O and no async.
//!
//! - [`ids`]: one type per kind of id, and ids derived for new entities
//! - records: [`Person`], [`Key`], [`Lock`], … keep the members that they do not know
//! - [`codes`] and [`masks`]: keep the codes and bits that they do not know
//! - [`RightsMask`]: what the API user may do
//! - [`time`], [`time_zone`]: iLOQ's dates, clock texts and names of time zones
//! - [`E164`]: phone numbers
//! - [`Address`], [`OriginPatterns`]: where iLOQ is, and may be
//! - [`Secret`]: passwords, keys and session ids

pub mod codes;
pub mod ids;
pub mod masks;
pub mod time;
pub mod time_zone;

mod access;
mod address;
mod answers;
mod block_list;
mod e164;
mod key;
mod limits;
mod lock;
mod lock_group;
mod logs;
mod network;
mod origin;
mod person;
mod phone;
mod record;
mod rights;
#[cfg(feature = "schema")]
mod schema;
mod secret;
mod structure;
mod webhook;

pub use access::{AccessRight, KeyAccessRights, UpdateKeyAccessRights};
pub use address::{Address, InvalidAddress, origin_of};
pub use answers::{
    CreateSessionAnswer, InsertedPersons, KeysOfPerson, LockLogDataAnswer, SetLockGroupAnswer,
};
pub use block_list::{BlockList, BlockListItem, BlockListPacket};
pub use codes::*;
pub use e164::{E164, InvalidPhoneNumber};
pub use ids::*;
pub use key::{InsertKey, Key, KeyZones, NewKey};
pub use limits::{
    KeyScheduler, KeyTimeLimitData, KeyTimeLimitSlot, KeyTimeLimits, TimeLimitData, TimeLimitTitle,
};
pub use lock::Lock;
pub use lock_group::LockGroup;
pub use logs::{LockLogData, LogKey, LogLocation, LogLock, LogLockState, LogRow, LogRows, LogSearch};
pub use masks::*;
pub use network::{NetworkModule, NetworkModuleDevice};
pub use origin::{InvalidPattern, OriginPatterns};
pub use person::Person;
pub use phone::KeyPhone;
pub use record::OtherMembers;
pub use rights::{Right, RightsMask};
pub use secret::Secret;
pub use structure::{RealEstate, Zone};
pub use time::{DateText, LocalTime, UtcTime};
pub use time_zone::TimeZone;
pub use webhook::{WebhookDelivery, WebhookEvent, WebhookPayload, WebhookSubscription};
