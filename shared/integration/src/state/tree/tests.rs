use std::{collections::BTreeMap, rc::Rc};

use serde::de::DeserializeSeed;

use super::{Cell, Draft, Entry, Form, Key, Overtaken, Part, Root, Shelf, Tree, leaf};
use crate::{
    state::Space,
    testing::{Memory, SeededRandom},
};

const FORM: Form = Form { texts: 0b10, mark: |entry| entry.key.major };
const HOUR: i64 = 3_600_000;

fn entry(major: i64, minor: u128, text: &str) -> Entry {
    Entry { key: Key::new(major, minor), cells: vec![Cell::Number(major), Cell::Text(Rc::from(text))] }
}

/// A tree and what it has to hold.
struct Garden<'a> {
    space: Space<'a, Memory>,
    writer: u32,
    now: i64,
}

impl<'a> Garden<'a> {
    fn new(store: &'a Memory) -> Self {
        Self { space: Space::system(store, "s", "i"), writer: 0, now: 1_764_000_000_000 }
    }

    fn root(&self) -> Root {
        Shelf::new(self.space.erased()).root("root", 1).unwrap()
    }

    fn draft(&mut self, root: &Root) -> Draft<'a> {
        self.writer += 1;
        Draft::begin(self.space.erased(), "root", "t:", root, &format!("w{}", self.writer), self.now)
    }

    fn put(&mut self, mut entries: Vec<Entry>) -> Result<(), Overtaken> {
        entries.sort_by_key(|entry| entry.key);
        entries.dedup_by_key(|entry| entry.key);
        let mut root = Shelf::new(self.space.erased()).root("root", 1)?;
        let mut draft = self.draft(&root);
        let mut shelf = Shelf::new(self.space.erased());
        draft.merge(&mut shelf, &mut root.trees[0], FORM, &entries, &mut |_, _| false)?;
        draft.commit(&mut root, self.now)
    }

    fn prune(&mut self, cutoff: i64) -> u64 {
        let mut root = self.root();
        let mut draft = self.draft(&root);
        let mut shelf = Shelf::new(self.space.erased());
        let count = draft.prune(&mut shelf, &mut root.trees[0], FORM, cutoff).unwrap();
        draft.commit(&mut root, self.now).unwrap();
        count
    }

    /// Everything, read forwards and backwards.
    fn all(&self) -> Vec<Entry> {
        let root = self.root();
        let mut shelf = Shelf::new(self.space.erased());
        let (mut up, mut from) = (Vec::new(), Key::MIN);
        while let Some(leaf) = shelf.at_or_after(&root.trees[0], FORM, from).unwrap() {
            assert!(leaf.entries.first().unwrap().key >= from);
            assert_eq!(leaf.entries.len() as u64, leaf.part.count);
            up.extend(leaf.entries.iter().cloned());
            from = leaf.part.last.next();
        }
        let (mut down, mut until) = (Vec::new(), Key::MAX);
        while let Some(leaf) = shelf.at_or_before(&root.trees[0], FORM, until).unwrap() {
            down.extend(leaf.entries.iter().rev().cloned());
            until = leaf.part.first.prev();
        }
        down.reverse();
        assert_eq!(up, down);
        assert_eq!(root.trees[0].count(), up.len() as u64);
        assert!(up.is_sorted_by(|one, next| one.key < next.key));
        up
    }
}

#[test]
fn keys_have_neighbours() {
    for key in [Key::new(0, 0), Key::new(-7, u128::MAX), Key::new(i64::MAX, 5)] {
        assert!(key.prev() < key && key < key.next());
        assert_eq!(key.prev().next(), key);
    }
    assert_eq!((Key::MIN.prev(), Key::MAX.next()), (Key::MIN, Key::MAX));
}

#[test]
fn a_leaf_reads_back_and_is_cut_when_full() {
    let entries: Vec<Entry> = (0..9_000)
        .map(|n| entry(n, u128::from(n.unsigned_abs()) << 64, &format!("person \"{}\"", n % 50)))
        .collect();
    for at_end in [true, false] {
        let leaves = leaf::write(&entries, FORM, at_end);
        assert!(leaves.len() >= 2, "{}", leaves.len());
        let mut read = Vec::new();
        for leaf in &leaves {
            assert!(leaf.text.len() < leaf::MAX_LEAF + 1_000);
            let mut json = serde_json::Deserializer::from_str(&leaf.text);
            read.extend(leaf::Read(FORM).deserialize(&mut json).unwrap());
        }
        assert_eq!(read, entries);
        let (first, last) = (leaves[0].text.len(), leaves.last().unwrap().text.len());
        assert_eq!(at_end, first > last * 5 / 4, "{first} {last}");
    }
}

/// Thousands of random changes, compared with the standard library's map.
#[test]
fn random_inserts_of_all_kinds() {
    for seed in 1..6 {
        let (store, random) = (Memory::default(), SeededRandom::new(seed));
        let mut garden = Garden::new(&store);
        let mut model: BTreeMap<Key, Entry> = BTreeMap::new();
        let mut day = 0_i64;
        for round in 0..25 {
            let count = random.below(3_000);
            day += 1_000;
            let entries: Vec<Entry> = (0..count)
                .map(|_| {
                    // Mostly at the end, some late, some again.
                    let major = match random.below(10) {
                        0 => i64::try_from(random.below(day.unsigned_abs())).unwrap(),
                        1 => day - 1_000,
                        _ => day + i64::try_from(random.below(1_000)).unwrap(),
                    };
                    entry(major, u128::from(random.below(4)), &format!("name {}", random.below(3_000)))
                })
                .collect();
            garden.put(entries.clone()).unwrap();
            for entry in entries {
                model.entry(entry.key).or_insert(entry);
            }
            if round % 8 == 7 {
                let cutoff = day / 3;
                let old = model.len();
                model.retain(|key, _| key.major >= cutoff);
                assert_eq!(garden.prune(cutoff), (old - model.len()) as u64);
            }
            garden.now += HOUR / 3;
        }
        // The first of equal keys of one batch is kept by both.
        let all = garden.all();
        assert_eq!(
            all.iter().map(|entry| entry.key).collect::<Vec<_>>(),
            model.keys().copied().collect::<Vec<_>>()
        );
    }
}

#[test]
fn entries_under_the_same_key_are_the_callers_affair() {
    let store = Memory::default();
    let mut garden = Garden::new(&store);
    garden.put(vec![entry(1, 1, "a"), entry(2, 1, "b")]).unwrap();
    let mut root = garden.root();
    let writes = store.writes.get();
    let mut draft = garden.draft(&root);
    let mut shelf = Shelf::new(garden.space.erased());
    let same = [entry(1, 1, "a")];
    draft.merge(&mut shelf, &mut root.trees[0], FORM, &same, &mut |_, _| false).unwrap();
    assert_eq!((store.writes.get(), &root), (writes, &garden.root()), "nothing changed, nothing is written");
    let sum = &mut |kept: &mut Entry, new: &Entry| {
        kept.cells[0] = Cell::Number(kept.number(0).unwrap() + new.number(0).unwrap());
        true
    };
    draft.merge(&mut shelf, &mut root.trees[0], FORM, &same, sum).unwrap();
    draft.commit(&mut root, garden.now).unwrap();
    assert_eq!(garden.all()[0].number(0), Some(2));
}

/// Whoever dies at any write has changed nothing, or everything.
#[test]
fn a_death_at_every_write_leaves_the_old_root_or_the_new_one() {
    let batch = |from: i64, step: i64| -> Vec<Entry> {
        (0..7_000).map(|n| entry(from + n * step, 0, &format!("name {n}"))).collect()
    };
    let make = |store: &Memory| {
        let mut garden = Garden::new(store);
        garden.put(batch(0, 4)).unwrap();
        store.writes.set(0);
        garden.now += 2 * HOUR;
        garden.put(batch(2, 8)).unwrap();
        garden.now += 2 * HOUR;
    };
    let (whole, before) = (Memory::default(), Memory::default());
    make(&whole);
    make(&before);
    let old = Garden::new(&before).all();
    let mut garden = Garden { now: 1_764_000_000_000 + 4 * HOUR, writer: 9, ..Garden::new(&whole) };
    whole.writes.set(0);
    garden.put(batch(1, 8)).unwrap();
    let (writes, new) = (whole.writes.get(), garden.all());
    assert!(writes > 8 && new.len() > old.len());
    let (mut olds, mut news) = (0, 0);
    for at in 1..=writes {
        for after in [false, true] {
            let store = Memory::default();
            make(&store);
            store.writes.set(0);
            store.dies.set(Some((at, after)));
            let mut garden = Garden { now: 1_764_000_000_000 + 4 * HOUR, writer: 9, ..Garden::new(&store) };
            let _ = garden.put(batch(1, 8));
            store.revive();
            let found = garden.all();
            if found == old {
                olds += 1;
            } else {
                news += 1;
            }
            assert!(found == old || found == new, "write {at}, {after}");
            // Again: as if nothing had happened.
            garden.put(batch(1, 8)).unwrap();
            assert_eq!(garden.all(), new);
            sweep(&mut garden);
            assert_eq!(garden.all(), new, "write {at}, {after}");
        }
    }
    assert!(olds > 4 && news > 4, "{olds} {news}");
}

/// Two days later housekeeping leaves nothing about that the root does not know.
fn sweep(garden: &mut Garden<'_>) {
    garden.now += 49 * HOUR;
    let (store, prefix) = (garden.space.store(), garden.space.prefix().to_owned());
    let names: Vec<String> = store.values.borrow().keys().cloned().collect();
    let names: Vec<&str> =
        names.iter().filter_map(|name| name.strip_prefix(&prefix)).filter(|name| *name != "root").collect();
    let (root, mut shelf) = (garden.root(), Shelf::new(garden.space.erased()));
    let orphans = shelf.orphans(&root, "t:", &names, garden.now).unwrap();
    for orphan in &orphans {
        garden.space.delete(orphan).unwrap();
    }
    let nodes = &root.trees[0].nodes;
    let leaves: usize = nodes.iter().map(|node| shelf.parts(node).unwrap().len()).sum();
    assert_eq!(names.len() - orphans.len(), nodes.len() + leaves + root.garbage.len());
}

#[test]
fn a_second_writer_gives_up() {
    let store = Memory::default();
    let mut garden = Garden::new(&store);
    let mut root = garden.root();
    let draft = garden.draft(&root);
    garden.put(vec![entry(1, 1, "first")]).unwrap();
    assert!(matches!(draft.commit(&mut root, garden.now), Err(Overtaken::Yes)));
    assert_eq!(garden.all().len(), 1);
}

/// Who reads with an old root finds its leaves for an hour; later the store is clean.
#[test]
fn what_is_replaced_is_kept_for_an_hour() {
    let store = Memory::default();
    let mut garden = Garden::new(&store);
    garden.put((0..5_000).map(|n| entry(n, 0, &n.to_string())).collect()).unwrap();
    let old = garden.root();
    garden.now += 10;
    garden.put((0..5_000).map(|n| entry(n, 1, &n.to_string())).collect()).unwrap();
    let read = |root: &Root| {
        let mut shelf = Shelf::new(garden.space.erased());
        let (mut count, mut from) = (0, Key::MIN);
        while let Some(leaf) = shelf.at_or_after(&root.trees[0], FORM, from)? {
            count += leaf.entries.len();
            from = leaf.part.last.next();
        }
        Ok::<_, crate::state::StateError>(count)
    };
    assert_eq!(read(&old), Ok(5_000));
    garden.now += HOUR + 20;
    garden.put(vec![entry(9_000, 0, "")]).unwrap();
    let read = {
        let mut shelf = Shelf::new(garden.space.erased());
        shelf.at_or_after(&old.trees[0], FORM, Key::MIN)
    };
    assert!(
        read.as_ref().is_err_and(|error| matches!(**error, crate::state::Fault::Missing { .. })),
        "{read:?}"
    );
    let names = store.values.borrow().len();
    let root = garden.root();
    let mut shelf = Shelf::new(garden.space.erased());
    let leaves = shelf.parts(&root.trees[0].nodes[0]).unwrap().len();
    // The root, the node and the leaf replaced just now, and what is listed.
    assert_eq!(names, 1 + 2 + 1 + leaves);
}

/// What the first release has stored has to be read, and what is stored now by it, should it come back.
#[test]
fn what_is_stored_has_the_form_of_the_first_release() {
    let part = Part {
        name: "t:1".to_owned(),
        first: Key::new(-5, 1),
        last: Key::new(7, 2),
        low: -5,
        high: 7,
        count: 2,
    };
    let root = Root {
        revision: 3,
        notes: vec!["n".to_owned()],
        trees: vec![Tree { nodes: vec![part] }, Tree::default()],
        garbage: vec![(9, "t:0".to_owned())],
    };
    let text = concat!(
        r#"[3,["n"],[[["t:1",-5,"AAAAAAAAAAAAAAAAAAAAAQ",7,"AAAAAAAAAAAAAAAAAAAAAg",-5,7,2]],[]],"#,
        r#"[[9,"t:0"]]]"#
    );
    assert_eq!(serde_json::to_string(&root).unwrap(), text);
    assert_eq!(serde_json::from_str::<Root>(text).unwrap(), root);

    let bare = Entry { key: Key::new(8, 3), cells: vec![Cell::None, Cell::None] };
    let leaves = leaf::write(&[entry(7, 2, "ä"), entry(7, 3, "ä"), bare], FORM, true);
    let text = concat!(
        r#"[["ä"],[[7,"AAAAAAAAAAAAAAAAAAAAAg",7,0],[7,"AAAAAAAAAAAAAAAAAAAAAw",7,0],"#,
        r#"[8,"AAAAAAAAAAAAAAAAAAAAAw"]]]"#
    );
    assert_eq!(leaves.iter().map(|leaf| leaf.text.as_str()).collect::<Vec<_>>(), [text]);
}
