//! Crowds: many writers and a reader whose steps interleave in an order of the seed's.

use std::sync::Mutex;

use super::*;
use crate::testing::{Access, Turns, Work};

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
