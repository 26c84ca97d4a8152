//! Requests and answers of the API.

mod audit;
mod change;
mod check;
mod delete;
mod jobs;
mod list;
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
pub use change::{Change, ChangeType};
pub use check::{Check, CheckAnswer, CheckId, CheckStatus};
pub use delete::{DeleteAnswer, DeleteOutcome, DeleteReason};
pub use jobs::{JobAnswer, JobState, JobSystem};
pub use list::{Feed, List};
pub use resolve::ResolveRequest;
pub use retry::{Retry, RetryAnswer, RetryOutcome};
pub use rules::{check_email, check_phone, read_nothing};
pub use run::{Counts, Run, RunState};
pub use settings::{
    InfoFieldNames, KeyDefaults, LogNames, LogSettings, Matching, MobileKeyChannel, RemovalBrake, Settings,
    Structure,
};
pub use settings_input::{Confidential, SettingsInput};
pub use status::{Health, StatusAnswer, SystemStatus};
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
