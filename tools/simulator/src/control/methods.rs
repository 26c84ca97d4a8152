//! The control interface for tests in the same process.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use hyper::body::Bytes;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    call_log::{CallEntry, Counters},
    clock::Clock,
    faults::Fault,
    http::Refusal,
    simulator::Simulator,
    webhooks::Delivery,
    world::{Limits, Message, Settings, World},
};

use super::{LogFill, NewKey, NewLogRow, Opening, UserChange};

/// Why the control interface did not do what it was asked to.
type Asked<T> = Result<T, String>;

fn told<T>(result: Result<T, Refusal>) -> Asked<T> {
    result.map_err(|refusal| refusal.message)
}

/// Methods that take `system` mean the first locking system by `None`. Their errors say what was not found.
#[expect(clippy::missing_errors_doc, reason = "said above, once for all")]
impl Simulator {
    /// The `LockGroup_ID` of every locking system.
    #[must_use]
    pub fn systems(&self) -> Vec<Uuid> {
        self.world().systems.keys().copied().collect()
    }

    /// The ids in a table of [`crate::CONTROL`], in order.
    #[must_use]
    pub fn ids(&self, system: Option<Uuid>, table: &str) -> Vec<Uuid> {
        let mut world = self.world();
        let Ok(system) = world.system(system) else { return Vec::new() };
        match table {
            "persons" => system.persons.table.iter().map(|(id, _)| id).collect(),
            "keys" => system.keys.iter().map(|(id, _)| id).collect(),
            "rights" => system.rights.iter().map(|(id, _)| id).collect(),
            "profiles" => system.titles.iter().map(|(id, _)| id).collect(),
            "zones" => system.zones.iter().map(|(id, _)| id).collect(),
            "real-estates" => system.real_estates.iter().map(|(id, _)| id).collect(),
            "locks" => system.locks.iter().map(|(id, _)| id).collect(),
            "modules" => system.modules.iter().map(|(id, _)| id).collect(),
            "devices" => system.devices.iter().map(|(id, _)| id).collect(),
            _ => Vec::new(),
        }
    }

    /// Adds a record (not a key) as Manager would; `zones` beside its members sets a person's zones.
    pub fn add(&self, system: Option<Uuid>, table: &str, record: Map<String, Value>) -> Asked<Uuid> {
        told(self.world().add(system, table, record))
    }

    /// Adds a key as Manager would.
    pub fn add_key(&self, system: Option<Uuid>, key: NewKey) -> Asked<Uuid> {
        told(self.world().add_key(system, key))
    }

    /// Changes members of a record as Manager would. `CanDelete` (persons, profiles) and `CanOrder` (keys) set the
    /// code of that check, `zones` (persons, keys) the zones.
    pub fn patch(
        &self,
        system: Option<Uuid>,
        table: &str,
        id: Uuid,
        change: Map<String, Value>,
    ) -> Asked<()> {
        told(self.world().patch(system, table, id, change))
    }

    /// Deletes a record as Manager would.
    pub fn remove(&self, system: Option<Uuid>, table: &str, id: Uuid) -> Asked<()> {
        told(self.world().remove(system, table, id))
    }

    /// Changes members of the locking system's own record, for example `OptionMask`.
    pub fn patch_lock_group(&self, system: Option<Uuid>, change: Map<String, Value>) -> Asked<()> {
        told(self.world().system(system).map(|system| system.group.extend(change)))
    }

    /// Sets the access rights that a lock lets in.
    pub fn set_lock_rights(&self, system: Option<Uuid>, lock: Uuid, rights: BTreeSet<Uuid>) -> Asked<()> {
        told(self.world().set_lock_rights(system, lock, rights))
    }

    /// An ordered key is programmed.
    pub fn program(&self, system: Option<Uuid>, key: Uuid) -> Asked<()> {
        told(self.world().program(system, key))
    }

    /// An ordered key's packet is fetched, not confirmed.
    pub fn fetch(&self, system: Option<Uuid>, key: Uuid) -> Asked<()> {
        told(self.world().fetch(system, key))
    }

    /// Programming of an ordered key fails.
    pub fn fail(&self, system: Option<Uuid>, key: Uuid) -> Asked<()> {
        told(self.world().fail(system, key))
    }

    /// A phone registers and fetches what is ordered.
    pub fn activate(&self, system: Option<Uuid>, key: Uuid) -> Asked<()> {
        told(self.world().activate(system, key))
    }

    /// Manager puts a key on the block list, or takes it off.
    pub fn block(&self, system: Option<Uuid>, key: Uuid, on: bool) -> Asked<()> {
        told(self.world().block(system, key, on))
    }

    /// A key is held to a door; gives the `DeviceLog_ID`.
    pub fn open(&self, system: Option<Uuid>, lock: Uuid, opening: &Opening) -> Asked<Uuid> {
        told(self.world().open(system, lock, opening))
    }

    /// Adds a row to the audit trail; gives the `DeviceLog_ID`.
    pub fn add_log_row(&self, system: Option<Uuid>, row: &NewLogRow) -> Asked<Uuid> {
        told(self.world().add_log_row(system, row))
    }

    /// Adds many rows to the audit trail, of which no listener is told.
    pub fn fill_log(&self, system: Option<Uuid>, fill: &LogFill) -> Asked<()> {
        told(self.world().fill_log(system, fill))
    }

    /// Changes or makes an API user.
    pub fn change_user(&self, name: &str, change: UserChange) -> Asked<()> {
        told(self.world().change_user(name, change))
    }

    /// Every session dies.
    pub fn expire_sessions(&self) {
        self.world().sessions.clear();
    }

    /// The living sessions.
    #[must_use]
    pub fn session_count(&self) -> usize {
        self.world().sessions.len()
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.world().settings.clone()
    }

    /// Replaces the settings.
    pub fn set_settings(&self, settings: Settings) {
        self.world().settings = settings;
    }

    /// The limits of a locking system.
    pub fn limits(&self, system: Option<Uuid>) -> Asked<Limits> {
        told(self.world().system(system).map(|system| system.limits.clone()))
    }

    /// Replaces the limits of a locking system.
    pub fn set_limits(&self, system: Option<Uuid>, limits: Limits) -> Asked<()> {
        told(self.world().system(system).map(|system| system.limits = limits))
    }

    /// The time that the simulator's clock shows.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.world().now()
    }

    /// Stops the clock at `at`; from then on it moves by [`Self::advance`] only.
    pub fn set_clock(&self, at: DateTime<Utc>) {
        self.world().clock = Clock::Standing(at);
    }

    /// Moves the clock, running or standing.
    pub fn advance(&self, by: TimeDelta) {
        let mut world = self.world();
        world.clock.advance(by);
        world.settle();
    }

    /// Replaces the fault plan.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.world().faults.set(faults);
    }

    /// Adds a rule to the fault plan.
    pub fn add_fault(&self, fault: Fault) {
        self.world().faults.add(fault);
    }

    /// The calls since the start or the last reset.
    #[must_use]
    pub fn calls(&self) -> Vec<CallEntry> {
        self.world().calls.entries().to_vec()
    }

    /// The bodies of all calls, CreateSession's left out, for a search for what should not be in them.
    #[must_use]
    pub fn bodies(&self) -> Vec<Bytes> {
        self.world().calls.entries().iter().filter_map(|entry| entry.body.clone()).collect()
    }

    /// The calls counted by operation.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.world().calls.counters()
    }

    /// Forgets all calls.
    pub fn reset_calls(&self) {
        self.world().calls.reset();
    }

    /// The registration messages of a locking system.
    #[must_use]
    pub fn messages(&self, system: Option<Uuid>) -> Vec<Message> {
        self.world().system(system).map(|system| system.messages.clone()).unwrap_or_default()
    }

    /// The state of all locking systems in a stable order, without sessions and calls, for comparison.
    #[must_use]
    pub fn snapshot(&self) -> Value {
        self.world().snapshot()
    }

    /// Webhook deliveries that are due, each given out once until [`Self::delivered`] tells its outcome.
    #[must_use]
    pub fn take_due_deliveries(&self) -> Vec<Delivery> {
        let mut world = self.world();
        world.settle();
        let now = world.now();
        world.systems.values_mut().flat_map(|system| system.webhooks.take_due(now)).collect()
    }

    /// The outcome of a delivery: the subscriber's status, or `None` if there was no answer in time.
    pub fn delivered(&self, payload: Uuid, status: Option<u16>) {
        let mut world = self.world();
        let now = world.now();
        let World { systems, .. } = &mut *world;
        systems.values_mut().for_each(|system| system.webhooks.delivered(payload, status, now));
    }
}
