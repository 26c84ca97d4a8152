//! Rows that come late, again, at once, or with wrong times.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use iloq_client::io::Clock;
use serde_json::{Value, json};
use simulator::{NewLogRow, Opening};

use super::{BY_ARRIVAL, WITH_NAMES, calls, feed, fill, held_key, ids, pull, pull_all, row, utc, world};

#[test]
fn rows_that_are_late_are_pulled_once_and_cost_one_more_request() {
    let world = world();
    fill(&world, 3_000, TimeDelta::days(30), 800_000);
    pull(&world);
    world.advance(Duration::from_secs(25 * 60));
    let mut expected: BTreeSet<String> = ids(&feed(&world)).into_iter().collect();
    for delay in [TimeDelta::hours(5), TimeDelta::days(3), TimeDelta::weeks(3)] {
        expected.insert(row(&world, TimeDelta::minutes(3), delay));
    }
    for minute in 0..20 {
        expected.insert(row(&world, TimeDelta::minutes(minute), TimeDelta::seconds(2)));
    }
    world.simulator.reset_calls();
    assert_eq!(pull(&world)["pulled"], 23);
    assert_eq!((calls(&world, BY_ARRIVAL), calls(&world, WITH_NAMES)), (1, 2), "one for the late ones");
    let rows = feed(&world);
    assert_eq!(rows.len(), expected.len());
    assert_eq!(ids(&rows).into_iter().collect::<BTreeSet<_>>(), expected);
    assert!(rows.iter().all(|row| row["person"]["name"].is_string()));
}

#[test]
fn rows_that_appear_later_with_an_older_arrival_are_found() {
    let world = world();
    fill(&world, 100, TimeDelta::days(2), 1_000_000);
    row(&world, TimeDelta::seconds(1), TimeDelta::zero());
    pull(&world);
    let late = row(&world, TimeDelta::minutes(20), TimeDelta::minutes(1));
    let same = row(&world, TimeDelta::seconds(1), TimeDelta::zero());
    assert_eq!(pull(&world)["pulled"], 2);
    let rows = ids(&feed(&world));
    assert!(rows.contains(&late) && rows.contains(&same) && rows.len() == 103);
}

#[test]
fn a_row_that_comes_again_is_one_row() {
    let world = world();
    let first = row(&world, TimeDelta::days(20), TimeDelta::minutes(1));
    let undated = NewLogRow { key: Some(held_key(&world)), ..NewLogRow::default() };
    let second = world.simulator.add_log_row(None, &undated).unwrap();
    pull(&world);
    let before = feed(&world);
    world.advance(Duration::from_secs(14 * 24 * 3600));
    let again = |id: &str, at: Option<String>| {
        let row = NewLogRow {
            id: Some(id.parse().unwrap()),
            key: Some(held_key(&world)),
            at,
            ..NewLogRow::default()
        };
        world.simulator.add_log_row(None, &row).unwrap();
    };
    let at = before[0]["occurredAt"].as_str().unwrap().to_owned();
    again(&first, Some(at.clone()));
    again(&first, Some(at));
    again(&second.to_string(), None);
    let answer = pull(&world);
    assert_eq!((&answer["pulled"], &answer["duplicates"]), (&json!(0), &json!(3)));
    assert_eq!(feed(&world), before);
}

#[test]
fn rows_of_one_moment_at_the_edge_of_a_window_are_not_lost() {
    let world = world();
    fill(&world, 30_000, TimeDelta::days(9), 10_000);
    // All at once, in the middle and at the end of that.
    for at in [TimeDelta::days(8), TimeDelta::days(7)] {
        fill(&world, 5_000, at, 0);
    }
    let answer = pull_all(&world);
    assert_eq!((&answer["pulled"], &answer["duplicates"]), (&json!(40_000), &json!(0)));
    let rows = feed(&world);
    assert_eq!(ids(&rows).into_iter().collect::<BTreeSet<_>>().len(), 40_000);
    assert!(rows.is_sorted_by_key(|row| row["receivedAt"].as_str().unwrap().to_owned()), "by arrival");
}

#[test]
fn the_clocks_of_locks_and_hosts_may_be_wrong() {
    let world = world();
    // A lock whose clock was put back an hour: the same time of day twice.
    let mut expected = BTreeSet::new();
    for minute in 0..180 {
        let shown = if minute < 90 { 180 - minute } else { 240 - minute };
        let arrived = TimeDelta::minutes(180 - minute);
        expected.insert(row(&world, arrived, TimeDelta::minutes(shown) - arrived));
    }
    assert_eq!(pull(&world)["pulled"], 180);
    // This host's clock was two days ahead when it pulled.
    world.clock.advance(Duration::from_secs(2 * 24 * 3600));
    pull(&world);
    let known = held_key(&world);
    let opened = Opening { key: Some(known), ..Opening::default() };
    let lock = world.simulator.ids(None, "locks")[0];
    expected.insert(world.simulator.open(None, lock, &opened).unwrap().to_string());
    assert_eq!(pull(&world)["pulled"], 1);
    assert_eq!(ids(&feed(&world)).into_iter().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn summer_time_begins_and_ends_without_a_loss() {
    for change in ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"] {
        let world = world();
        let change: DateTime<Utc> = change.parse().unwrap();
        let back = world.clock.now() - change;
        fill(&world, 480, back + TimeDelta::hours(4), 60_000);
        assert_eq!(pull(&world)["pulled"], 480);
        assert_eq!(feed(&world).len(), 480);
        let (from, until) = (utc(change - TimeDelta::hours(30)), utc(change + TimeDelta::hours(30)));
        let path = world.of(&format!("logs/summary?by=hour&from={from}&until={until}"));
        let hours = world.get(&path).expect(200);
        let count = |bucket: &Value| {
            ["granted", "denied", "other"].map(|n| bucket[n].as_u64().unwrap()).iter().sum::<u64>()
        };
        assert_eq!(hours["items"].as_array().unwrap().iter().map(count).sum::<u64>(), 480);
    }
}
