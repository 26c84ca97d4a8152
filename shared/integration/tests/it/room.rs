//! Keys with little room for rights, and tags, which iLOQ itself programs.

use serde_json::{Value, json};
use simulator::Limits;

use crate::support::House;

/// Keys take two rights.
fn house() -> House {
    let house = House::new();
    let simulator = &house.world.simulator;
    simulator.set_limits(None, Limits { rights_per_key: 2, ..simulator.limits(None).unwrap() }).unwrap();
    house
}

#[test]
fn a_full_key_gets_other_rights() {
    let house = house();
    house.give(&[0], &[0, 1]);
    for rights in [vec![1, 2], vec![0], vec![2, 3], vec![0, 3]] {
        let answer = house.put("access-rights", house.link(&[0], &rights)).expect(200);
        assert_eq!(house.outcome(&answer, 0), "ordered", "{answer:#}");
        assert_eq!((house.planned(0), house.ordered(0)), (rights.clone(), rights));
    }
}

#[test]
fn more_rights_than_a_key_takes_leave_it_as_it_was() {
    let house = house();
    let answer = house.post("keys", house.link(&[0], &[0, 1, 2])).expect(207);
    let item = house.item(&answer, 0);
    assert_eq!((&item["outcome"], &item["problem"]["code"]), (&json!("failed"), &json!("too-many-rights")));
    assert_eq!((house.row(0)["record"]["Person_ID"].clone(), house.planned(0)), (Value::Null, vec![]));
    assert!(house.key(0).get("userId").is_none());

    house.give(&[1], &[0]);
    let answer = house.put("access-rights", house.link(&[1], &[1, 2, 3])).expect(207);
    assert_eq!(house.item(&answer, 1)["problem"]["code"], "too-many-rights");
    assert_eq!((house.planned(1), house.wanted(1)), (vec![0], 1));
    assert_eq!(house.retries(), [Value::Null; 0]);
    house.writes();
    house.retry_job();
    assert_eq!(house.writes(), [""; 0]);
    house.attach(&[0], &[0, 1]);
}

#[test]
fn a_tag_has_its_rights_at_once() {
    let mut house = House::new();
    let tag = json!({ "Description": "Tag", "KeyTypeMask": 384, "TagKey": "0A1B2C3D" });
    let tag = house.add_key(&tag);
    let answer = house.attach(&[tag], &[0]);
    let item = house.item(&answer, tag);
    assert_eq!((&item["outcome"], &item["effective"]), (&json!("ordered"), &json!("now")), "{item:#}");
    assert_eq!((&item["status"], &house.key(tag)["status"]), (&json!("programmed"), &json!("programmed")));
    let answer = house.detach(tag).expect(200);
    assert_eq!(house.item(&answer, tag)["effective"], "now", "{answer:#}");
}
