//! Trouble at any effect of any operation on keys: the same request again, and all is as if nothing had happened.

use serde_json::{Value, json};

use super::{
    deaths::{Again, differences, everywhere},
    house::{Call, House},
};

/// A call that may be made again as another request.
async fn converges(house: &House, call: Call) {
    everywhere(house, &call, Again::NewRequest, differences).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_linked() {
    let house = House::start().await;
    let body = house.with(&[(0, &[0, 1]), (1, &[1])]);
    converges(&house, Call::of("POST", "users/anna/keys", body)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_gets_exactly_these_keys() {
    let mut house = House::start().await;
    house.programmed(&[(0, &[0]), (1, &[0, 1])]).await;
    // A key that was taken away is not asked for again; that it is away, the job finds.
    house.followed = true;
    let mut body = house.with(&[(1, &[1, 2]), (2, &[0])]);
    body["type"] = json!("key");
    converges(&house, Call::of("PUT", "users/anna/keys", body)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_get_exactly_these_rights() {
    let house = House::start().await;
    house.programmed(&[(0, &[0, 1]), (1, &[0])]).await;
    let body = house.with(&[(0, &[1, 2]), (1, &[])]);
    converges(&house, Call::of("PUT", "users/anna/access-rights", body)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_order_is_placed() {
    let house = House::start().await;
    can_order(&house, 0, 3);
    let body = house.with(&[(0, &[0])]);
    house.call("POST", "users/anna/keys", body.clone()).await.expect(200);
    can_order(&house, 0, 0);
    converges(&house, Call::of("POST", "users/anna/keys", body)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_taken_away() {
    let house = House::start().await;
    house.programmed(&[(0, &[0, 1])]).await;
    let path = format!("users/anna/keys/{}", house.keys[0]);
    converges(&house, Call::of("DELETE", path, Value::Null)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_key_is_taken_away() {
    let house = House::start().await;
    let phone = house.phone().await;
    converges(&house, Call::of("DELETE", format!("users/anna/keys/{phone}"), Value::Null)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_key_that_was_never_ordered_is_deleted() {
    let house = House::start().await;
    let person = house.get("users/anna").await["iloq"]["personId"].clone();
    let phone = house.spare("Phone", 6, &person);
    converges(&house, Call::of("DELETE", format!("users/anna/keys/{phone}"), Value::Null)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_replaced() {
    let house = House::start().await;
    house.programmed(&[(0, &[0, 1])]).await;
    let body = json!({ "newKeyId": house.keys[1], "blockOld": true });
    converges(&house, Call::of("POST", format!("keys/{}/replace", house.keys[0]), body)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_key_is_sent() {
    let house = House::start().await;
    let call = Call::of("POST", "users/anna/mobile-keys", json!({ "accessRightIds": house.rights[..2] }));
    everywhere(&house, &call, Again::SameRequest, differences).await;
    assert_eq!(house.iloq.simulator.messages(None).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_key_is_sent_again() {
    let house = House::start().await;
    let phone = house.sent().await;
    let body = json!({ "phone": "+358409998888" });
    let call = Call::of("POST", format!("mobile-keys/{phone}/resend"), body);
    everywhere(&house, &call, Again::SameRequest, sent_at_most_once).await;
}

/// Whether a message went can't be read back: then it is not sent by itself, and the rest is as it would be.
fn sent_at_most_once(expected: &(Value, Value), after: &(Value, Value)) -> Vec<String> {
    let messages = |side: &Value| {
        let system = side.as_object().unwrap().values().next().unwrap();
        system["messages"].as_array().unwrap().len()
    };
    let told = |side: &Value| side["lists"][1]["items"][0]["invitation"]["count"].as_u64().unwrap();
    let (went, all) = (messages(&after.1), messages(&expected.1));
    let mut wrong = Vec::new();
    if went != all && went + 1 != all {
        wrong.push(format!("{went} messages went"));
    }
    if told(&after.0) > u64::try_from(went).unwrap() {
        wrong.push(format!("{} messages are told", told(&after.0)));
    }
    if told(&after.0) == told(&expected.0) {
        wrong.extend(differences(expected, after));
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_set() {
    let house = House::start().await;
    house.programmed(&[(0, &[0, 1])]).await;
    let body = json!({
        "startsLocal": "2027-01-01T08:00:00", "endsLocal": "2027-06-30T18:00:00", "timeProfileIds": [house.profiles[0]],
        "expectedReturn": "2027-07-01",
    });
    converges(&house, Call::of("PUT", format!("keys/{}/limits", house.keys[0]), body)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_is_blocked() {
    let house = House::start().await;
    house.programmed(&[(0, &[0, 1]), (1, &[])]).await;
    house.phone().await;
    converges(&house, Call::of("POST", "users/anna/block", json!({ "reason": "leaver" }))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loser_of_keys_is_blocked() {
    let house = House::start().await;
    house.programmed(&[(0, &[0, 1]), (1, &[])]).await;
    house.phone().await;
    converges(&house, Call::of("POST", "users/anna/block", json!({ "reason": "lost" }))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaver_comes_back() {
    let house = House::start().await;
    house.programmed(&[(0, &[0, 1]), (1, &[0])]).await;
    house.call("POST", "users/anna/block", json!({ "reason": "leaver" })).await.expect(200);
    converges(&house, Call::of("POST", "users/anna/unblock", json!({ "restore": true }))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_keys_are_found() {
    let house = House::start().await;
    house.programmed(&[(0, &[0, 1]), (1, &[0])]).await;
    house.call("POST", "users/anna/block", json!({ "reason": "lost" })).await.expect(200);
    converges(&house, Call::of("POST", "users/anna/unblock", json!({ "restore": true }))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_goes_on_the_block_list_and_comes_off() {
    let house = House::start().await;
    house.programmed(&[(0, &[0])]).await;
    let path = format!("block-list/{}", house.keys[0]);
    converges(&house, Call::of("PUT", &path, json!({}))).await;
    house.call("PUT", &path, json!({})).await.expect(200);
    converges(&house, Call::of("DELETE", &path, Value::Null)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_job_follows_keys() {
    let house = House::start().await;
    house.programmed(&[(0, &[0, 1])]).await;
    house.phone().await;
    house.call("POST", "users/anna/keys", house.with(&[(1, &[0])])).await.expect(200);
    converges(&house, Call::job("refresh-keys")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_job_tries_again() {
    let house = House::start().await;
    house.programmed(&[(1, &[0])]).await;
    for key in [0, 1] {
        can_order(&house, key, 3);
    }
    house.call("POST", "users/anna/keys", house.with(&[(0, &[0])])).await.expect(200);
    house.call("DELETE", &format!("users/anna/keys/{}", house.keys[1]), Value::Null).await.expect(200);
    for key in [0, 1] {
        can_order(&house, key, 0);
    }
    assert_eq!(house.get("retries").await["items"].as_array().unwrap().len(), 2);
    house.later(70);
    converges(&house, Call::job("retry")).await;
    assert_eq!(house.get("retries").await["items"], json!([]));
}

/// What `CanOrder` answers for a key; 0: what it computes.
fn can_order(house: &House, key: usize, code: i32) {
    let change = json!({ "CanOrder": code }).as_object().unwrap().clone();
    house.iloq.simulator.patch(None, "keys", house.id(key), change).unwrap();
}
