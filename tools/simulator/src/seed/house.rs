//! The house: zones, real estates, access rights, time profiles, network modules, locks.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    ids::Ids,
    structure::{LockPlan, LockRow},
    world::{System, TitleRow},
};

use super::record;

const ZONES: [(&str, i64); 5] = [
    ("Default zone", 2),
    ("Default zone for people", 4),
    ("General zone", 8),
    ("North wing", 1),
    ("South wing", 1),
];
const RIGHTS: [(&str, i64); 7] = [
    ("Main entrance", 3),
    ("Offices", 3),
    ("Meeting rooms", 3),
    ("Storage", 3),
    ("Sauna", 3),
    ("Parking hall", 3),
    ("Master access", 1),
];
const DOORS: [&str; 8] =
    ["Main door", "Office", "Meeting room", "Storage", "Sauna", "Parking hall", "Käytävä itä", "Côté jardin"];

/// Builds the house.
pub(super) fn build(system: &mut System, ids: &mut Ids, locks: usize) {
    let mut zones = Vec::new();
    for (name, kind) in ZONES {
        let id = ids.next();
        let zone = json!({ "Zone_ID": id.to_string(), "Name": name, "Description": "", "Type": kind });
        system.zones.insert(id, record(zone));
        zones.push(id.to_string());
    }
    let places = real_estates(system, ids);
    let root = Uuid::nil().to_string();
    let zone = |index: usize| zones.get(index % zones.len()).cloned().unwrap_or_default();
    let mut rights = Vec::new();
    for (index, (name, kind)) in RIGHTS.into_iter().enumerate() {
        let id = ids.next();
        // Most lie in the default zone, the last ones in a zone of the customer.
        let zone = if index < 5 { zone(0) } else { zone(3) };
        let right = json!({
            "SecurityAccess_ID": id.to_string(), "Name": name, "Description": "", "Type": kind, "Status": 0,
            "RealEstate_ID": root, "Zone_ID": zone,
        });
        system.rights.insert(id, record(right));
        rights.push(id);
    }
    profiles(system, ids, &zone(0));
    let devices = modules(system, ids, &zone(0));
    for number in 0..locks {
        let lock = ids.next();
        let row = lock_row(lock, number, &places, &devices, &zone(0), &rights);
        system.locks.insert(lock, row);
    }
}

/// The root, two buildings, and two floors in each.
fn real_estates(system: &mut System, ids: &mut Ids) -> Vec<String> {
    let mut add = |id: Uuid, name: &str, parent: Option<Uuid>| {
        let parent = parent.map(|parent| parent.to_string());
        let place = json!({ "RealEstate_ID": id.to_string(), "Name": name, "ParentRealEstate_ID": parent });
        system.real_estates.insert(id, record(place));
        id
    };
    add(Uuid::nil(), "Demo House", None);
    let mut places = Vec::new();
    for building in ["Main building", "Annex"] {
        let building = add(ids.next(), building, Some(Uuid::nil()));
        places.push(building.to_string());
        for floor in ["Ground floor", "First floor"] {
            places.push(add(ids.next(), floor, Some(building)).to_string());
        }
    }
    places
}

/// A fixed profile and an editable one.
fn profiles(system: &mut System, ids: &mut Ids, zone: &str) {
    let weeks =
        [("Office hours", 2, 31, "08:00:00", "16:30:00"), ("Evenings", 10, 127, "17:00:00", "22:00:00")];
    for (name, options, days, start, end) in weeks {
        let id = ids.next();
        let title = json!({
            "TimeLimitTitle_ID": id.to_string(), "Name": name, "Description": "", "OptionMask": options,
            "RealEstate_ID": Uuid::nil().to_string(), "Zone_ID": zone, "StartDateLg": null, "EndDateLg": null,
        });
        let row = json!({
            "TimeLimitData_ID": ids.next().to_string(), "TimeLimitTitle_ID": id.to_string(), "WeekDayMask": days,
            "StartTime": start, "EndTime": end,
        });
        system
            .titles
            .insert(id, TitleRow { record: record(title), rows: vec![record(row)], can_delete: None });
    }
}

/// An N500 and an N501, with two devices each and a relay on each device.
fn modules(system: &mut System, ids: &mut Ids, zone: &str) -> Vec<String> {
    let mut devices = Vec::new();
    for (name, kind) in [("Lobby module", 9), ("Garage module", 8)] {
        let module = ids.next();
        let row = json!({
            "FProgKey_ID": module.to_string(), "Description": name, "Type": kind, "State": 1, "StateMask": 5,
            "OnlineMacAddress": format!("00:1B:C5:00:00:{kind:02X}"), "OnlineSoftwareVersion": "3.2.1",
            "Zone_ID": zone, "RealEstate_ID": Uuid::nil().to_string(),
        });
        system.modules.insert(module, record(row));
        for number in 1..=2 {
            let device = ids.next();
            let row = json!({
                "NetworkModuleDevice_ID": device.to_string(), "FProgKey_ID": module.to_string(),
                "Name": format!("{name} {number}"), "SerialNo": format!("{kind}{number:04}"),
                "SoftwareVersion": "1.4", "StateMask": 1, "Type": 1,
            });
            system.devices.insert(device, record(row));
            devices.push(device.to_string());
            let relay = ids.next();
            let row = json!({
                "NetworkModuleDeviceRelay_ID": relay.to_string(), "NetworkModuleDevice_ID": device.to_string(),
                "Name": format!("Relay {number}"), "RelayNo": 1, "InUse": 1,
            });
            system.relays.insert(relay, record(row));
        }
    }
    devices
}

/// Locks: C5, D5, online, in turn; the last ones are an S50 lock and one out of use.
fn lock_row(
    lock: Uuid,
    number: usize,
    places: &[String],
    devices: &[String],
    zone: &str,
    rights: &[Uuid],
) -> LockRow {
    let kind = [3, 5, 4, 3, 5, 2][number % 6];
    let place = places.get(number % places.len().max(1)).cloned();
    // Online locks hang on a network module.
    let device = (kind == 4).then(|| devices.get(number / 6 % devices.len().max(1)).cloned()).flatten();
    let door = DOORS[number % DOORS.len()];
    let row = json!({
        "FLock_ID": lock.to_string(), "LocationCode": format!("D{:03}", number + 1),
        "LockingObject": format!("{door} {}", number / DOORS.len() + 1), "KeyChamber": "A", "LockType": kind,
        "LockState": 3, "PhysicalState": if number % 11 == 10 { 2 } else { 1 }, "SerialNumber": 100_000 + number,
        "Stamp": format!("{}", 1000 + number), "SwVersion": 150, "HwVersion": 2, "DataVersion": 1,
        "RealEstate_Id": place.map_or(Value::Null, Value::from), "Zone_ID": zone, "NetworkModuleDevice_ID": device,
        "MAC": "", "LockCode": "", "Description": "",
    });
    let options = json!({ "S40LoggingOn": true, "S40AcceptSoftGroup": true, "S40FlipFlop": false });
    let own: BTreeSet<Uuid> = rights.get(number % rights.len().max(1)).copied().into_iter().collect();
    let plan = LockPlan { rights: own, titles: BTreeSet::new(), all_titles: true };
    LockRow { record: record(row), options: record(options), programmed: plan.clone(), plan }
}
