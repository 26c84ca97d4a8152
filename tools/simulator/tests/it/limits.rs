//! Time profiles and time limits on keys.

use serde_json::{Value, json};

use crate::client::Client;

const HOURS: i64 = 3_600_000;

fn profile(client: &Client, name: &str) -> String {
    client.find("TimeLimitTitles", "Name", &json!(name), "TimeLimitTitle_ID")
}

fn slot(title: &str, days: i64, start: i64, end: i64) -> Value {
    json!({ "SlotNo": 2, "TimeLimitTitle_ID": title,
        "TimeLimitData": [{ "WeekDayMask": days, "StartTimeMS": start, "EndTimeMS": end }] })
}

fn can_add(client: &Client, key: &str, slot: &Value) -> Value {
    let path = format!("Keys/{key}/TimeLimitTitles/CanAdd");
    let asked = client.ok("POST", &path, json!({ "TimeLimitSlot": slot }));
    assert_eq!(client.ok("GET", &path, json!({ "TimeLimitSlot": slot })), asked, "the old form agrees");
    asked
}

#[test]
fn can_add_tells_what_is_wrong() {
    let client = Client::new();
    let key = client.key(1, 264);
    let (fixed, editable) = (profile(&client, "Office hours"), profile(&client, "Evenings"));
    let half_past_four = 16 * HOURS + HOURS / 2;
    let cases = [
        (slot(&fixed, 31, 8 * HOURS, half_past_four), 0),
        (slot(&editable, 1, 0, 24 * HOURS), 0),
        (slot(&editable, 1, 1, HOURS), 7),
        (json!({ "SlotNo": 2, "TimeLimitData": [] }), 9),
        (json!({ "SlotNo": 2, "TimeLimitTitle_ID": editable }), 10),
        (slot(&fixed, 31, 8 * HOURS, 16 * HOURS), 11),
        (slot(&editable, 1, 2 * HOURS, HOURS), 13),
        (slot(&editable, 0, 0, HOURS), 14),
        (slot(&Client::guid(9), 1, 0, HOURS), 14),
        (json!({ "SlotNo": 0, "LimitDateLg": "2026-01-01T00:00:00" }), 14),
        (json!({ "SlotNo": 3 }), 14),
    ];
    for (slot, code) in cases {
        assert_eq!(can_add(&client, &key, &slot), code, "{slot}");
        let status = client
            .call("POST", &format!("Keys/{key}/TimeLimitTitles"), json!({ "TimeLimitSlot": slot }))
            .status;
        assert_eq!(status, if code == 0 { 204 } else { 400 }, "{slot}");
    }
    let phone = client.key(2, 6);
    let date_with_profile =
        json!({ "SlotNo": 0, "TimeLimitTitle_ID": editable, "LimitDateLg": "2026-01-01T00:00:00" });
    assert_eq!(can_add(&client, &phone, &date_with_profile), 8, "S50 keys have dates only in slots 0 and 1");
    client.simulator.block(None, phone.parse().unwrap(), true).unwrap();
    assert_eq!(can_add(&client, &phone, &slot(&editable, 1, 0, HOURS)), 15);
}

#[test]
fn the_places_on_a_key_are_counted() {
    let client = Client::new();
    let key = client.key(1, 264);
    let rows: Vec<_> = (0..10)
        .map(|hour| json!({ "WeekDayMask": 1, "StartTimeMS": hour * HOURS, "EndTimeMS": (hour + 1) * HOURS }))
        .collect();
    let full =
        json!({ "SlotNo": 2, "TimeLimitTitle_ID": profile(&client, "Evenings"), "TimeLimitData": rows });
    let dated = {
        let mut dated = full.clone();
        dated["TimeLimitTitleEndDateLg"] = json!("2026-05-31T23:45:00");
        dated
    };
    assert_eq!((can_add(&client, &key, &full), can_add(&client, &key, &dated)), (json!(0), json!(12)));
    client.ok("PUT", &format!("Keys/{key}/SecurityAccesses"), json!({ "TimeLimitSlots": [dated] }));
    assert_eq!(client.get(&format!("Keys/{key}/CanOrder")), 11);
}

#[test]
fn limits_are_read_changed_and_taken_off() {
    let client = Client::new();
    let key = client.key(1, 264);
    let title = profile(&client, "Evenings");
    let path = format!("Keys/{key}/TimeLimitTitles");
    client.ok("POST", &path, json!({ "TimeLimitSlot": slot(&title, 1, 8 * HOURS, 9 * HOURS) }));
    client.refused(400, "POST", &path, json!({ "TimeLimitSlot": slot(&title, 2, 8 * HOURS, 9 * HOURS) }));
    let one = client.get(&format!("{path}/{title}"));
    assert_eq!(one["TimeLimitData"][0]["StartTime"], "08:00:00");
    assert_eq!(client.get(&format!("{path}?mode=1"))["KeyTimeLimitSlots"], json!([one]));
    client.ok(
        "PUT",
        &format!("{path}/{title}"),
        json!({ "TimeLimitSlot": slot(&title, 4, HOURS, 2 * HOURS) }),
    );
    assert_eq!(client.get(&format!("{path}/{title}"))["TimeLimitData"][0]["WeekDayMask"], 4);
    client.ok("DELETE", &format!("{path}/{title}"), Value::Null);
    client.refused(404, "GET", &format!("{path}/{title}"), Value::Null);
    client.refused(404, "DELETE", &format!("{path}/{title}"), Value::Null);
}

#[test]
fn a_limit_read_back_can_be_sent_again() {
    let client = Client::new();
    let key = client.key(1, 264);
    let title = profile(&client, "Office hours");
    let body = json!({ "TimeLimitSlots": [
        { "SlotNo": 0, "LimitDateLg": "2026-03-01T08:00:00" },
        { "SlotNo": 1, "LimitDateLg": "2026-06-30T18:00:00" },
        slot(&title, 31, 8 * HOURS, 16 * HOURS + HOURS / 2),
    ], "OfflineExpirationSeconds": 3600 });
    let put = format!("Keys/{key}/SecurityAccesses");
    client.ok("PUT", &put, body);
    let read = client.get(&format!("Keys/{key}/TimeLimitTitles?mode=1"));
    assert_eq!(read["OfflineExpirationSeconds"], 3600);
    client.ok(
        "PUT",
        &put,
        json!({ "TimeLimitSlots": read["KeyTimeLimitSlots"], "OfflineExpirationSeconds": 3600 }),
    );
    assert_eq!(client.get(&format!("Keys/{key}/TimeLimitTitles?mode=1")), read);
}

#[test]
fn the_bulk_call_checks_dates_scheduler_and_offline_time() {
    let client = Client::new();
    let key = client.key(1, 264);
    let put = format!("Keys/{key}/SecurityAccesses");
    let date = |slot: i64, date: &str| json!({ "SlotNo": slot, "LimitDateLg": date });
    let cases = [
        json!({ "TimeLimitSlots": [date(0, "2026-06-30T18:00:00"), date(1, "2026-06-30T18:00:00")] }),
        json!({ "TimeLimitSlots": [date(1, "2026-06-30T18:00:00"), date(1, "2026-07-30T18:00:00")] }),
        json!({ "TimeLimitSlots": [date(1, "2026-06-30T18:00:00Z")] }),
        json!({ "TimeLimitSlots": [{ "SlotNo": 1 }] }),
        json!({ "KeyScheduler": { "RenewGapType": 1, "RenewGapCount": 1, "RenewMinute": 70 } }),
        json!({ "TimeLimitSlots": [date(1, "2026-06-30T18:00:00")], "KeyScheduler": { "RenewGapType": 1, "RenewMinute": 69 } }),
        json!({ "OfflineExpirationSeconds": 16_761_541 }),
        json!({ "OfflineExpirationSeconds": null }),
    ];
    for body in cases {
        client.refused(400, "PUT", &put, body);
    }
    client.ok("PUT", &put, json!({ "OfflineExpirationSeconds": 16_761_540 }));
    let phone = client.key(2, 6);
    client.refused(
        400,
        "PUT",
        &format!("Keys/{phone}/SecurityAccesses"),
        json!({ "OfflineExpirationSeconds": 8_726_341 }),
    );
}

#[test]
fn profiles_have_rows_and_are_deleted_when_unused() {
    let client = Client::new();
    let id = Client::guid(1);
    let zone = client.find("Zones", "Type", &json!(2), "Zone_ID");
    let title = json!({ "TimeLimitTitle_ID": id, "Name": "Nights", "OptionMask": 2, "Zone_ID": zone });
    let row = json!({ "TimeLimitData_ID": Client::guid(2), "TimeLimitTitle_ID": id, "WeekDayMask": 64, "StartTime": "8:00", "EndTime": "PT9H" });
    client.ok("POST", "TimeLimitTitles", json!({ "TimeLimitTitle": title, "TimeLimitData": [row] }));
    let rows = client.get(&format!("TimeLimitTitles/{id}/TimeLimitData"));
    assert_eq!((&rows[0]["StartTime"], &rows[0]["EndTime"]), (&json!("08:00:00"), &json!("09:00:00")));
    client.refused(400, "POST", "TimeLimitTitles", json!({ "TimeLimitTitle": title, "TimeLimitData": [] }));
    let eleven = vec![row; 11];
    client.refused(
        400,
        "PUT",
        "TimeLimitTitles",
        json!({ "TimeLimitTitle": title, "TimeLimitData": eleven }),
    );
    let key = client.key(3, 264);
    client.ok(
        "POST",
        &format!("Keys/{key}/TimeLimitTitles"),
        json!({ "TimeLimitSlot": slot(&id, 64, 8 * HOURS, 9 * HOURS) }),
    );
    assert_eq!(client.get(&format!("TimeLimitTitles/{id}/CanDelete")), 1);
    client.refused(400, "DELETE", &format!("TimeLimitTitles/{id}"), Value::Null);
    client.ok("DELETE", &format!("Keys/{key}/TimeLimitTitles/{id}"), Value::Null);
    client.ok("DELETE", &format!("TimeLimitTitles/{id}"), Value::Null);
    client.refused(404, "GET", &format!("TimeLimitTitles/{id}"), Value::Null);
}
