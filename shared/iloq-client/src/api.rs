//! The typed operations as one trait, so that jobs can be tested with a mock.

use std::collections::BTreeMap;

use iloq_model::{
    AccessRight, CanDeletePerson, Key, Lock, LockGroup, LockId, NetworkModule, NetworkModuleDevice, Person,
    PersonId, RealEstate, RightsMask, TimeLimitTitle, Zone, ZoneId,
};

use crate::Error;

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

/// What is known of the session in use without asking iLOQ.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionFacts {
    /// The locking system's id.
    pub lock_group: iloq_model::LockGroupId,
    /// The rights mask at the time the session was opened.
    pub rights: RightsMask,
}

/// iLOQ as the jobs see it. Every call opens a session if there is none and replays once
/// when iLOQ answers 401 "Invalid session id".
///
/// Reads are retried within bounds; a write is sent once, and an outcome that is not known is an
/// error whose [`Error::outcome_unknown`] is true: the caller reads back.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[expect(async_fn_in_trait, reason = "never Send: guests and their tests have one thread")]
pub trait IloqApi {
    /// `GET Version`: the server's version text. Needs no session.
    async fn version(&self) -> Result<String, Error>;
    /// Opens a fresh session through all steps (`GetUrl`, `CreateSession`, `LockGroups`, `SetLockgroup`)
    /// and keeps it.
    async fn sign_in(&self) -> Result<SignIn, Error>;
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
}
