//! Crowds: many writers and a reader whose steps interleave in an order of the seed's.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{Condvar, Mutex},
};

use super::*;
use crate::platform::StoreError;

type Values = BTreeMap<String, Vec<u8>>;
type Work<'w> = Box<dyn FnOnce(&Access<'_>) + Send + 'w>;

/// A store whose calls come one at a time. Whose turn it is is drawn among all who want to call.
struct Turns {
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
    fn new(seed: u64) -> Self {
        let dice = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let state = State { values: Values::new(), running: 0, waiting: Vec::new(), turn: None, dice };
        Self { state: Mutex::new(state), next: Condvar::new() }
    }

    /// Lets all of `work` run side by side, each with its own access; one of those in `mortal` may die on the way.
    fn run(&self, work: Vec<Work<'_>>, mortal: Option<usize>) {
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
struct Access<'t> {
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

/// What a caller hears who pages with `after`, from `from` on.
fn page<S: Store>(stream: &Stream<'_, S>, from: &mut Position, heard: &mut Vec<String>) -> usize {
    let (entries, next) = stream.read::<String>(from, 3).unwrap().unwrap();
    *from = next;
    heard.extend(entries.iter().map(|entry| entry.value.clone()));
    entries.len()
}

fn housekeeping<S: Store>(stream: &Stream<'_, S>, before: i64) -> usize {
    let keys = stream.space.store().keys().unwrap();
    let own: Vec<_> = keys.iter().filter_map(|key| key.strip_prefix(stream.space.prefix())).collect();
    stream.mend(&own, before, 1_000).unwrap()
}

const WRITERS: usize = 5;
const EACH: usize = 3;

/// What came out of a crowd.
struct Crowd {
    /// What writers were told is appended, each writer's in its order.
    acknowledged: Vec<Vec<String>>,
    /// What a reader heard who paged with `after` all the while, and until nothing came any more.
    heard: Vec<String>,
    /// What somebody hears who reads all of it in the end.
    whole: Vec<String>,
    /// Slots in the end.
    slots: usize,
}

/// Writers and a reader at one shard. If `dies`, one of them is killed; then housekeeping comes by.
fn crowd(seed: u64, in_order: bool, dies: bool) -> Crowd {
    let turns = Turns::new(seed);
    let open = |access: &Access<'_>, act: &mut dyn FnMut(&Stream<'_, Access<'_>>)| {
        let space = Space::system(access, "house", "1");
        act(&Stream { space: &space, name: "audit", shards: 1, in_order });
    };
    let acknowledged = Mutex::new(vec![Vec::new(); WRITERS]);
    let reader = Mutex::new((Position(vec![(0, 0)]), Vec::new()));
    let mut work: Vec<Work<'_>> = vec![Box::new(|access| {
        let (from, heard) = &mut *reader.lock().unwrap();
        open(access, &mut |stream| {
            for _ in 0..12 {
                page(stream, from, heard);
            }
        });
    })];
    for writer in 0..WRITERS {
        let acknowledged = &acknowledged;
        work.push(Box::new(move |access| {
            for n in 0..EACH {
                let entry = format!("{writer}.{n}");
                let at = i64::try_from(n).unwrap();
                open(access, &mut |stream| {
                    if stream.append("", at, &format!("by{entry}"), vec![&entry]).is_ok() {
                        acknowledged.lock().unwrap()[writer].push(entry.clone());
                    }
                });
            }
        }));
    }
    turns.run(work, dies.then_some(usize::try_from(seed).unwrap() % (1 + WRITERS)));
    let (mut whole, mut slots) = (Vec::new(), 0);
    let last: Work<'_> = Box::new(|access| {
        open(access, &mut |stream| {
            if dies {
                housekeeping(stream, i64::MIN);
            }
            let (from, heard) = &mut *reader.lock().unwrap();
            while page(stream, from, heard) > 0 {}
            let (entries, _) = stream.read::<String>(&stream.start().unwrap(), 1_000).unwrap().unwrap();
            whole = entries.into_iter().map(|entry| entry.value).collect();
            slots = usize::try_from(stream.end(0).unwrap()).unwrap();
            assert_eq!(housekeeping(stream, i64::MAX), 0, "seed {seed}: nothing is hidden any more");
            let copies = access.keys().unwrap().iter().filter(|key| key.contains(":by")).count();
            assert_eq!(copies, 1, "seed {seed}: copies are erased, the sign stays");
        });
    });
    turns.run(vec![last], None);
    let acknowledged = acknowledged.into_inner().unwrap();
    let heard = reader.into_inner().unwrap().1;
    Crowd { acknowledged, heard, whole, slots }
}

#[test]
fn every_acknowledged_entry_is_heard_by_who_pages_all_the_while_and_by_who_comes_late() {
    let mut told_again = 0;
    for seed in 1..=400 {
        let crowd = crowd(seed, false, false);
        let mut whole = crowd.whole.clone();
        whole.sort();
        let all: Vec<_> = crowd.acknowledged.concat();
        assert_eq!(all.len(), WRITERS * EACH, "seed {seed}");
        assert_eq!(whole, all, "seed {seed}: each once");
        for entry in &all {
            assert!(crowd.heard.contains(entry), "seed {seed}: {entry} of {:?}", crowd.heard);
        }
        told_again += usize::from(crowd.slots > all.len());
    }
    assert!(told_again > 40, "only {told_again} seeds had writers that hid one another");
}

#[test]
fn a_writer_that_dies_takes_nobody_elses_entry_along() {
    for seed in 1..=400 {
        let crowd = crowd(seed, false, true);
        for entry in crowd.acknowledged.iter().flatten() {
            assert!(crowd.whole.contains(entry), "seed {seed}: {entry}");
            assert!(crowd.heard.contains(entry), "seed {seed}: {entry} of {:?}", crowd.heard);
        }
    }
}

#[test]
fn the_last_that_is_heard_of_each_writer_is_its_last() {
    for (seed, dies) in (1..=400).flat_map(|seed| [(seed, false), (seed, true)]) {
        let crowd = crowd(seed, true, dies);
        for heard in [&crowd.heard, &crowd.whole] {
            for (writer, acknowledged) in crowd.acknowledged.iter().enumerate() {
                let last = heard.iter().rfind(|entry| entry.starts_with(&format!("{writer}.")));
                // The one that was killed in the middle of its work may have been heard nevertheless.
                assert!(last >= acknowledged.last(), "seed {seed}: {last:?} of {heard:?}");
            }
        }
    }
}
