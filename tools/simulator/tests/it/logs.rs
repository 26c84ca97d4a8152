//! The audit trail.

use serde_json::{Value, json};
use simulator::Opening;

use crate::client::{Client, text};

struct Door {
    client: Client,
    lock: String,
    key: String,
}

impl Door {
    fn new() -> Self {
        let client = Client::new();
        client.simulator.set_clock("2026-05-01T12:00:00Z".parse().unwrap());
        let client = Client::sign_in(client.simulator, "api", "correct horse battery staple");
        let lock = text(&client.get("Locks")[0]["FLock_ID"]);
        let key = client.find("Keys", "KeyTypeMask", &json!(264), "FNKey_ID");
        Self { client, lock, key }
    }

    fn open(&self, at: &str, arrives_at: &str, more: Opening) -> String {
        let key = Some(self.key.parse().unwrap());
        let opening =
            Opening { key, at: Some(at.to_owned()), arrives_at: Some(arrives_at.to_owned()), ..more };
        self.client.simulator.open(None, self.lock.parse().unwrap(), &opening).unwrap().to_string()
    }

    fn ids(&self, path: &str, from: &str, to: &str) -> Vec<String> {
        let answer = self.client.ok("POST", path, json!({ "StartDateUtc": from, "EndDateUtc": to }));
        answer["LockLogs"].as_array().unwrap().iter().map(|row| text(&row["DeviceLog_ID"])).collect()
    }
}

const BY_ARRIVAL: &str = "LockLogs/GetLockLogDataByTimestamp";
const BY_PASSAGE: &str = "LockLogs/GetLockLogDataByGoingDates";

#[test]
fn windows_include_their_start_and_not_their_end() {
    let door = Door::new();
    let row = door.open("2026-05-01T08:00:00Z", "2026-05-01T10:00:00Z", Opening::default());
    for (path, at) in [(BY_PASSAGE, "08"), (BY_ARRIVAL, "10")] {
        let hour = format!("2026-05-01T{at}:00:00Z");
        assert_eq!(door.ids(path, &hour, "2026-05-02T00:00:00Z"), std::slice::from_ref(&row), "{path}");
        assert!(door.ids(path, "2026-04-30T00:00:00Z", &hour).is_empty(), "{path}");
    }
    let all = door.client.ok("POST", BY_ARRIVAL, json!({ "StartDateUtc": null, "EndDateUtc": null }));
    let row = &all["LockLogs"][0];
    assert_eq!((&row["AccessTypeMask"], &row["ErrorCode"]), (&json!(2052), &json!(0)));
    assert_eq!(
        (&row["GoingDate"], &row["TimestampUtc"]),
        (&json!("2026-05-01T08:00:00.000Z"), &json!("2026-05-01T10:00:00.000Z"))
    );
    assert!(row.get("Person_ID").is_none());
}

#[test]
fn a_row_is_not_there_before_it_arrives() {
    let door = Door::new();
    door.open("2026-05-01T08:00:00Z", "2026-05-03T00:00:00Z", Opening::default());
    assert!(door.ids(BY_PASSAGE, "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z").is_empty());
    door.client.simulator.set_clock("2026-05-03T00:00:00Z".parse().unwrap());
    let client = Client::sign_in(door.client.simulator.clone(), "api", "correct horse battery staple");
    let door = Door { client, ..door };
    assert_eq!(door.ids(BY_PASSAGE, "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z").len(), 1);
}

#[test]
fn the_third_call_names_the_holder_of_that_time() {
    let door = Door::new();
    let person = text(&door.client.get(&format!("Keys/{}", door.key))["Person_ID"]);
    let person = door.client.get(&format!("Persons/{person}"));
    let name = format!("{} {}", text(&person["FirstName"]), text(&person["LastName"]));
    door.open(
        "2026-05-01T08:00:00Z",
        "2026-05-01T08:00:00Z",
        Opening { refused: true, ..Opening::default() },
    );
    let mut renamed = person;
    renamed["FirstName"] = json!("Renamed");
    door.client.ok("PUT", "Persons", json!({ "Person": renamed }));
    let answer = door.client.ok("POST", "LockLogs", json!({ "FNKeyIds": [door.key], "TypeMask": 0 }));
    assert_eq!(answer["TotalCount"], 1);
    let row = &answer["LockLogs"][0];
    assert_eq!((&row["FNKey"]["PersonName"], &row["TypeMask"]), (&json!(name), &json!(2049)));
    assert_eq!((&row["FLock"]["FlockId"], &row["FNKey"]["FNKeyId"]), (&json!(door.lock), &json!(door.key)));
    let none = door.client.ok("POST", "LockLogs", json!({ "FLockIds": [door.lock], "TypeMask": 4 }));
    assert_eq!(none["TotalCount"], 0);
    door.client.refused(400, "POST", "LockLogs", json!({ "TypeMask": 0 }));
}

#[test]
fn at_most_2000_rows_come_with_the_real_count() {
    let door = Door::new();
    for _ in 0..2001 {
        door.open("2026-05-01T08:00:00Z", "2026-05-01T08:00:00Z", Opening::default());
    }
    let answer = door.client.ok("POST", "LockLogs", json!({ "FLockIds": [door.lock] }));
    assert_eq!((answer["LockLogs"].as_array().unwrap().len(), &answer["TotalCount"]), (2000, &json!(2001)));
    let answer = door.client.ok("POST", BY_ARRIVAL, json!({}));
    assert_eq!(answer["LockLogs"].as_array().unwrap().len(), 2001, "the other calls have no cap");
}

#[test]
fn a_lock_without_a_clock_says_so() {
    let door = Door::new();
    door.open(
        "2026-05-01T08:00:00Z",
        "2026-05-01T08:00:00Z",
        Opening { no_clock: true, ..Opening::default() },
    );
    let answer = door.client.ok("POST", "LockLogs", json!({ "FLockIds": [door.lock] }));
    let row = &answer["LockLogs"][0];
    assert_eq!(
        (&row["GoingDateUtc"], &row["TypeMask"], &row["FNKey"]["OptionMask"]),
        (&Value::Null, &json!(2052 | 65_536), &json!(1))
    );
}

#[test]
fn rows_can_be_added_as_they_are_wanted_and_by_the_million() {
    let door = Door::new();
    let again = door.client.simulator.add_log_row(
        None,
        &simulator::NewLogRow { at: Some("2026-05-01T08:00:00Z".to_owned()), ..Default::default() },
    );
    let twice = simulator::NewLogRow { id: Some(again.clone().unwrap()), ..Default::default() };
    assert_eq!(door.client.simulator.add_log_row(None, &twice), again);
    let fill = simulator::LogFill {
        count: 1_000_000,
        from: "2026-01-01T00:00:00Z".to_owned(),
        every_ms: 10_000,
        delay_ms: 5_000,
        refused_each: 10,
        undated_each: 0,
    };
    door.client.simulator.fill_log(None, &fill).unwrap();
    let hour = door.ids(BY_ARRIVAL, "2026-02-01T00:00:00Z", "2026-02-01T01:00:00Z");
    assert_eq!(hour.len(), 360);
    let passed = door.ids(BY_PASSAGE, "2026-01-31T23:59:55Z", "2026-02-01T00:59:55Z");
    assert_eq!(passed, hour);
}
