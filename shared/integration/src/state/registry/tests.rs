//! Systems that are set up and removed at the same moment, in an order of the seed's: none that exists is left out.

use std::sync::Mutex;

use super::*;
use crate::testing::{Access, Turns, Work, system_record};

const AT_ONCE: usize = 5;
/// Systems that each of them sets up.
const EACH: usize = 4;
/// Removed while the others are set up.
const REMOVED: usize = 2;

/// Names of one bucket, where they cross most.
fn names() -> Vec<String> {
    let names = (0..).map(|number| format!("s{number}")).filter(|name| bucket_of(name) == 0);
    names.take(AT_ONCE * EACH + REMOVED).collect()
}

/// One process alone.
fn alone<T: Send>(turns: &Turns, work: impl FnOnce(&Registry<'_, Access<'_>>) -> T + Send) -> T {
    let mut told = None;
    turns.run(vec![Box::new(|access| told = Some(work(&Registry::new(access))))], None);
    told.unwrap()
}

/// What came out of a crowd.
struct Crowd {
    /// Who was told that its system is set up.
    acknowledged: Vec<String>,
    /// What the index holds, whoever looks or not.
    index: BTreeSet<String>,
    /// What the next reader sees.
    seen: BTreeSet<String>,
}

/// Some systems are set up while others are removed; if `dies`, one of those who do so is killed, else somebody
/// reads meanwhile.
fn crowd(seed: u64, dies: bool) -> Crowd {
    let turns = Turns::new(seed);
    let names = names();
    let (removed, added) = names.split_at(REMOVED);
    alone(&turns, |registry| removed.iter().for_each(|id| registry.put(id, &system_record()).unwrap()));
    let acknowledged = Mutex::new(Vec::new());
    let mut work: Vec<Work<'_>> = Vec::new();
    for id in removed {
        work.push(Box::new(move |access| drop(Registry::new(access).remove(id))));
    }
    for ids in added.chunks(EACH) {
        let acknowledged = &acknowledged;
        work.push(Box::new(move |access| {
            for id in ids {
                if Registry::new(access).put(id, &system_record()).is_ok() {
                    acknowledged.lock().unwrap().push(id.clone());
                }
            }
        }));
    }
    let mortal = dies.then_some(usize::try_from(seed).unwrap() % work.len());
    if !dies {
        work.push(Box::new(|access| drop(Registry::new(access).ids().unwrap())));
    }
    turns.run(work, mortal);
    let index = alone(&turns, |registry| registry.index().unwrap());
    let seen = alone(&turns, |registry| registry.ids().unwrap());
    Crowd { acknowledged: acknowledged.into_inner().unwrap(), index, seen }
}

#[test]
fn the_next_reader_sees_every_system_that_was_set_up() {
    let mut lost = 0;
    for seed in 1..=400 {
        let crowd = crowd(seed, false);
        assert_eq!(crowd.acknowledged.len(), AT_ONCE * EACH, "seed {seed}");
        for id in &crowd.acknowledged {
            assert!(crowd.seen.contains(id), "seed {seed}: {id} is left out of {:?}", crowd.seen);
        }
        lost += usize::from(crowd.acknowledged.iter().any(|id| !crowd.index.contains(id)));
    }
    assert!(lost > 40, "only {lost} seeds had writers that undid one another");
}

#[test]
fn a_reader_that_repairs_while_two_cross_does_not_hide_it() {
    for seed in 1..=4_000 {
        let turns = Turns::new(seed);
        let ids = &names()[..2];
        let mut work: Vec<Work<'_>> = vec![Box::new(|access| drop(Registry::new(access).ids().unwrap()))];
        for id in ids {
            work.push(Box::new(move |access| Registry::new(access).put(id, &system_record()).unwrap()));
        }
        turns.run(work, None);
        let seen = alone(&turns, |registry| registry.ids().unwrap());
        assert_eq!(seen.len(), 2, "seed {seed}: {seen:?}");
    }
}

#[test]
fn whoever_dies_takes_no_other_system_along() {
    for seed in 1..=400 {
        let crowd = crowd(seed, true);
        for id in &crowd.acknowledged {
            assert!(crowd.seen.contains(id), "seed {seed}: {id} is left out of {:?}", crowd.seen);
        }
    }
}

#[test]
fn a_system_that_is_set_up_anew_while_it_is_removed_is_seen_if_it_exists() {
    let mut stayed = 0;
    for seed in 1..=400 {
        let turns = Turns::new(seed);
        alone(&turns, |registry| registry.put("house", &system_record()).unwrap());
        let work: Vec<Work<'_>> = vec![
            Box::new(|access| Registry::new(access).remove("house").unwrap()),
            Box::new(|access| Registry::new(access).put("house", &system_record()).unwrap()),
            Box::new(|access| drop(Registry::new(access).ids().unwrap())),
        ];
        turns.run(work, None);
        let exists = alone(&turns, |registry| registry.get("house").unwrap().is_some());
        let seen = alone(&turns, |registry| registry.ids().unwrap());
        assert!(!exists || seen.contains("house"), "seed {seed}");
        stayed += usize::from(exists);
    }
    assert!((40..360).contains(&stayed), "{stayed} of 400 seeds end with the system there");
}

#[test]
fn a_system_whose_maker_died_is_seen_or_does_not_exist() {
    for seed in 1..=40 {
        let turns = Turns::new(seed);
        turns.run(
            vec![Box::new(|access| drop(Registry::new(access).put("house", &system_record())))],
            Some(0),
        );
        let exists = alone(&turns, |registry| registry.get("house").unwrap().is_some());
        let seen = alone(&turns, |registry| registry.ids().unwrap());
        assert!(!exists || seen.contains("house"), "seed {seed}");
    }
}

#[test]
fn once_somebody_has_looked_nobody_lists_the_store_again() {
    let turns = Turns::new(1);
    let ids = names();
    alone(&turns, |registry| ids.iter().for_each(|id| registry.put(id, &system_record()).unwrap()));
    alone(&turns, |registry| {
        assert!(registry.doubt().is_there().unwrap());
        assert_eq!(registry.ids().unwrap().len(), ids.len());
        assert!(!registry.doubt().is_there().unwrap());
        registry.put(&ids[0], &system_record()).unwrap();
        assert!(!registry.doubt().is_there().unwrap(), "settings that are put again leave no doubt");
    });
}
