//! `CanUpdateMainZone`: 0 sets the zone before the first order; every other code leaves it, and the order goes on.

use super::{UNKNOWN, force};
use crate::support::House;

#[test]
fn only_a_clear_yes_sets_the_main_zone() {
    for code in [0, 1, 2, UNKNOWN] {
        let house = House::new();
        force(&house, "Keys_CanUpdateKeyMainZone", code);
        house.calls();
        let answer = house.attach(&[0], &[0]);
        assert_eq!(house.outcome(&answer, 0), "ordered", "{code}");
        let set = house.calls().contains(&"Keys_UpdateMainZone");
        assert_eq!(set, code == 0, "{code}");
    }
}

/// A locking system that wants a main zone, and a default zone that is known only later.
#[test]
fn a_missing_main_zone_is_made_good_by_the_settings() {
    let house = House::new();
    let mut limits = house.world.simulator.limits(None).unwrap();
    limits.main_zone_required = true;
    house.world.simulator.set_limits(None, limits).unwrap();
    force(&house, "Keys_CanUpdateKeyMainZone", 1);
    let answer = house.attach(&[0], &[0]);
    assert_eq!(house.outcome(&answer, 0), "changedNotOrdered");
    super::says(&house.item(&answer, 0)["problem"], "setup-incomplete", "CanOrder", 12, "defaults.zoneId");
    house.world.simulator.set_faults(Vec::new());
    house.retry_job();
    assert_eq!((house.retries().len(), &house.key(0)["status"]), (0, &serde_json::json!("ordered")));
}
