//! The whole runner is killed in the middle of work on keys and started again on the same store.

use serde_json::{Value, json};

use super::{
    deaths::differences,
    house::{Call, House, Moment, seen, settled},
};
use crate::support::{Iloq, Process, Setup, State};

/// Where it dies: each kind of effect, somewhere in the middle of the call.
const DEATHS: [&str; 6] = [
    "6:before:store-read",
    "7:after:store-read",
    "3:before:store-write",
    "4:after:store-write",
    "4:before:outbound",
    "5:after:outbound",
];

/// A house without a runner.
struct Asleep {
    iloq: Iloq,
    state: State,
    start: Moment,
    setup: Setup,
}

impl Asleep {
    async fn of(house: House) -> Self {
        let start = house.save();
        let state = house.app.stop().await;
        Self { iloq: house.iloq, state, start, setup: Setup::new() }
    }

    async fn runner(&self, die_at: Option<&str>) -> Process {
        Process::start(&self.setup, &self.state, die_at).await
    }
}

/// Kills the runner during `call` in each way; after a new start the same request ends as it would have.
async fn killed_during(house: House, call: Call) {
    let asleep = Asleep::of(house).await;
    let process = asleep.runner(None).await;
    assert!(settled(&call.make(&process.portal, "act").await.unwrap()));
    let expected = seen(&process.portal, &asleep.iloq).await;
    process.kill().await;
    for death in DEATHS {
        asleep.start.restore(&asleep.iloq, &asleep.state);
        let process = asleep.runner(Some(death)).await;
        let answer = call.make(&process.portal, "act").await;
        assert!(answer.is_err(), "{death} was not reached: {answer:?}");
        process.died().await;
        let process = asleep.runner(None).await;
        let answer = call.make(&process.portal, "act").await.unwrap();
        assert!(settled(&answer), "{death}: {}", answer.text);
        let after = seen(&process.portal, &asleep.iloq).await;
        assert_eq!(differences(&expected, &after), [""; 0], "{death}");
        process.kill().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_keys_are_linked() {
    let house = House::start().await;
    let body = house.with(&[(0, &[0, 1]), (1, &[1])]);
    killed_during(house, Call::of("POST", "users/anna/keys", body)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_rights_are_changed() {
    let house = House::start().await;
    house.programmed(&[(0, &[0, 1]), (1, &[0])]).await;
    let body = house.with(&[(0, &[1, 2]), (1, &[])]);
    killed_during(house, Call::of("PUT", "users/anna/access-rights", body)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_phone_key_is_sent() {
    let house = House::start().await;
    let body = json!({ "accessRightIds": house.rights[..2] });
    killed_during(house, Call::of("POST", "users/anna/mobile-keys", body)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_key_is_taken_away() {
    let house = House::start().await;
    house.programmed(&[(0, &[0, 1])]).await;
    let path = format!("users/anna/keys/{}", house.keys[0]);
    killed_during(house, Call::of("DELETE", path, Value::Null)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_user_is_blocked() {
    let house = House::start().await;
    house.programmed(&[(0, &[0, 1]), (1, &[0])]).await;
    killed_during(house, Call::of("POST", "users/anna/block", json!({ "reason": "leaver" }))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_block_is_lifted() {
    let house = House::start().await;
    house.programmed(&[(0, &[0, 1]), (1, &[0])]).await;
    house.call("POST", "users/anna/block", json!({ "reason": "leaver" })).await.expect(200);
    killed_during(house, Call::of("POST", "users/anna/unblock", json!({ "restore": true }))).await;
}
