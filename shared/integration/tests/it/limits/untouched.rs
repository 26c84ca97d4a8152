//! Whatever is on a key: a call changes what it names, and nothing else, also in between.
//!
//! Random keys with what this version knows and what it does not: rights and profiles outside the API user's zones,
//! unknown types, bits, codes and members.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

use serde_json::{Map, Value, json};
use simulator::{Action, Fault, Limits, UserChange, Uuid};

use super::row;
use crate::support::House;

const HOUR: i64 = 3_600_000;
const UNKNOWN_BIT: i64 = 1 << 20;

/// The same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn some<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        of.iter().filter(|_| self.one_in(2)).cloned().collect()
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// A member that only a newer iLOQ knows.
    fn future(&mut self) -> Value {
        self.pick(&[json!(null), json!("x"), json!([1.5, { "deep": null }]), json!({ "a": { "b": [true] } })])
    }
}

struct Stage {
    house: House,
    key: String,
    /// API rights that may be given.
    api: Vec<String>,
    /// Rights that the API user sees and that are API rights, given or not.
    api_on_keys: BTreeSet<String>,
    /// The fixed and the editable profile.
    profiles: Vec<String>,
}

fn add(house: &House, table: &str, record: Value) -> String {
    let record = serde_json::from_value(record).unwrap();
    house.world.simulator.add(None, table, record).unwrap().to_string()
}

fn patch(house: &House, table: &str, id: &str, change: Value) {
    let change = serde_json::from_value(change).unwrap();
    house.world.simulator.patch(None, table, id.parse().unwrap(), change).unwrap();
}

fn find(house: &House, table: &str, member: &str, value: &str) -> String {
    let snapshot = house.world.simulator.snapshot();
    let system = snapshot.as_object().unwrap().values().next().unwrap();
    let rows = system[table].as_object().unwrap().iter();
    let mut found = rows.filter(|(_, row)| row[member] == value || row["record"][member] == value);
    found.next().unwrap().0.clone()
}

impl Stage {
    fn new(dice: &mut Dice) -> Self {
        let mut house = House::new();
        let simulator = house.world.simulator.clone();
        simulator.set_limits(None, Limits { key_memory: 23, ..simulator.limits(None).unwrap() }).unwrap();
        let (north, default) =
            (find(&house, "zones", "Name", "North wing"), find(&house, "zones", "Name", "Default zone"));
        let root = Uuid::nil();
        let right = |name: &str, kind: i64, status: i64, zone: &str| json!({ "Name": name, "Type": kind, "Status": status, "Zone_ID": zone, "RealEstate_ID": root });
        let odd = add(&house, "rights", right("Odd", 9, 0, &default));
        let inactive = add(&house, "rights", right("Inactive", 3, 7, &default));
        let hidden = add(&house, "rights", right("Hidden", 3, 0, &north));
        let standard = add(&house, "rights", right("Standard", 1, 0, &default));
        let profiles =
            vec![find(&house, "titles", "Name", "Office hours"), find(&house, "titles", "Name", "Evenings")];
        let far =
            json!({ "Name": "Far", "OptionMask": 10 | UNKNOWN_BIT, "Zone_ID": north, "RealEstate_ID": root });
        let far = add(&house, "profiles", far);
        for (profile, mask) in profiles.iter().zip([2, 10]) {
            patch(
                &house,
                "profiles",
                profile,
                json!({ "OptionMask": mask | UNKNOWN_BIT, "FutureMember": [1] }),
            );
        }
        // From here on requests may have the member, too.
        patch(&house, "keys", &house.keys[1], json!({ "FutureMember": 1 }));

        let seen: Vec<String> =
            house.rights.iter().filter(|right| find_zone(&house, right) != north).cloned().collect();
        let mut rights = dice.some(&seen);
        rights.extend(dice.some(&[hidden, standard, inactive.clone()]));
        // iLOQ may not take a right of a type that is not documented back: then nothing may change.
        rights.extend(dice.one_in(5).then_some(odd));
        let mut record = json!({
            "Description": "Any", "InfoText": "text", "KeyTypeMask": 264 | (UNKNOWN_BIT * i64::from(dice.one_in(2))),
            "Stamp": "77", "FutureMember": dice.future(),
        });
        if dice.one_in(2) {
            record["Person_ID"] = house.person("anna");
        }
        let slots = slots(dice, &profiles, &far);
        let ends = slots.iter().any(|slot| slot["SlotNo"] == 1);
        let scheduler = json!({
            "RenewEndDate": "2028-01-01T00:00:00", "RenewGapType": dice.pick(&[1, 7]), "RenewGapCount": 3,
            "RenewMinute": 70, "FutureMember": dice.future(),
        });
        let key = house.add(json!({
            "record": record, "rights": rights, "slots": slots, "programmed": true,
            "offline_seconds": dice.pick(&[0, 3600]),
            "scheduler": if ends && dice.one_in(2) { scheduler } else { Value::Null },
        }));
        let key = house.keys[key].clone();
        let zones: BTreeSet<Uuid> =
            simulator.ids(None, "zones").into_iter().filter(|zone| zone.to_string() != north).collect();
        simulator.change_user("api", UserChange { zones: Some(zones), ..UserChange::default() }).unwrap();
        simulator.expire_sessions();
        let api_on_keys = seen.iter().cloned().chain([inactive]).collect();
        Self { house, key, api: seen, api_on_keys, profiles }
    }
}

fn find_zone(house: &House, right: &str) -> String {
    let snapshot = house.world.simulator.snapshot();
    let system = snapshot.as_object().unwrap().values().next().unwrap();
    system["rights"][right]["Zone_ID"].as_str().unwrap().to_owned()
}

fn slots(dice: &mut Dice, profiles: &[String], far: &str) -> Vec<Value> {
    let rows = |dice: &mut Dice| {
        let row = |n: usize| {
            let from = i64::try_from(n).unwrap() * HOUR;
            json!({ "WeekDayMask": 1 << (n % 7), "StartTimeMS": from, "EndTimeMS": from + HOUR / 4, "FutureMember": n })
        };
        (0..=dice.below(3)).map(row).collect::<Vec<_>>()
    };
    let (near, distant) = (rows(dice), rows(dice));
    let all = [
        json!({ "SlotNo": 0, "LimitDateLg": "2026-12-01T08:00:00" }),
        json!({ "SlotNo": 1, "LimitDateLg": "2027-06-30T18:00:00", "TimeZone_ID": "somewhere" }),
        json!({ "SlotNo": 2, "TimeLimitTitle_ID": profiles[0],
            "TimeLimitData": [{ "WeekDayMask": 31, "StartTimeMS": 8 * HOUR, "EndTimeMS": 16 * HOUR + HOUR / 2 }] }),
        json!({ "SlotNo": 2, "TimeLimitTitle_ID": profiles[1], "TimeLimitData": near,
            "TimeLimitTitleStartDateLg": "2026-12-01T00:00:00" }),
        json!({ "SlotNo": 2, "TimeLimitTitle_ID": far, "TimeLimitData": distant }),
    ];
    let mut some = dice.some(&all);
    for slot in &mut some {
        if dice.one_in(2) {
            slot["FutureMember"] = dice.future();
        }
    }
    some
}

/// A call, and what it names.
#[derive(Debug)]
struct Act {
    method: &'static str,
    path: String,
    body: Option<Value>,
    /// The API rights after it; `None`: they stay.
    rights: Option<BTreeSet<String>>,
    names_holder: bool,
    limits: Map<String, Value>,
}

impl Act {
    fn any(dice: &mut Dice, stage: &Stage) -> Self {
        let rights = dice.some(&stage.api);
        let keys = json!([{ "keyId": stage.key, "accessRightIds": rights }]);
        let users = |rest: &str| stage.house.world.of(&format!("users/anna/{rest}"));
        let act = |method, path, body, rights: Vec<String>| Self {
            method,
            path,
            body,
            rights: Some(rights.into_iter().collect()),
            names_holder: true,
            limits: Map::new(),
        };
        match dice.below(6) {
            0 => act("POST", users("keys"), Some(json!({ "keys": keys })), rights),
            1 => act("PUT", users("keys"), Some(json!({ "type": "key", "keys": keys })), rights),
            2 => act("DELETE", users(&format!("keys/{}", stage.key)), None, Vec::new()),
            3 => Self {
                names_holder: false,
                ..act("PUT", users("access-rights"), Some(json!({ "keys": keys })), rights)
            },
            _ => Self::limits(dice, stage),
        }
    }

    fn limits(dice: &mut Dice, stage: &Stage) -> Self {
        let profiles = dice.some(&stage.profiles);
        let all = [
            ("startsLocal", vec![json!(null), json!("2026-12-02T09:00:00"), json!("2026-12-01T08:00:00")]),
            ("endsLocal", vec![json!(null), json!("2027-07-01T00:00:00")]),
            ("timeProfileIds", vec![json!(profiles), json!(null)]),
            ("offlineExpirySeconds", vec![json!(null), json!(60)]),
            ("expectedReturn", vec![json!(null), json!("2027-08-01")]),
        ];
        let named = dice.some(&all);
        let limits = named
            .into_iter()
            .map(|(name, values)| (name.to_owned(), dice.pick(&values)))
            .collect::<Map<_, _>>();
        Self {
            method: "PUT",
            path: stage.house.world.of(&format!("keys/{}/limits", stage.key)),
            body: Some(Value::Object(limits.clone())),
            rights: None,
            names_holder: false,
            limits,
        }
    }

    /// What of the key the call does not name; `before`: the key before it.
    fn unnamed(&self, stage: &Stage, before: &Value, key: &Value) -> Value {
        let mut key = key.clone();
        let record = key["record"].as_object_mut().unwrap();
        // How far the order has come follows from the order.
        record.retain(|name, value| !value.is_null() && name != "ProgrammingState" && name != "State");
        if self.names_holder {
            record.remove("Person_ID");
        }
        if self.limits.contains_key("expectedReturn") {
            record.remove("ExpireDate");
        }
        if self.rights.is_some() {
            let rights = key["plan"]["rights"].as_array_mut().unwrap();
            rights.retain(|right| !stage.api_on_keys.contains(right.as_str().unwrap()));
        }
        if self.limits.contains_key("offlineExpirySeconds") {
            key["plan"]["offline_seconds"] = Value::Null;
        }
        let slots = key["plan"]["slots"].as_array().unwrap().iter();
        let mut slots: Vec<Value> =
            slots.filter_map(|slot| self.unnamed_of_slot(stage, before, slot)).collect();
        slots.sort_by_key(ToString::to_string);
        key["plan"]["slots"] = json!(slots);
        key.as_object_mut().unwrap().remove("ordered");
        key
    }

    fn unnamed_of_slot(&self, stage: &Stage, before: &Value, slot: &Value) -> Option<Value> {
        let mut slot = slot.as_object().unwrap().clone();
        slot.retain(|name, value| name == "FutureMember" || !value.is_null());
        for row in slot.get_mut("TimeLimitData").and_then(Value::as_array_mut).into_iter().flatten() {
            // iLOQ's own writing of the milliseconds.
            row.as_object_mut().unwrap().retain(|name, _| name != "StartTime" && name != "EndTime");
        }
        let named = |name: &str| self.limits.get(name);
        match slot["SlotNo"].as_i64().unwrap() {
            number @ (0 | 1) => match named(if number == 0 { "startsLocal" } else { "endsLocal" }) {
                Some(Value::Null) => return None,
                Some(_) => {
                    slot.remove("LimitDateLg");
                    if slot.len() == 1 {
                        return None;
                    }
                }
                None => {}
            },
            _ => {
                let title = slot["TimeLimitTitle_ID"].as_str().unwrap();
                let is_seen = stage.profiles.iter().any(|profile| profile == title);
                let had = before["plan"]["slots"].as_array().unwrap().iter();
                let had = had.filter(|slot| slot["TimeLimitTitle_ID"] == title).count() > 0;
                let wanted = match named("timeProfileIds") {
                    None => true,
                    Some(wanted) => wanted.as_array().is_some_and(|ids| ids.iter().any(|id| id == title)),
                };
                if is_seen && !(had && wanted) && named("timeProfileIds").is_some() {
                    return None;
                }
            }
        }
        Some(Value::Object(slot))
    }

    fn carry_out(&self, dice: &mut Dice, stage: &Stage) -> bool {
        let world = &stage.house.world;
        if dice.one_in(4) {
            let operation = dice.pick(&[
                "Keys_Update",
                "Keys_UpdateSecurityAccesses",
                "Keys_InsertSecurityAccess",
                "Keys_DeleteSecurityAccess",
                "Keys_InsertTimeLimitTitle",
                "Keys_DeleteTimeLimit",
                "Keys_OrderKey",
            ]);
            let lost = Fault { after_effect: dice.one_in(2), ..Fault::on(operation, Action::Drop) };
            world.simulator.set_faults(vec![lost.times(1)]);
        }
        let answer = world.call(self.method, &self.path, &[], self.body.clone());
        world.simulator.set_faults(Vec::new());
        let items = answer.body["items"].as_array().cloned().unwrap_or_default();
        assert!(answer.status != 500, "{:#}", answer.body);
        answer.status == 200
            && items.iter().all(|item| item["outcome"] != "failed" && item["outcome"] != "pending")
    }
}

fn rights_of(key: &Value) -> BTreeSet<String> {
    key["plan"]["rights"].as_array().unwrap().iter().map(|right| right.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_call_changes_what_it_names_and_nothing_else() {
    let (mut done, mut refused) = (0, 0);
    for seed in 1..=60_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let stage = Stage::new(&mut dice);
        let seen = Rc::new(RefCell::new(Vec::<Value>::new()));
        let (into, key) = (Rc::clone(&seen), stage.key.clone());
        *stage.house.world.http.watch.borrow_mut() = Some(Box::new(move |simulator| {
            let snapshot = simulator.snapshot();
            into.borrow_mut()
                .push(snapshot.as_object().unwrap().values().next().unwrap()["keys"][&key].clone());
        }));
        for _ in 0..6 {
            let act = Act::any(&mut dice, &stage);
            let before = row(&stage.house, &stage.key);
            seen.borrow_mut().clear();
            let went_well = act.carry_out(&mut dice, &stage);
            let after = row(&stage.house, &stage.key);
            *(if went_well { &mut done } else { &mut refused }) += 1;

            let unnamed = act.unnamed(&stage, &before, &before);
            let old = rights_of(&before);
            let untouched: BTreeSet<_> = old.difference(&stage.api_on_keys).cloned().collect();
            let new: BTreeSet<_> = match &act.rights {
                // From nobody nothing is taken.
                Some(_) if act.method == "DELETE" && before["record"]["Person_ID"].is_null() => old.clone(),
                Some(rights) => untouched.union(rights).cloned().collect(),
                None => old.clone(),
            };
            let common: BTreeSet<_> = old.intersection(&new).cloned().collect();
            let all: BTreeSet<_> = old.union(&new).cloned().collect();
            for moment in seen.borrow().iter().chain([&after]) {
                assert_eq!(act.unnamed(&stage, &before, moment), unnamed, "seed {seed}: {act:#?}");
                let rights = rights_of(moment);
                assert!(
                    rights.is_superset(&common),
                    "seed {seed}: rights were missing for a moment: {act:#?}"
                );
                assert!(rights.is_subset(&all), "seed {seed}: rights that nobody named: {act:#?}");
            }
            if went_well {
                assert_eq!(rights_of(&after), new, "seed {seed}: {act:#?}");
            }
        }
    }
    assert!(done > 150 && refused > 20, "{done} calls went well, {refused} did not");
}
