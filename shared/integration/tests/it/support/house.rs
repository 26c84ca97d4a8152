//! A house to work on keys in: a linked user, free keys, and API rights.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{NewKey, Seed, Uuid};

use super::{Response, World};

/// The phone key of [`House::with_phone`] among its keys.
pub const PHONE: usize = 4;

/// A world with a linked user `anna`, free keys and the API rights of the house.
pub struct House {
    pub world: World,
    /// Four 5 Series keys that are nobody's; perhaps a phone key of Anna's after them.
    pub keys: Vec<String>,
    /// All API rights, assignable ones.
    pub rights: Vec<String>,
}

impl House {
    pub fn new() -> Self {
        let world = World::set_up(&Seed { persons: 2, keys_per_person: 1, ..Seed::default() });
        world.put(&world.of("users/anna"), json!({ "firstName": "Anna", "lastName": "Åkesson" })).expect(201);
        world.post(&world.of("structure/sync"), json!({})).expect(200);
        let rights = world.get(&world.of("access-rights")).expect(200)["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|right| right["id"].as_str().unwrap().to_owned())
            .collect();
        let mut house = Self { world, keys: Vec::new(), rights };
        for n in 0..4 {
            let name = format!("Spare {n}");
            house.add_key(&json!({ "Description": name, "KeyTypeMask": 264, "Stamp": format!("{n}") }));
        }
        // The default zone is asked for once per system; it is known from here on.
        house.world.simulator.reset_calls();
        house.world.effects.reset(None);
        house
    }

    /// The same, and Anna has a phone key that is programmed.
    pub fn with_phone() -> Self {
        let mut house = Self::new();
        let person = house.person("anna");
        let record = json!({ "Description": "Phone", "KeyTypeMask": 6, "Person_ID": person });
        house.add(json!({ "record": record, "programmed": true, "phone_number": "+358401112222" }));
        house.world.simulator.reset_calls();
        house
    }

    /// A key that is made in Manager; its place among the keys.
    pub fn add_key(&mut self, record: &Value) -> usize {
        self.add(json!({ "record": record }))
    }

    /// The same with all that a new key may have.
    pub fn add(&mut self, key: Value) -> usize {
        let key: NewKey = serde_json::from_value(key).unwrap();
        self.keys.push(self.world.simulator.add_key(None, key).unwrap().to_string());
        self.keys.len() - 1
    }

    pub fn person(&self, user: &str) -> Value {
        self.world.get(&self.world.of(&format!("users/{user}"))).expect(200)["iloq"]["personId"].clone()
    }

    /// One more linked user.
    pub fn add_user(&self, id: &str, first_name: &str) {
        let body = json!({ "firstName": first_name });
        self.world.put(&self.world.of(&format!("users/{id}")), body).expect(201);
    }

    /// The body that says: these keys, each with these rights.
    pub fn link(&self, keys: &[usize], rights: &[usize]) -> Value {
        let rights: Vec<_> = rights.iter().map(|n| &self.rights[*n]).collect();
        let keys: Vec<_> =
            keys.iter().map(|n| json!({ "keyId": self.keys[*n], "accessRightIds": rights })).collect();
        json!({ "keys": keys })
    }

    /// Attaches keys to Anna.
    #[track_caller]
    pub fn attach(&self, keys: &[usize], rights: &[usize]) -> Value {
        self.post("keys", self.link(keys, rights)).expect(200)
    }

    /// Attaches keys to Anna, which are then programmed.
    #[track_caller]
    pub fn give(&self, keys: &[usize], rights: &[usize]) {
        self.attach(keys, rights);
        for key in keys {
            self.program(*key);
        }
    }

    /// A phone key of Anna's with these rights, sent and not answered yet.
    #[track_caller]
    pub fn send(&mut self, rights: &[usize]) -> usize {
        let answer = self.try_send("send", rights).expect(201);
        self.keys.push(answer["id"].as_str().unwrap().to_owned());
        self.keys.len() - 1
    }

    /// Sends Anna a phone key; the same `intent` is the same request.
    pub fn try_send(&self, intent: &str, rights: &[usize]) -> Response {
        let rights: Vec<_> = rights.iter().map(|n| &self.rights[*n]).collect();
        let body = json!({ "phone": "+358405556666", "accessRightIds": rights });
        let path = self.world.of("users/anna/mobile-keys");
        self.world.call("POST", &path, &[("idempotency-key", intent)], Some(body))
    }

    /// All that iLOQ has of a key.
    pub fn row(&self, n: usize) -> Value {
        let snapshot = self.world.simulator.snapshot();
        let mut systems = snapshot.as_object().unwrap().values();
        systems.next().unwrap()["keys"][&self.keys[n]].clone()
    }

    /// The rights that iLOQ has planned for a key, by their place in the house.
    pub fn planned(&self, n: usize) -> Vec<usize> {
        self.places(&self.row(n)["plan"]["rights"])
    }

    /// The rights that iLOQ has last ordered for a key, by their place in the house.
    pub fn ordered(&self, n: usize) -> Vec<usize> {
        self.places(&self.row(n)["ordered"]["rights"])
    }

    fn places(&self, rights: &Value) -> Vec<usize> {
        let has = |n: &usize| rights.as_array().is_some_and(|all| all.contains(&json!(self.rights[*n])));
        (0..self.rights.len()).filter(has).collect()
    }

    pub fn program(&self, n: usize) {
        self.world.simulator.program(None, self.id(n)).unwrap();
    }

    pub fn id(&self, n: usize) -> Uuid {
        self.keys[n].parse().unwrap()
    }

    /// Something below the user `anna`.
    pub fn post(&self, what: &str, body: Value) -> Response {
        self.world.post(&self.world.of(&format!("users/anna/{what}")), body)
    }

    /// Something below the user `anna`.
    pub fn put(&self, what: &str, body: Value) -> Response {
        self.world.put(&self.world.of(&format!("users/anna/{what}")), body)
    }

    /// Takes a key away from Anna.
    pub fn detach(&self, n: usize) -> Response {
        self.world.delete(&self.world.of(&format!("users/anna/keys/{}", self.keys[n])))
    }

    pub fn try_key(&self, n: usize) -> Response {
        self.world.get(&self.world.of(&format!("keys/{}", self.keys[n])))
    }

    #[track_caller]
    pub fn key(&self, n: usize) -> Value {
        self.try_key(n).expect(200)
    }

    pub fn is_gone(&self, n: usize) -> bool {
        let answer = self.try_key(n);
        answer.status == 404 || ["returned", "deleted"].contains(&answer.body["status"].as_str().unwrap())
    }

    /// How many rights the portal wants on a key.
    pub fn wanted(&self, n: usize) -> usize {
        self.key(n)["accessRights"]["wanted"].as_array().unwrap().len()
    }

    pub fn is_blocked(&self) -> bool {
        self.world.get(&self.world.of("users/anna")).expect(200)["blocked"] == true
    }

    /// The item about a key.
    #[track_caller]
    pub fn item<'a>(&self, answer: &'a Value, n: usize) -> &'a Value {
        let items = answer["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["keyId"] == self.keys[n].as_str());
        assert!(item.is_some(), "no item about the key: {answer:#}");
        item.unwrap()
    }

    #[track_caller]
    pub fn outcome<'a>(&self, answer: &'a Value, n: usize) -> &'a str {
        self.item(answer, n)["outcome"].as_str().unwrap()
    }

    /// The outcome of the only item.
    #[track_caller]
    pub fn outcome_of_one<'a>(&self, answer: &'a Value) -> &'a str {
        assert_eq!(answer["items"].as_array().unwrap().len(), 1, "{answer:#}");
        answer["items"][0]["outcome"].as_str().unwrap()
    }

    /// Somebody else gives a key of Anna's exactly these rights and orders that: for this system, it is done in Manager.
    pub fn change_in_manager(&self, n: usize, rights: &[usize]) {
        self.world.put("/v1/systems/manager", super::settings());
        self.world.post("/v1/systems/manager/users/sync", json!({})).expect(200);
        let path = "/v1/systems/manager/users/anna/access-rights";
        self.world.put(path, self.link(&[n], rights)).expect(200);
    }

    /// The keys on the block list.
    pub fn listed(&self) -> Vec<String> {
        let list = self.world.get(&self.world.of("block-list")).expect(200);
        list["items"].as_array().unwrap().iter().map(|i| i["keyId"].as_str().unwrap().to_owned()).collect()
    }

    /// The operations that iLOQ was asked for since the last look.
    pub fn calls(&self) -> Vec<&'static str> {
        let calls = self.world.simulator.calls().iter().map(|c| c.operation).collect();
        self.world.simulator.reset_calls();
        calls
    }

    /// Those of them that change something.
    pub fn writes(&self) -> Vec<&'static str> {
        let reads = ["Get", "Can", "Authentication", "Version"];
        self.calls().into_iter().filter(|o| !reads.iter().any(|read| o.contains(read))).collect()
    }

    pub fn retries(&self) -> Vec<Value> {
        let retries = self.world.get(&self.world.of("retries")).expect(200);
        retries["items"].as_array().unwrap().clone()
    }

    /// An hour and a bit later, when everything that waits is due.
    pub fn retry_job(&self) {
        self.world.advance(Duration::from_secs(4000));
        self.world.post("/v1/jobs/retry", json!({})).expect(200);
    }

    pub fn refresh_job(&self) {
        self.world.post("/v1/jobs/refresh-keys", json!({})).expect(200);
    }

    /// What the portal was told of that type.
    pub fn told(&self, kind: &str) -> Vec<Value> {
        let changes = self.world.get(&self.world.of("changes?limit=1000")).expect(200);
        changes["items"].as_array().unwrap().iter().filter(|c| c["type"] == kind).cloned().collect()
    }

    /// The status of the system.
    pub fn status(&self) -> Value {
        self.world.get("/v1/status").expect(200)["systems"][0].clone()
    }
}
