//! The same steps on these collections and on the standard ones give the same.

use std::collections::{BTreeMap, BTreeSet};

use sorted::{SortedMap, SortedSet, sort_by};

/// Numbers without an order to speak of, with repetitions.
fn numbers() -> impl Iterator<Item = u32> + Clone {
    std::iter::successors(Some(1_u32), |n| Some(n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)))
        .map(|n| n >> 16 & 0x1ff)
        .take(1_000)
}

#[test]
fn a_map() {
    let (mut ours, mut theirs) = (SortedMap::new(), BTreeMap::new());
    for (step, key) in (0_u32..).zip(numbers()) {
        match step % 5 {
            0 => assert_eq!(ours.remove(&key), theirs.remove(&key)),
            1 => {
                *ours.entry(key).or_default() += 1;
                *theirs.entry(key).or_default() += 1;
            }
            _ => assert_eq!(ours.insert(key, step), theirs.insert(key, step)),
        }
        assert_eq!(ours.get(&step), theirs.get(&step));
        assert_eq!(ours.contains_key(&step), theirs.contains_key(&step));
    }
    assert_eq!(ours.len(), theirs.len());
    assert!(
        ours.iter().eq(theirs.iter()) && ours.keys().eq(theirs.keys()) && ours.values().eq(theirs.values())
    );
    assert_eq!(ours.first_key_value(), theirs.first_key_value());
    ours.retain(|key, _| key % 2 == 0);
    theirs.retain(|key, _| key % 2 == 0);
    ours.iter_mut().for_each(|(key, value)| *value = *key);
    ours.values_mut().for_each(|value| *value += 1);
    theirs.iter_mut().for_each(|(key, value)| *value = key + 1);
    assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
    assert!(ours.into_iter().eq(theirs));
}

#[test]
fn many_at_once_and_the_last_of_equal_keys_stays() {
    let entries = numbers().zip(0_u32..);
    let ours: SortedMap<_, _> = entries.clone().collect();
    let theirs: BTreeMap<_, _> = entries.collect();
    assert!(ours.iter().eq(theirs.iter()));
    let mut more = SortedMap::from([(3, 0), (1, 0), (3, 1)]);
    more.extend([(2, 2), (1, 2)]);
    assert_eq!(more.into_iter().collect::<Vec<_>>(), [(1, 2), (2, 2), (3, 1)]);
    assert!(ours.clone().into_keys().eq(theirs.clone().into_keys()));
    assert!(ours.into_values().eq(theirs.into_values()));
}

#[test]
fn sets() {
    let half = |odd: u32| numbers().filter(move |n| n % 3 == odd || n % 2 == odd);
    let (a, b): (SortedSet<u32>, SortedSet<u32>) = (half(0).collect(), half(1).collect());
    let (x, y): (BTreeSet<u32>, BTreeSet<u32>) = (half(0).collect(), half(1).collect());
    assert!(a.iter().eq(x.iter()) && (a.first(), a.last(), a.len()) == (x.first(), x.last(), x.len()));
    assert!(a.difference(&b).eq(x.difference(&y)) && a.intersection(&b).eq(x.intersection(&y)));
    assert_eq!(a.union(&b).copied().collect::<SortedSet<_>>(), x.union(&y).copied().collect());
    assert_eq!(
        a.symmetric_difference(&b).copied().collect::<SortedSet<_>>(),
        x.symmetric_difference(&y).copied().collect()
    );
    let both: SortedSet<u32> = a.intersection(&b).copied().collect();
    assert!(both.is_subset(&a) && !a.is_subset(&both) && !both.is_disjoint(&a));
    let mut few = SortedSet::from([2, 1, 2]);
    assert!(few.insert(3) && !few.insert(3) && few.remove(&1) && !few.remove(&1) && few.contains(&2));
    few.extend(&[0]);
    few.retain(|n| *n != 2);
    assert_eq!(format!("{few:?}"), "{0, 3}");
}

#[test]
fn sorting_keeps_the_order_of_equals() {
    let mut ours: Vec<_> = numbers().zip(0_u32..).collect();
    let mut theirs = ours.clone();
    sort_by(&mut ours, |one, other| one.0.cmp(&other.0));
    theirs.sort_by_key(|pair| pair.0);
    assert_eq!(ours, theirs);
}

#[test]
fn json_is_that_of_the_standard() {
    let json = r#"{"a":[1,3],"b":[]}"#;
    let read: SortedMap<String, SortedSet<u8>> = serde_json::from_str(r#"{"b":[],"a":[3,1,3]}"#).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    assert_eq!(read["a"].len(), 2);
    assert!(serde_json::from_str::<SortedMap<String, u8>>("[1]").is_err());
}
