//! A store whose callers' single steps interleave in an order of the seed's.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{Condvar, Mutex},
};

use crate::platform::{Store, StoreError};

type Values = BTreeMap<String, Vec<u8>>;
/// What one process does.
pub type Work<'w> = Box<dyn FnOnce(&Access<'_>) + Send + 'w>;

/// A store whose calls come one at a time. Whose turn it is is drawn among all who want to call.
pub struct Turns {
    state: Mutex<State>,
    next: Condvar,
}

struct State {
    values: Values,
    running: usize,
    waiting: Vec<usize>,
    turn: Option<usize>,
    dice: u64,
}

impl State {
    fn below(&mut self, end: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice >> 11) % end
    }

    /// When everybody waits, somebody is drawn.
    fn draw(&mut self) {
        if self.turn.is_none() && self.running > 0 && self.waiting.len() == self.running {
            // Threads start in any order.
            self.waiting.sort_unstable_by_key(|who| std::cmp::Reverse(*who));
            let at = usize::try_from(self.below(self.waiting.len() as u64)).unwrap();
            self.turn = Some(self.waiting.swap_remove(at));
        }
    }
}

impl Turns {
    /// The order is `seed`'s.
    pub fn new(seed: u64) -> Self {
        let dice = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let state = State { values: Values::new(), running: 0, waiting: Vec::new(), turn: None, dice };
        Self { state: Mutex::new(state), next: Condvar::new() }
    }

    /// Lets all of `work` run side by side, each with its own access; one of those in `mortal` may die on the way.
    pub fn run(&self, work: Vec<Work<'_>>, mortal: Option<usize>) {
        let mut state = self.state.lock().unwrap();
        state.running = work.len();
        let dies_after = mortal.map(|mortal| (mortal, state.below(9)));
        drop(state);
        std::thread::scope(|scope| {
            for (who, work) in work.into_iter().enumerate() {
                let left = dies_after.filter(|(mortal, _)| *mortal == who).map(|(_, after)| after);
                scope.spawn(move || {
                    work(&Access { turns: self, who, left: Cell::new(left) });
                    let mut state = self.state.lock().unwrap();
                    state.running -= 1;
                    state.draw();
                    self.next.notify_all();
                });
            }
        });
    }

    fn call<T>(&self, who: usize, act: impl FnOnce(&mut Values) -> T) -> T {
        let mut state = self.state.lock().unwrap();
        state.waiting.push(who);
        state.draw();
        self.next.notify_all();
        let mut state = self.next.wait_while(state, |state| state.turn != Some(who)).unwrap();
        state.turn = None;
        act(&mut state.values)
    }
}

/// One process's access to the store.
pub struct Access<'t> {
    turns: &'t Turns,
    who: usize,
    /// Writes until it dies.
    left: Cell<Option<u64>>,
}

impl Access<'_> {
    fn write(&self, act: impl FnOnce(&mut Values)) -> Result<(), StoreError> {
        match self.left.get() {
            Some(0) => Err(StoreError("dead".to_owned())),
            left => {
                self.left.set(left.map(|left| left - 1));
                self.turns.call(self.who, act);
                Ok(())
            }
        }
    }
}

impl Store for Access<'_> {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.turns.call(self.who, |values| values.get(key).cloned()))
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.write(|values| drop(values.insert(key.to_owned(), value.to_vec())))
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.write(|values| drop(values.remove(key)))
    }

    fn keys(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.turns.call(self.who, |values| values.keys().cloned().collect()))
    }
}
