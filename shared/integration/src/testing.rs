//! Randomness, stores and a system for unit tests.

mod turns;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use iloq_client::io::Random;
use portal_api::types::{
    InfoFieldNames, KeyDefaults, LogSettings, Matching, RemovalBrake, Settings, Structure,
};

pub use turns::{Access, Turns, Work};

use crate::{
    platform::{Store, StoreError},
    state::SystemRecord,
};

/// A deterministic source of bytes.
pub struct SeededRandom(Cell<u64>);

impl SeededRandom {
    /// Different seeds give different bytes.
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1))
    }
}

impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let mut x = self.0.get();
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            self.0.set(x);
            *byte = x.to_le_bytes()[3];
        }
    }
}

impl SeededRandom {
    /// A number below `end`.
    pub fn below(&self, end: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes) % end
    }
}

/// A store in memory that counts, and that can die at a chosen write.
#[derive(Default)]
pub struct Memory {
    /// What is in it.
    pub values: RefCell<BTreeMap<String, Vec<u8>>>,
    /// Reads so far.
    pub reads: Cell<u64>,
    /// Keys that were written, in order.
    pub written: RefCell<Vec<String>>,
    /// Writes and removals so far.
    pub writes: Cell<u64>,
    /// The write before which (`false`) or after which (`true`) it dies; from then on every call fails.
    pub dies: Cell<Option<(u64, bool)>>,
    dead: Cell<bool>,
}

impl Memory {
    /// It lives again.
    pub fn revive(&self) {
        self.dead.set(false);
        self.dies.set(None);
    }

    fn alive(&self) -> Result<(), StoreError> {
        if self.dead.get() { Err(StoreError("planned".to_owned())) } else { Ok(()) }
    }

    fn write(&self, act: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) -> Result<(), StoreError> {
        self.alive()?;
        self.writes.set(self.writes.get() + 1);
        let dies = self.dies.get().filter(|(at, _)| *at == self.writes.get());
        if dies != Some((self.writes.get(), false)) {
            act(&mut self.values.borrow_mut());
        }
        self.dead.set(dies.is_some());
        self.alive()
    }
}

impl Store for Memory {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.alive()?;
        self.reads.set(self.reads.get() + 1);
        Ok(self.values.borrow().get(key).cloned())
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        assert!(key.len() <= 255 && value.len() <= 400_000, "{key} has {} bytes", value.len());
        self.written.borrow_mut().push(key.to_owned());
        self.write(|values| drop(values.insert(key.to_owned(), value.to_vec())))
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.write(|values| drop(values.remove(key)))
    }

    fn keys(&self) -> Result<Vec<String>, StoreError> {
        self.alive()?;
        Ok(self.values.borrow().keys().cloned().collect())
    }
}

/// A locking system as it is stored.
pub fn system_record() -> SystemRecord {
    SystemRecord {
        incarnation: "i".to_owned(),
        revision: 1,
        settings: Settings {
            name: "Demo".to_owned(),
            service_address: "https://s5.iloq.com/iloqws".to_owned(),
            service_code: "123".to_owned(),
            user_name: "api".to_owned(),
            lock_group_id: None,
            time_zone: "Europe/Helsinki".to_owned(),
            info_fields: InfoFieldNames::default(),
            structure: Structure::Single,
            defaults: KeyDefaults::default(),
            matching: Matching::Propose,
            removal_brake: RemovalBrake::default(),
            revocation_alert_hours: 72,
            logs: LogSettings::default(),
        },
        password: "sealed".to_owned(),
        api_key: None,
        created_at: 0,
        updated_at: 0,
    }
}
