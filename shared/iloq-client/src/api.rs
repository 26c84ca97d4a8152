//! The typed operations as one trait, so that jobs can be tested with a mock.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use iloq_model::{
    AccessRight, AccessRightId, BlockList, CanAddAccessRight, CanAddTimeLimit, CanDeleteAccessRight,
    CanDeleteKey, CanDeletePerson, CanOrder, CanOrderBlockList, CanReturn, CanUpdateMainZone, InsertKey, Key,
    KeyAccessRights, KeyId, KeyPhone, KeyTimeLimitSlot, KeyTimeLimits, KeyZones, Lock, LockGroup, LockId,
    LockLogData, LogRows, LogSearch, NetworkModule, NetworkModuleDevice, Person, PersonId, RealEstate,
    RightsMask, SubscriptionId, TimeLimitData, TimeLimitTitle, TimeLimitTitleId, UpdateKeyAccessRights,
    WebhookEvent, WebhookSubscription, Zone, ZoneId,
};

use crate::{AnswerLimit, Error};

/// Outcome of reading one entity by id. iLOQ's silence is never taken for absence.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup<T> {
    /// It exists.
    Found(T),
    /// iLOQ said in so many words that it does not exist: 404, 200 with `null`,
    /// or 400 `ValidationFailed` about that id.
    Absent,
}

/// What opening a session told about the locking system.
#[derive(Clone, Debug, PartialEq)]
pub struct SignIn {
    /// The address that the work goes to, after `GetUrl`.
    pub address: String,
    /// The locking system chosen.
    pub lock_group: LockGroup,
    /// What the API user may do (`SetLockgroup`).
    pub rights: RightsMask,
}

/// Takes rows of the audit trail as they are read, so that a long answer need not be kept as rows.
pub trait LogSink {
    /// The next row.
    fn take(&mut self, row: LockLogData);
}

impl<F: FnMut(LockLogData)> LogSink for F {
    fn take(&mut self, row: LockLogData) {
        self(row);
    }
}

/// What is known of the session in use without asking iLOQ.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionFacts {
    /// The locking system's id.
    pub lock_group: iloq_model::LockGroupId,
    /// The rights mask at the time the session was opened.
    pub rights: RightsMask,
}

/// Which state of a key to read (tables `GetSecurityAccessesView` and `GetTimeLimitsView`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// As it is planned now.
    Planned,
    /// As it was programmed last.
    Programmed,
}

/// iLOQ as the jobs see it. Every call opens a session if there is none and replays once
/// when iLOQ answers 401 "Invalid session id".
///
/// Reads are retried within bounds; a write is sent once, and an outcome that is not known is an
/// error whose [`outcome_unknown`](crate::ErrorKind::outcome_unknown) is true: the caller reads back.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[expect(async_fn_in_trait, reason = "never Send: guests and their tests have one thread")]
pub trait IloqApi {
    /// `GET Version`: the server's version text. Needs no session.
    async fn version(&self) -> Result<String, Error>;
    /// Opens a fresh session through all steps (`GetUrl`, `CreateSession`, `LockGroups`, `SetLockgroup`)
    /// and keeps it.
    async fn sign_in(&self) -> Result<SignIn, Error>;
    /// The locking system that the last login chose among `LockGroups`, also if `SetLockgroup` was refused then.
    fn chosen_lock_group(&self) -> Option<LockGroup>;
    /// Makes sure that a session is open and tells what is known of it; calls iLOQ only if none is kept.
    async fn session(&self) -> Result<SessionFacts, Error>;
    /// `SetLockgroup` again on the living session: the rights mask as it is now.
    async fn refresh_rights(&self) -> Result<RightsMask, Error>;
    /// `KillSession` for a session that this client opened and that is not the kept one (a race between
    /// two requests), or for the kept one if `kept` is true. Errors are ignored: it is a courtesy.
    async fn kill_session(&self, kept: bool);

    /// `GET Persons`: every visible person.
    async fn persons(&self) -> Result<Vec<Person>, Error>;
    /// `GET Persons/{id}`.
    async fn person(&self, id: PersonId) -> Result<Lookup<Person>, Error>;
    /// `GET Persons/GetByExternalPersonIds` for one id; unknown ids are an empty list.
    async fn persons_by_external_id(&self, external_id: &str) -> Result<Vec<Person>, Error>;
    /// `POST Persons`.
    async fn insert_person(&self, person: &Person, zones: &[ZoneId]) -> Result<(), Error>;
    /// `PUT Persons` with the whole record.
    async fn update_person(&self, person: &Person) -> Result<(), Error>;
    /// `GET Persons/{id}/CanDelete`; `Absent` if there is no such person.
    async fn can_delete_person(&self, id: PersonId) -> Result<Lookup<CanDeletePerson>, Error>;
    /// `DELETE Persons/{id}`; `Absent` if there was no such person.
    async fn delete_person(&self, id: PersonId) -> Result<Lookup<()>, Error>;
    /// `GET Persons/{id}/Keys`.
    async fn person_keys(&self, id: PersonId) -> Result<Lookup<Vec<Key>>, Error>;

    /// `GET Zones`.
    async fn zones(&self) -> Result<Vec<Zone>, Error>;
    /// `GET RealEstates`.
    async fn real_estates(&self) -> Result<Vec<RealEstate>, Error>;
    /// `GET Locks`.
    async fn locks(&self) -> Result<Vec<Lock>, Error>;
    /// `GET Locks/{id}/SecurityAccesses?mode=1`: the access rights that open the lock.
    async fn lock_access_rights(&self, id: LockId) -> Result<Vec<AccessRight>, Error>;
    /// `GET Locks/{id}/Options`: the options by name; null ones are left out.
    async fn lock_options(&self, id: LockId) -> Result<BTreeMap<String, bool>, Error>;
    /// `GET NetworkModules`.
    async fn network_modules(&self) -> Result<Vec<NetworkModule>, Error>;
    /// `GET NetworkModuleDevices`.
    async fn network_module_devices(&self) -> Result<Vec<NetworkModuleDevice>, Error>;
    /// `GET SecurityAccesses`: the definitions of access rights.
    async fn access_rights(&self) -> Result<Vec<AccessRight>, Error>;
    /// `GET TimeLimitTitles`: the time profiles.
    async fn time_profiles(&self) -> Result<Vec<TimeLimitTitle>, Error>;
    /// `GET TimeLimitTitles/{id}/TimeLimitData`: the weekly rows of a time profile.
    async fn time_profile_rows(&self, id: TimeLimitTitleId) -> Result<Vec<TimeLimitData>, Error>;

    /// `GET Keys`: every visible key.
    async fn keys(&self) -> Result<Vec<Key>, Error>;
    /// `GET Keys/{id}`.
    async fn key(&self, id: KeyId) -> Result<Lookup<Key>, Error>;
    /// `POST Keys`: the key as iLOQ has it now.
    async fn insert_key(&self, key: &InsertKey) -> Result<Key, Error>;
    /// `PUT Keys` with the whole record.
    async fn update_key(&self, key: &Key) -> Result<(), Error>;
    /// `GET Keys/{id}/Zones`.
    async fn key_zones(&self, id: KeyId) -> Result<KeyZones, Error>;
    /// `GET Keys/{id}/CanUpdateMainZone`.
    async fn can_update_main_zone(&self, id: KeyId) -> Result<CanUpdateMainZone, Error>;
    /// `PUT Keys/{id}/UpdateMainZone`.
    async fn update_main_zone(&self, id: KeyId, zone: ZoneId) -> Result<(), Error>;

    /// `GET Keys/{id}/SecurityAccesses?mode=`.
    async fn key_access_rights(&self, id: KeyId, view: View) -> Result<KeyAccessRights, Error>;
    /// `GET Keys/{id}/SecurityAccesses/CanAdd`: of the key as a whole; 1 is the go-ahead.
    async fn can_add_access_right(&self, id: KeyId) -> Result<CanAddAccessRight, Error>;
    /// `POST Keys/{id}/SecurityAccesses`.
    async fn add_access_right(&self, id: KeyId, right: AccessRightId) -> Result<(), Error>;
    /// `GET Keys/{id}/SecurityAccesses/{id}/CanDelete`; 1 is the go-ahead.
    async fn can_delete_access_right(
        &self,
        id: KeyId,
        right: AccessRightId,
    ) -> Result<CanDeleteAccessRight, Error>;
    /// `DELETE Keys/{id}/SecurityAccesses/{id}`.
    async fn delete_access_right(&self, id: KeyId, right: AccessRightId) -> Result<(), Error>;
    /// `PUT Keys/{id}/SecurityAccesses`: replaces all rights and all limits of the key.
    async fn put_access_rights(&self, id: KeyId, all: &UpdateKeyAccessRights) -> Result<(), Error>;

    /// `GET Keys/{id}/TimeLimitTitles?mode=`.
    async fn key_time_limits(&self, id: KeyId, view: View) -> Result<KeyTimeLimits, Error>;
    /// `POST Keys/{id}/TimeLimitTitles/CanAdd`.
    async fn can_add_time_limit(&self, id: KeyId, slot: &KeyTimeLimitSlot) -> Result<CanAddTimeLimit, Error>;
    /// `POST Keys/{id}/TimeLimitTitles`: adds a time profile.
    async fn add_time_limit(&self, id: KeyId, slot: &KeyTimeLimitSlot) -> Result<(), Error>;
    /// `PUT Keys/{id}/TimeLimitTitles/{id}`.
    async fn update_time_limit(
        &self,
        id: KeyId,
        title: TimeLimitTitleId,
        slot: &KeyTimeLimitSlot,
    ) -> Result<(), Error>;
    /// `DELETE Keys/{id}/TimeLimitTitles/{id}`.
    async fn delete_time_limit(&self, id: KeyId, title: TimeLimitTitleId) -> Result<(), Error>;

    /// `GET Keys/{id}/CanOrder`.
    async fn can_order(&self, id: KeyId) -> Result<CanOrder, Error>;
    /// `POST Keys/{id}/Order`.
    async fn order(&self, id: KeyId) -> Result<(), Error>;
    /// `GET Keys/{id}/CanReturn`.
    async fn can_return(&self, id: KeyId) -> Result<CanReturn, Error>;
    /// `POST Keys/{id}/Return`: also deletes the key.
    async fn return_key(&self, id: KeyId) -> Result<(), Error>;
    /// `GET Keys/{id}/CanDelete`.
    async fn can_delete_key(&self, id: KeyId) -> Result<CanDeleteKey, Error>;
    /// `DELETE Keys/{id}`: for keys that were never programmed.
    async fn delete_key(&self, id: KeyId) -> Result<(), Error>;

    /// `GET Keys/{id}/KeyPhone`.
    async fn key_phone(&self, id: KeyId) -> Result<KeyPhone, Error>;
    /// `PUT KeyPhones`.
    async fn update_key_phone(&self, phone: &KeyPhone) -> Result<(), Error>;
    /// `POST KeyPhones/{id}/ReRegister`: sends the registration message again. The id is the key's.
    async fn re_register(&self, id: KeyId) -> Result<(), Error>;

    /// `GET Blacklists`.
    async fn block_list(&self) -> Result<BlockList, Error>;
    /// `GET Blacklists/CanAddKey/{id}`.
    async fn can_block(&self, id: KeyId) -> Result<bool, Error>;
    /// `POST Blacklists/AddKey/{id}`.
    async fn block(&self, id: KeyId) -> Result<(), Error>;
    /// `GET Blacklists/CanRemoveKey/{id}`.
    async fn can_unblock(&self, id: KeyId) -> Result<bool, Error>;
    /// `DELETE Blacklists/RemoveKey/{id}`.
    async fn unblock(&self, id: KeyId) -> Result<(), Error>;
    /// `GET Blacklists/CanOrderS40Blacklist`.
    async fn can_order_block_list(&self) -> Result<CanOrderBlockList, Error>;
    /// `POST Blacklists/OrderS40Blacklist`.
    async fn order_block_list(&self) -> Result<(), Error>;

    /// `POST LockLogs/GetLockLogDataByTimestamp`: gives `rows` the rows that arrived at the server from `from` on
    /// and before `until`, one after another in no order; `None` on both sides for every row there is.
    /// The answer's length in bytes; [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge), or a time-out, if it is beyond `limit`.
    async fn log_by_arrival(
        &self,
        from: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
        limit: AnswerLimit,
        rows: &mut dyn LogSink,
    ) -> Result<usize, Error>;
    /// `POST LockLogs/GetLockLogDataByGoingDates`: the same by the time of the passage.
    async fn log_by_passage(
        &self,
        from: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<Vec<LockLogData>, Error>;
    /// `POST LockLogs`: rows of the keys or locks named, with the holders' names; at most 2,000.
    async fn search_log(&self, search: &LogSearch) -> Result<LogRows, Error>;

    /// `GET Webhooks/Events`: what can be subscribed.
    async fn webhook_events(&self) -> Result<Vec<WebhookEvent>, Error>;
    /// `GET Webhooks/Subscriptions`.
    async fn webhook_subscriptions(&self) -> Result<Vec<WebhookSubscription>, Error>;
    /// `GET Webhooks/Subscriptions/{id}`.
    async fn webhook_subscription(&self, id: SubscriptionId) -> Result<Lookup<WebhookSubscription>, Error>;
    /// `POST Webhooks/Subscriptions`.
    async fn add_webhook_subscription(&self, subscription: &WebhookSubscription) -> Result<(), Error>;
    /// `PUT Webhooks/Subscriptions`.
    async fn update_webhook_subscription(&self, subscription: &WebhookSubscription) -> Result<(), Error>;
    /// `DELETE Webhooks/Subscriptions/{id}`; `Absent` if there was none.
    async fn delete_webhook_subscription(&self, id: SubscriptionId) -> Result<Lookup<()>, Error>;
}
