//! The components, the jobs, and which of them exist.

use crate::words::words;

words! {
    /// A component of the application; each owns some paths.
    Component {
        /// Systems and their settings.
        Systems = "systems",
        /// The structure: locks, zones, access rights, time profiles.
        SyncStructure = "sync-structure",
        /// Users, and what changed of them and their keys.
        Users = "users",
        /// The two-way sync of users.
        SyncUsers = "sync-users",
        /// Keys and whom they belong to.
        LinkKey = "link-key",
        /// Access rights of a user's keys.
        OrderAccessRights = "order-access-rights",
        /// New mobile keys.
        SendMobileKey = "send-mobile-key",
        /// Invitations sent again.
        ResendMobileKey = "resend-mobile-key",
        /// Limits in time.
        LimitKey = "limit-key",
        /// Blocking of users.
        BlockUser = "block-user",
        /// The block list.
        BlockList = "block-list",
        /// The access log.
        PullLogs = "pull-logs",
        /// iLOQ's webhook and its subscription.
        ReceiveEvents = "receive-events",
        /// Scheduled work, and retries by hand.
        Jobs = "jobs",
        /// Health, status, runs, audit, this API's description, and every path that does not exist.
        Meta = "meta",
    }
}

words! {
    /// A scheduled job.
    Job {
        /// The two-way sync of users.
        SyncUsers = "sync-users",
        /// Reading the structure.
        SyncStructure = "sync-structure",
        /// Reading the access log.
        PullLogs = "pull-logs",
        /// Reading the state of keys.
        RefreshKeys = "refresh-keys",
        /// What failed or waits is tried again.
        Retry = "retry",
        /// Webhook subscriptions are renewed before they end.
        RenewSubscriptions = "renew-subscriptions",
        /// Erasing what is too old, resealing secrets, repairing what is derived.
        Housekeeping = "housekeeping",
    }
}

/// The components that exist: paths of others are answered as unknown.
pub const BUILT: &[Component] = &[
    Component::Systems,
    Component::SyncStructure,
    Component::Users,
    Component::SyncUsers,
    Component::LinkKey,
    Component::OrderAccessRights,
    Component::SendMobileKey,
    Component::ResendMobileKey,
    Component::LimitKey,
    Component::BlockUser,
    Component::BlockList,
    Component::PullLogs,
    Component::ReceiveEvents,
    Component::Jobs,
    Component::Meta,
];

/// The jobs that exist.
pub const BUILT_JOBS: &[Job] = &[
    Job::SyncUsers,
    Job::SyncStructure,
    Job::PullLogs,
    Job::RefreshKeys,
    Job::Retry,
    Job::RenewSubscriptions,
    Job::Housekeeping,
];
