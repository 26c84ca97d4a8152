//! What a backend does to its callers at its worst, drawn from a seed.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, VecDeque},
    rc::Rc,
    time::Duration,
};

use iloq_client::io::Clock;
use integration::platform::StoreError;

use super::{Dice, clock::VirtualClock};

/// All values by their keys.
pub type Values = BTreeMap<String, Vec<u8>>;

/// How long a stale read may look back.
const STALE: Duration = Duration::from_secs(2);
/// So many calls later a late write has landed.
const LATEST: u64 = 20;

/// What may happen, each in so many of a hundred calls.
#[derive(Clone, Copy, Debug, Default)]
pub struct Troubles {
    /// A read or a listing fails.
    pub reads_fail: u64,
    /// A write fails and was not done.
    pub lost: u64,
    /// A write is done, but that is not told: it fails.
    pub unheard: u64,
    /// A write fails, and is done some calls later, over whatever was written meanwhile.
    pub late: u64,
    /// A read sees what was there before the last write, unless that was by the same call: hosts keep what an
    /// instance has written.
    pub stale: u64,
    /// More writes within a second are refused, for as long as this is set.
    pub writes_a_second: Option<u64>,
    /// Nothing new is taken; reads and deletions go on.
    pub full: bool,
}

impl Troubles {
    /// No call fails, as far as chance has a say.
    pub const NONE: Self =
        Self { reads_fail: 0, lost: 0, unheard: 0, late: 0, stale: 0, writes_a_second: None, full: false };
}

/// A write that is on its way.
struct Late {
    calls: u64,
    key: String,
    value: Option<Vec<u8>>,
}

/// What was there before the last write, and when that was.
type Before = (Duration, Option<Vec<u8>>);

/// The troubles of one store.
pub struct Hostile {
    clock: Rc<VirtualClock>,
    troubles: Cell<Troubles>,
    dice: RefCell<Dice>,
    /// Calls that had trouble.
    pub met: Cell<u64>,
    before: RefCell<BTreeMap<String, Before>>,
    late: RefCell<Vec<Late>>,
    /// Keys that the call has written itself.
    own: RefCell<BTreeSet<String>>,
    written: RefCell<VecDeque<Duration>>,
}

impl Hostile {
    pub fn new(clock: Rc<VirtualClock>) -> Self {
        Self {
            clock,
            troubles: Cell::default(),
            dice: RefCell::new(Dice(1)),
            met: Cell::default(),
            before: RefCell::default(),
            late: RefCell::default(),
            own: RefCell::default(),
            written: RefCell::default(),
        }
    }

    /// From now on there is trouble; the same seed brings the same.
    pub fn begin(&self, troubles: Troubles, seed: u64) {
        self.troubles.set(troubles);
        self.dice.replace(Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1));
        self.met.set(0);
    }

    /// From now on the store is a good one. What is on its way still lands.
    pub fn end(&self) {
        self.troubles.set(Troubles::NONE);
    }

    /// Whether writes are still on their way.
    pub fn is_late(&self) -> bool {
        !self.late.borrow().is_empty()
    }

    /// Another instance comes.
    pub fn next_call(&self) {
        self.own.borrow_mut().clear();
    }

    fn chance(&self, percent: u64) -> bool {
        percent > 0 && self.below(100) < percent
    }

    fn below(&self, n: u64) -> u64 {
        self.dice.borrow_mut().below(n)
    }

    fn fails(&self, how: &str) -> StoreError {
        self.met.set(self.met.get() + 1);
        StoreError(how.to_owned())
    }

    /// Before each call: time goes by for what is on its way.
    fn step(&self, values: &mut Values) {
        let mut late = self.late.borrow_mut();
        late.iter_mut().for_each(|write| write.calls -= 1);
        late.retain(|write| {
            if write.calls == 0 {
                put(values, &write.key, write.value.clone());
            }
            write.calls > 0
        });
    }

    /// A read of one key.
    pub fn get(&self, values: &mut Values, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.step(values);
        let troubles = self.troubles.get();
        if self.chance(troubles.reads_fail) {
            return Err(self.fails("no answer"));
        }
        if self.chance(troubles.stale)
            && !self.own.borrow().contains(key)
            && let Some((at, value)) = self.before.borrow().get(key)
            && self.clock.monotonic() - *at < STALE
        {
            self.met.set(self.met.get() + 1);
            return Ok(value.clone());
        }
        Ok(values.get(key).cloned())
    }

    /// A listing.
    pub fn keys(&self, values: &mut Values) -> Result<Vec<String>, StoreError> {
        self.step(values);
        if self.chance(self.troubles.get().reads_fail) {
            return Err(self.fails("no answer"));
        }
        Ok(values.keys().cloned().collect())
    }

    /// A write, or a deletion.
    pub fn write(&self, values: &mut Values, key: &str, value: Option<Vec<u8>>) -> Result<(), StoreError> {
        self.step(values);
        let troubles = self.troubles.get();
        if troubles.full && value.is_some() {
            return Err(self.fails("the store is full"));
        }
        if let Some(most) = troubles.writes_a_second {
            let (mut written, now) = (self.written.borrow_mut(), self.clock.monotonic());
            written.retain(|at| now - *at < Duration::from_secs(1));
            if written.len() as u64 >= most {
                return Err(self.fails("too many writes"));
            }
            written.push_back(now);
        }
        if self.chance(troubles.lost) {
            return Err(self.fails("no answer"));
        }
        if self.chance(troubles.late) {
            let calls = 1 + self.below(LATEST);
            self.late.borrow_mut().push(Late { calls, key: key.to_owned(), value });
            return Err(self.fails("no answer in time"));
        }
        self.own.borrow_mut().insert(key.to_owned());
        let before = values.get(key).cloned();
        self.before.borrow_mut().insert(key.to_owned(), (self.clock.monotonic(), before));
        put(values, key, value);
        if self.chance(troubles.unheard) { Err(self.fails("no answer")) } else { Ok(()) }
    }
}

fn put(values: &mut Values, key: &str, value: Option<Vec<u8>>) {
    match value {
        Some(value) => values.insert(key.to_owned(), value),
        None => values.remove(key),
    };
}
