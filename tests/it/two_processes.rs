//! Two runners as processes of their own, on one Redis: they serve one system at once, and nothing is lost or doubled.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use redis_server::RedisServer;
use serde_json::{Value, json};
use simulator::NewKey;

use crate::support::{Iloq, Portal, Process, Setup, State, users};

const HOUSE: &str = "/v1/systems/house";
const USERS: usize = 24;

/// Two processes, and what they share.
struct Pair {
    one: Process,
    two: Process,
    iloq: Iloq,
    _redis: RedisServer,
    _folders: [State; 2],
}

impl Pair {
    async fn start(persons: usize) -> Self {
        let redis = RedisServer::start();
        let setup = Setup::new().on_redis(&redis);
        let folders = [setup.state(), setup.state()];
        let (one, two) = tokio::join!(
            Process::start(&setup, &folders[0], None),
            Process::start(&setup, &folders[1], None)
        );
        let iloq = Iloq::with_persons(persons).await;
        iloq.set_up(&one.portal, "house").await;
        Self { one, two, iloq, _redis: redis, _folders: folders }
    }

    /// The one for even numbers, the other for odd ones.
    fn of(&self, n: usize) -> &Portal {
        if n.is_multiple_of(2) { &self.one.portal } else { &self.two.portal }
    }

    async fn save(&self, n: usize) {
        let body = json!({ "firstName": format!("User {n}"), "lastName": "Redis" });
        let answer = self.of(n).put(&format!("{HOUSE}/users/u{n:02}"), body).await;
        assert!(matches!(answer.status, 200..=202), "u{n:02}: {}", answer.text);
    }

    async fn sync(&self, portal: &Portal) {
        let answer = portal.post(&format!("{HOUSE}/users/sync"), json!({})).await;
        assert!(answer.status == 200 || answer.code() == "in-progress", "{}", answer.text);
    }

    /// What waits is tried until nothing does.
    async fn settle(&self) {
        let mut told = Vec::new();
        for _ in 0..5 {
            self.sync(&self.one.portal).await;
            let waiting = self.two.portal.get(&format!("{HOUSE}/retries")).await.expect(200);
            let waiting = waiting["items"].as_array().unwrap().clone();
            if waiting.is_empty() {
                return;
            }
            told.clear();
            for retry in waiting {
                let path = format!("{HOUSE}/retries/{}", retry["id"].as_str().unwrap());
                let answer = self.two.portal.post(&path, json!({})).await;
                told.push(format!("{retry} was answered: {}", answer.text));
            }
        }
        panic!("something waits for ever: {told:#?}");
    }

    /// The keys by id, as both show them. When a key was last seen is not compared: for one that nobody has a record
    /// of, that is the time of the answer.
    async fn keys(&self) -> BTreeMap<String, Value> {
        let list = async |portal: &Portal| -> BTreeMap<String, Value> {
            let page = portal.get(&format!("{HOUSE}/keys?limit=1000")).await.expect(200);
            let mut keys = BTreeMap::new();
            for mut key in page["items"].as_array().unwrap().clone() {
                key.as_object_mut().unwrap().remove("updatedAt");
                keys.insert(key["id"].as_str().unwrap().to_owned(), key);
            }
            keys
        };
        let (one, two) = (list(&self.one.portal).await, list(&self.two.portal).await);
        assert_eq!(one, two, "both show the same");
        one
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_saved_and_synced_through_both_at_once() {
    let pair = Pair::start(20).await;
    let syncs = async |portal: &Portal| {
        for _ in 0..3 {
            pair.sync(portal).await;
        }
    };
    tokio::join!(
        syncs(&pair.one.portal),
        syncs(&pair.two.portal),
        // Each user through both: the last one stands, and there is one person.
        join_all((0..USERS).map(async |n| {
            let other = async {
                let body = json!({ "firstName": format!("User {n}"), "lastName": "Redis" });
                pair.of(n + 1).put(&format!("{HOUSE}/users/u{n:02}"), body).await
            };
            let ((), answer) = tokio::join!(pair.save(n), other);
            assert!(matches!(answer.status, 200..=202), "u{n:02}: {}", answer.text);
        })),
    );
    pair.settle().await;
    let (all, seen) = (users(&pair.one.portal, "house").await, users(&pair.two.portal, "house").await);
    assert_eq!(all, seen, "both show the same");
    let ids: BTreeSet<String> = all.iter().map(|user| user["id"].to_string()).collect();
    assert_eq!((all.len(), ids.len()), (20 + USERS, 20 + USERS));
    assert!(all.iter().all(|user| user["iloq"]["state"] == "linked"), "{all:#?}");
    let persons = pair.iloq.persons();
    assert_eq!(persons.len(), 20 + USERS, "nobody twice");
    let trail = audit(&pair.two.portal).await;
    for n in 0..USERS {
        let noted = trail.iter().filter(|e| e["target"] == format!("user:u{n:02}").as_str()).count();
        assert!(noted >= 2, "u{n:02} was saved twice, and is {noted} times in the trail");
    }
}

async fn audit(portal: &Portal) -> Vec<Value> {
    let page = portal.get(&format!("{HOUSE}/audit?limit=1000")).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_linked_through_both_at_once() {
    let pair = Pair::start(0).await;
    let mut keys = Vec::new();
    for n in 0..2 * USERS {
        let record =
            json!({ "Description": format!("Spare {n}"), "KeyTypeMask": 264, "Stamp": format!("{n}") });
        let key: NewKey = serde_json::from_value(json!({ "record": record })).unwrap();
        keys.push(pair.iloq.simulator.add_key(None, key).unwrap());
    }
    pair.one.portal.post(&format!("{HOUSE}/structure/sync"), json!({})).await.expect(200);
    let rights = pair.one.portal.get(&format!("{HOUSE}/access-rights")).await.expect(200);
    let rights: Vec<String> =
        rights["items"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect();
    for n in 0..USERS {
        pair.save(n).await;
    }
    let link = async |portal: &Portal, user: usize, key: usize, right: usize| {
        let body = json!({ "keys": [{ "keyId": keys[key], "accessRightIds": [rights[right]] }] });
        portal.post(&format!("{HOUSE}/users/u{user:02}/keys"), body).await
    };
    // A key of one's own each; and one key in two that the next user wants too, through the other process.
    let answers = join_all((0..USERS).map(async |n| {
        let second = USERS + n / 2;
        tokio::join!(link(pair.of(n), n, n, n % 3), link(pair.of(n), n, second, n % 2))
    }))
    .await;
    pair.settle().await;
    let shown = pair.keys().await;
    let snapshot = pair.iloq.simulator.snapshot();
    let planned = &snapshot.as_object().unwrap().values().next().unwrap()["keys"];
    let mut winners = BTreeMap::new();
    for (n, (own, shared)) in answers.iter().enumerate() {
        assert_eq!(own.status, 200, "u{n:02}: {}", own.text);
        assert_eq!(shown[&keys[n].to_string()]["userId"], format!("u{n:02}").as_str());
        let key = &shown[&keys[USERS + n / 2].to_string()];
        let item = &shared.body["items"][0];
        if key["userId"] == format!("u{n:02}").as_str() {
            assert!(winners.insert(n / 2, n).is_none(), "two users have one key");
            assert_eq!(item["outcome"], "ordered", "{item:#}");
            assert_eq!(key["accessRights"]["wanted"], json!([rights[n % 2]]), "{key:#}");
            assert_eq!(
                planned[key["id"].as_str().unwrap()]["plan"]["rights"],
                json!([rights[n % 2]]),
                "in iLOQ"
            );
        } else {
            assert_eq!(item["problem"]["code"], "key-attached-to-another-user", "{item:#}");
        }
    }
    assert_eq!(winners.len(), USERS / 2, "each shared key is somebody's");
    // The jobs follow all of them: none has fallen off the index.
    let held = USERS + USERS / 2;
    for key in &keys[..held] {
        pair.iloq.simulator.program(None, *key).unwrap();
    }
    let tick = pair.one.portal.post("/v1/jobs/refresh-keys", json!({})).await.expect(200);
    assert_eq!(tick["systems"][0]["counts"]["changed"], held, "{tick:#}");
    let shown = pair.keys().await;
    for key in &keys[..held] {
        let key = &shown[&key.to_string()];
        assert_eq!(key["status"], "programmed", "{key:#}");
        assert_eq!(key["accessRights"]["programmed"], key["accessRights"]["wanted"], "{key:#}");
    }
}
