//! A store in memory.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard},
};

use integration::platform::{Store, StoreError};

use super::{
    Effects,
    hostile::{Hostile, Values},
    turns::Turn,
};

pub struct MemoryStore {
    /// Shared with other processes, if there are any.
    pub values: Arc<Mutex<Values>>,
    /// The place among those.
    pub turn: Option<Turn>,
    effects: Rc<Effects>,
    pub reads: Cell<u64>,
    pub writes: Cell<u64>,
    pub fails: Cell<bool>,
    /// The next write to a key with this in it fails.
    pub fails_once_at: RefCell<Option<&'static str>>,
    /// What else the backend does.
    pub hostile: Hostile,
    /// Done before each read.
    pub before_reads: RefCell<Option<Box<dyn Fn()>>>,
}

impl MemoryStore {
    pub fn new(effects: Rc<Effects>, hostile: Hostile) -> Self {
        Self {
            values: Arc::default(),
            turn: None,
            effects,
            reads: Cell::default(),
            writes: Cell::default(),
            fails: Cell::default(),
            fails_once_at: RefCell::default(),
            hostile,
            before_reads: RefCell::default(),
        }
    }

    pub fn snapshot(&self) -> Values {
        self.values().clone()
    }

    fn values(&self) -> MutexGuard<'_, Values> {
        self.values.lock().unwrap()
    }

    fn check(&self) -> Result<(), StoreError> {
        if let Some(turn) = &self.turn {
            turn.wait();
        }
        if self.fails.get() { Err(StoreError("planned".to_owned())) } else { Ok(()) }
    }

    fn write(&self, key: &str, value: Option<Vec<u8>>) -> Result<(), StoreError> {
        self.check()?;
        self.writes.set(self.writes.get() + 1);
        self.effects.moment();
        let done = self.hostile.write(&mut self.values(), key, value);
        self.effects.moment();
        done
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.check()?;
        if let Some(before) = &*self.before_reads.borrow() {
            before();
        }
        self.reads.set(self.reads.get() + 1);
        self.hostile.get(&mut self.values(), key)
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        assert!(key.len() <= 255, "{key} is too long for some backends");
        let legal = |b: u8| b.is_ascii_alphanumeric() || b"._:~-".contains(&b);
        assert!(key.bytes().all(legal), "{key} has characters that some backends refuse");
        assert!(value.len() <= 400_000, "{key} has {} bytes", value.len());
        if self.fails_once_at.borrow_mut().take_if(|part| key.contains(*part)).is_some() {
            return Err(StoreError("planned, once".to_owned()));
        }
        self.write(key, Some(value.to_vec()))
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.write(key, None)
    }

    fn keys(&self) -> Result<Vec<String>, StoreError> {
        self.check()?;
        self.hostile.keys(&mut self.values())
    }
}
