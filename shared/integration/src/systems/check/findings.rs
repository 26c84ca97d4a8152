//! What a check read, before anything is judged.

use chrono::{DateTime, Utc};
use iloq_client::{Error, SignIn};
use iloq_model::{AccessRight, Lock, LockGroup, NetworkModule, NetworkModuleDevice, Right, Zone};
use portal_api::types::Settings;

/// One read; `None` if it was not tried, since iLOQ had stopped answering.
pub(super) type Reading<T> = Option<Result<T, Error>>;

/// What is known without iLOQ.
pub(super) struct Given<'a> {
    /// The settings.
    pub(super) settings: &'a Settings,
    /// Now.
    pub(super) now: DateTime<Utc>,
    /// Whether iLOQ has refused an order because of the licence.
    pub(super) licence_limit: bool,
}

/// All that was read.
#[derive(Debug)]
pub(super) struct Findings {
    /// `Version`, after `GetUrl` unless a kept session told the address.
    pub(super) version: Result<String, Error>,
    /// The login; `None` if the address did not answer.
    pub(super) sign_in: Reading<SignIn>,
    /// The locking system that was chosen, also if it could not be opened.
    pub(super) chosen: Option<LockGroup>,
    /// What the locking system holds; empty without a login.
    pub(super) data: Data,
}

/// What was read from the locking system.
#[derive(Debug, Default)]
pub(super) struct Data {
    pub(super) zones: Reading<Vec<Zone>>,
    pub(super) access_rights: Reading<Vec<AccessRight>>,
    pub(super) locks: Reading<Vec<Lock>>,
    pub(super) modules: Reading<Vec<NetworkModule>>,
    pub(super) devices: Reading<Vec<NetworkModuleDevice>>,
    /// Some of the locks.
    pub(super) doors: Vec<SampledDoor>,
}

/// A lock of the sample.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SampledDoor {
    pub(super) name: String,
    /// Whether it takes API access rights.
    pub(super) allows: Result<bool, Error>,
}

impl Findings {
    /// Why the service address does not work.
    pub(super) fn address_error(&self) -> Option<&Error> {
        match (&self.version, &self.sign_in) {
            (Err(error), _) => Some(error),
            (Ok(_), Some(Err(error))) if error.operation() == "Url_GetUrl" => Some(error),
            _ => None,
        }
    }

    /// Why there is no login.
    pub(super) fn login_error(&self) -> Option<&Error> {
        let error = self.sign_in.as_ref()?.as_ref().err()?;
        (error.operation() == "Authentication_CreateSession").then_some(error)
    }

    /// Why no locking system could be chosen although the login works.
    pub(super) fn group_error(&self) -> Option<&Error> {
        self.sign_in.as_ref()?.as_ref().err()
    }

    /// The locking system, also if it could not be opened.
    pub(super) fn group(&self) -> Option<&LockGroup> {
        self.signed_in().map(|sign_in| &sign_in.lock_group).or(self.chosen.as_ref())
    }

    /// Where the login led to.
    pub(super) fn signed_in(&self) -> Option<&SignIn> {
        self.sign_in.as_ref()?.as_ref().ok()
    }
}

impl Data {
    /// How each listing went, with the right that it needs. `None`: not tried.
    pub(super) fn listings(&self) -> [(Right, Option<Option<&Error>>); 4] {
        fn outcome<T>(reading: &Reading<T>) -> Option<Option<&Error>> {
            reading.as_ref().map(|result| result.as_ref().err())
        }
        [
            (Right::LoginManager, outcome(&self.zones)),
            (Right::ViewSecurityAccessList, outcome(&self.access_rights)),
            (Right::BrowseLockList, outcome(&self.locks)),
            (Right::AdministrateLockingSystem, outcome(&self.modules)),
        ]
    }
}

/// Whether iLOQ refuses the call to this user, rather than failing.
pub(super) fn is_refused(error: &Error) -> bool {
    matches!(error.status(), Some(401 | 403))
}
