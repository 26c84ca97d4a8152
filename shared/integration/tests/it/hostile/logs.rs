//! The access log: each row once.

use serde_json::json;
use simulator::{LogFill, Opening};

use super::{Step, tell};
use crate::support::House;

fn house() -> House {
    let house = House::new();
    house.world.post(&house.world.of("users/sync"), json!({})).expect(200);
    let world = &house.world;
    let lock = world.simulator.ids(None, "locks")[0];
    let key = world.simulator.ids(None, "keys")[0];
    for _ in 0..5 {
        world.simulator.open(None, lock, &Opening { key: Some(key), ..Opening::default() }).unwrap();
    }
    let fill = LogFill {
        count: 40,
        from: "2026-11-20T08:00:00Z".to_owned(),
        every_ms: 60_000,
        delay_ms: 3_000,
        refused_each: 9,
        undated_each: 0,
    };
    world.simulator.fill_log(None, &fill).unwrap();
    house
}

#[test]
fn the_log_is_pulled_row_by_row_once() {
    tell(house, |house| {
        let mut steps = vec![Step::of(house, "POST", "logs/pull", json!({}))];
        steps.extend(["pull-logs", "housekeeping", "pull-logs"].map(Step::job));
        steps
    });
}
