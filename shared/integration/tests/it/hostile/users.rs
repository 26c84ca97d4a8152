//! Users: saved, deleted and synced.

use serde_json::json;
use simulator::Fault;

use super::{Step, tell};
use crate::support::House;

/// Users that are linked, persons that the portal does not know, and a user that waits.
fn house() -> House {
    let house = House::new();
    for n in 0..3 {
        house.add_user(&format!("old{n}"), &format!("Old {n}"));
    }
    house.world.http.down.set(true);
    house.world.put(&house.world.of("users/waits"), json!({ "firstName": "Waits" })).expect(202);
    house.world.http.down.set(false);
    house.world.effects.reset(None);
    house
}

fn script(house: &House) -> Vec<Step> {
    let put = |id: &str, title: &str| {
        let body = json!({ "firstName": id, "lastName": "Hostile", "workTitle": title });
        Step::of(house, "PUT", &format!("users/{id}"), body)
    };
    let mut steps = vec![put("new0", "a"), put("old0", "b"), put("new1", "c")];
    steps.push(Step::of(house, "DELETE", "users/old1?removeKeys=true", serde_json::Value::Null));
    steps.push(Step::of(house, "POST", "users/sync", json!({})));
    steps.push(put("new2", "d"));
    steps.push(put("waits", "e"));
    steps
}

#[test]
fn users_are_saved_deleted_and_synced() {
    tell(house, script);
}

#[test]
fn a_first_sync_and_its_schedule() {
    tell(house, |_| ["sync-users", "retry", "housekeeping", "sync-users"].map(Step::job).to_vec());
}

#[test]
fn what_iloq_refused_at_first_is_tried_again() {
    let make = || {
        let house = house();
        house.world.simulator.add_fault(Fault::on("Persons_Insert", simulator::Action::status(503)).times(3));
        house
    };
    tell(make, |house| {
        let mut steps = script(house);
        steps.extend(["retry", "sync-users"].map(Step::job));
        steps
    });
}
