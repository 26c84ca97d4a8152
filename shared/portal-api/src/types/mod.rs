//! Requests and answers of the API.

mod audit;
mod blocking;
mod change;
mod check;
mod delete;
mod event_subscription;
mod jobs;
mod keys;
mod limits;
mod list;
mod log;
mod log_pull;
mod mobile_key;
mod resolve;
mod retry;
mod rules;
mod run;
mod settings;
mod settings_input;
mod status;
mod structure;
mod sync;
mod system;
mod user;
mod user_input;

pub use audit::AuditEntry;
pub use blocking::{BlockListEntry, BlockListState, BlockReason, BlockUser, UnblockUser};
pub use change::{Change, ChangeType};
pub use check::{Check, CheckAnswer, CheckId, CheckStatus};
pub use delete::{DeleteAnswer, DeleteOutcome, DeleteReason};
pub use event_subscription::{
    EventName, EventSubscription, PutSubscription, SubscriptionState, SubscriptionView,
};
pub use jobs::{JobAnswer, JobState, JobSystem};
pub use keys::{
    AttachKeys, Effective, ItemAction, ItemOutcome, ItemsAnswer, KeyItem, KeyRights, KeyRightsView,
    KeyStatus, KeyType, KeyView, MAX_KEYS, MAX_RIGHTS, PutAccessRights, PutKeys, RefreshAnswer, RefreshItem,
    RefreshKeys, RefreshedKey, ReplaceKey,
};
pub use limits::{LimitsAnswer, LimitsView, MAX_OFFLINE_FOB, MAX_OFFLINE_PHONE, PutLimits, check_period};
pub use list::{Feed, List};
pub use log::{LogBucket, LogEvent, LogNamed, LogPerson, LogRow, LogSummary, SummaryBy};
pub use log_pull::LogPulled;
pub use mobile_key::{Contact, Invitation, MobileKeyAnswer, Registration, ResendMobileKey, SendMobileKey};
pub use resolve::ResolveRequest;
pub use retry::{Retry, RetryAnswer, RetryOutcome};
pub use rules::{check_email, check_phone, read_nothing};
pub use run::{Counts, Run, RunState};
pub use settings::{
    InfoFieldNames, KeyDefaults, LogNames, LogSettings, Matching, MobileKeyChannel, RemovalBrake, Settings,
    Structure,
};
pub use settings_input::SettingsInput;
pub use status::{Health, IloqRequests, StatusAnswer, SystemStatus};
pub use structure::{
    AccessRightView, Door, Location, Scanner, StructureAnswer, StructureCounts, TimeProfile, TimeProfileKind,
    ZoneView,
};
pub use sync::{
    FieldChange, FieldSide, SyncAction, SyncAnswer, SyncCounts, SyncItem, SyncOutcome, SyncUsersRequest,
};
pub use system::{SystemState, SystemView};
pub use user::{Candidate, LinkState, Origin, User, UserLink};
pub use user_input::UserInput;
