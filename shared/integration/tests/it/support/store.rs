//! A store in memory.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use integration::platform::{Store, StoreError};

use super::Effects;

pub struct MemoryStore {
    values: RefCell<BTreeMap<String, Vec<u8>>>,
    effects: Rc<Effects>,
    pub reads: Cell<u64>,
    pub writes: Cell<u64>,
    pub fails: Cell<bool>,
    /// The next write to a key with this in it fails.
    pub fails_once_at: RefCell<Option<&'static str>>,
    /// Done before each read.
    pub before_reads: RefCell<Option<Box<dyn Fn()>>>,
}

impl MemoryStore {
    pub fn new(effects: Rc<Effects>) -> Self {
        Self {
            values: RefCell::default(),
            effects,
            reads: Cell::default(),
            writes: Cell::default(),
            fails: Cell::default(),
            fails_once_at: RefCell::default(),
            before_reads: RefCell::default(),
        }
    }

    pub fn snapshot(&self) -> BTreeMap<String, Vec<u8>> {
        self.values.borrow().clone()
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.fails.get() { Err(StoreError("planned".to_owned())) } else { Ok(()) }
    }

    fn write(&self, act: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) -> Result<(), StoreError> {
        self.check()?;
        self.writes.set(self.writes.get() + 1);
        self.effects.moment();
        act(&mut self.values.borrow_mut());
        self.effects.moment();
        Ok(())
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.check()?;
        if let Some(before) = &*self.before_reads.borrow() {
            before();
        }
        self.reads.set(self.reads.get() + 1);
        Ok(self.values.borrow().get(key).cloned())
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        assert!(key.len() <= 255, "{key} is too long for some backends");
        let legal = |b: u8| b.is_ascii_alphanumeric() || b"._:~-".contains(&b);
        assert!(key.bytes().all(legal), "{key} has characters that some backends refuse");
        assert!(value.len() <= 400_000, "{key} has {} bytes", value.len());
        if self.fails_once_at.borrow_mut().take_if(|part| key.contains(*part)).is_some() {
            return Err(StoreError("planned, once".to_owned()));
        }
        self.write(|values| drop(values.insert(key.to_owned(), value.to_vec())))
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.write(|values| drop(values.remove(key)))
    }

    fn keys(&self) -> Result<Vec<String>, StoreError> {
        self.check()?;
        Ok(self.values.borrow().keys().cloned().collect())
    }
}
