//! A small house: a user with a phone, free keys, rights; and how it looks from both sides.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicI64, Ordering},
};

use futures::future::join_all;
use serde_json::{Value, json};
use simulator::{NewKey, Saved, Uuid};

use crate::support::{App, Iloq, Portal, Response, Rows, State};

/// How many keys are nobody's at first.
const SPARE: usize = 3;

/// The system `house` with a linked user `anna`, three spare keys, and the ids of its API rights and time profiles.
pub struct House {
    pub app: App,
    pub iloq: Iloq,
    pub keys: Vec<String>,
    pub rights: Vec<String>,
    pub profiles: Vec<String>,
    /// Whether the job that follows keys has been by whenever it is looked at.
    pub followed: bool,
    offset: AtomicI64,
}

/// Both sides at one moment.
pub struct Moment {
    iloq: Saved,
    store: Rows,
}

impl Moment {
    /// Both sides are again as they were. Nothing may be on its way.
    pub fn restore(&self, iloq: &Iloq, state: &State) {
        iloq.simulator.restore(&self.iloq);
        state.restore(&self.store);
    }
}

/// One call of the portal's.
#[derive(Clone)]
pub struct Call {
    pub method: &'static str,
    pub path: String,
    pub body: Value,
}

impl Call {
    /// Below the system.
    pub fn of(method: &'static str, path: impl AsRef<str>, body: Value) -> Self {
        Self { method, path: format!("/v1/systems/house/{}", path.as_ref()), body }
    }

    /// A tick of a job.
    pub fn job(job: &str) -> Self {
        Self { method: "POST", path: format!("/v1/jobs/{job}"), body: json!({}) }
    }

    /// Whether it is a tick of a job.
    pub fn is_job(&self) -> bool {
        self.path.starts_with("/v1/jobs/")
    }

    /// The answer, or how the connection broke. Only a POST looks at the key.
    pub async fn make(&self, portal: &Portal, key: &str) -> Result<Response, String> {
        let bytes = if self.body.is_null() { String::new() } else { self.body.to_string() };
        portal.attempt(self.method, &self.path, &[("idempotency-key", key)], bytes).await
    }
}

/// Whether everything that was asked for is done, so that the caller need not come again.
pub fn settled(answer: &Response) -> bool {
    let undone = ["failed", "pending", "changedNotOrdered"];
    let done = |item: &Value| !undone.iter().any(|outcome| item["outcome"] == *outcome);
    let single = answer.body.get("item").into_iter();
    let is_through =
        |system: &Value| system["state"] == "done" && system["counts"]["failed"].as_u64().unwrap_or(0) == 0;
    answer.status < 300
        && answer.body["items"].as_array().into_iter().flatten().chain(single).all(done)
        && answer.body["systems"].as_array().into_iter().flatten().all(is_through)
}

impl House {
    pub async fn start() -> Self {
        let app = App::start().await;
        let iloq = Iloq::with_persons(1).await;
        iloq.set_up(&app.portal, "house").await;
        let mut house = Self {
            app,
            iloq,
            keys: Vec::new(),
            rights: Vec::new(),
            profiles: Vec::new(),
            followed: false,
            offset: AtomicI64::new(0),
        };
        let anna = json!({ "firstName": "Anna", "lastName": "Ek", "mobilePhone": "+358401112222" });
        house.call("PUT", "users/anna", anna).await.expect(201);
        for n in 0..SPARE {
            house.keys.push(house.spare(&format!("Spare {n}"), 264, &Value::Null).to_string());
        }
        house.call("POST", "structure/sync", json!({})).await.expect(200);
        house.rights = house.ids("access-rights").await;
        house.profiles = house.ids("time-profiles").await;
        house
    }

    async fn ids(&self, list: &str) -> Vec<String> {
        let page = self.get(list).await;
        page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }

    /// A key as Manager adds it.
    pub fn spare(&self, name: &str, kind: u32, person: &Value) -> Uuid {
        let record = json!({ "Description": name, "KeyTypeMask": kind, "Stamp": "", "Person_ID": person });
        let key: NewKey = serde_json::from_value(json!({ "record": record })).unwrap();
        self.iloq.simulator.add_key(None, key).unwrap()
    }

    pub async fn call(&self, method: &'static str, path: &str, body: Value) -> Response {
        let path = format!("/v1/systems/house/{path}");
        let headers: &[(&str, &str)] =
            if path.ends_with("/mobile-keys") { &[("idempotency-key", "before")] } else { &[] };
        let bytes = if body.is_null() { String::new() } else { body.to_string() };
        self.app.portal.call(method, &path, headers, bytes).await
    }

    pub async fn get(&self, path: &str) -> Value {
        self.app.portal.get(&format!("/v1/systems/house/{path}")).await.expect(200)
    }

    /// Keys by number, each with rights by number.
    pub fn with(&self, keys: &[(usize, &[usize])]) -> Value {
        let rights = |numbers: &[usize]| numbers.iter().map(|n| &self.rights[*n]).collect::<Vec<_>>();
        let key =
            |(key, r): &(usize, &[usize])| json!({ "keyId": self.keys[*key], "accessRightIds": rights(r) });
        json!({ "keys": keys.iter().map(key).collect::<Vec<_>>() })
    }

    /// Keys of Anna's that are programmed.
    pub async fn programmed(&self, keys: &[(usize, &[usize])]) {
        let answer = self.call("POST", "users/anna/keys", self.with(keys)).await;
        assert!(settled(&answer), "{}", answer.text);
        for (key, _) in keys {
            self.program(*key);
        }
    }

    /// The key visits a reader.
    pub fn program(&self, key: usize) {
        self.iloq.simulator.program(None, self.id(key)).unwrap();
    }

    pub fn id(&self, key: usize) -> Uuid {
        self.keys[key].parse().unwrap()
    }

    /// A phone of Anna's that is programmed.
    pub async fn phone(&self) -> String {
        let id = self.sent().await;
        self.iloq.simulator.activate(None, id.parse().unwrap()).unwrap();
        id
    }

    /// A phone key of Anna's that was sent.
    pub async fn sent(&self) -> String {
        let key =
            self.call("POST", "users/anna/mobile-keys", json!({ "accessRightIds": self.rights[..1] })).await;
        key.expect(201)["id"].as_str().unwrap().to_owned()
    }

    /// So many seconds pass on the functions' clock.
    pub fn later(&self, seconds: i64) {
        let now = self.offset.fetch_add(seconds, Ordering::SeqCst) + seconds;
        self.app.handle.set_clock_offset(now);
    }

    /// Both sides, to come back to. Nothing may be on its way.
    pub fn save(&self) -> Moment {
        Moment { iloq: self.iloq.simulator.save(), store: self.app.state.rows() }
    }

    pub fn restore(&self, moment: &Moment) {
        moment.restore(&self.iloq, &self.app.state);
    }

    /// What iLOQ was made to change since the last reset of its calls.
    pub fn writes(&self) -> Vec<&'static str> {
        let calls = self.iloq.simulator.calls();
        let signs_in = |name: &str| name.starts_with("Authentication") || name.contains("Lockgroup");
        calls
            .iter()
            .filter(|call| call.effect && !signs_in(call.operation))
            .map(|call| call.operation)
            .collect()
    }

    /// What the portal is shown, without times; and iLOQ's whole state.
    pub async fn seen(&self) -> (Value, Value) {
        if self.followed {
            self.app.portal.post("/v1/jobs/refresh-keys", json!({})).await.expect(200);
        }
        seen(&self.app.portal, &self.iloq).await
    }
}

/// What the portal is shown, without times; and iLOQ's whole state.
pub async fn seen(portal: &Portal, iloq: &Iloq) -> (Value, Value) {
    let lists = ["keys?limit=1000", "keys?user=anna", "users/anna", "block-list", "retries", "drift"];
    let get = async |path: &str| portal.get(&format!("/v1/systems/house/{path}")).await.expect(200);
    let mut shown: Value = join_all(lists.map(get)).await.into();
    without_times(&mut shown);
    // Oldest first: who is a millisecond older does not matter.
    if let Some(drift) = shown[5]["items"].as_array_mut() {
        drift.sort_by_key(|key| key["id"].to_string());
    }
    let mut changes = get("changes?limit=1000").await;
    without_times(&mut changes);
    // Each at least once.
    let told: BTreeSet<String> = changes["items"].as_array().unwrap().iter().map(Value::to_string).collect();
    (json!({ "lists": shown, "changes": told }), iloq.simulator.snapshot())
}

/// Times are told apart only by being there.
fn without_times(value: &mut Value) {
    let is_time =
        |text: &str| text.len() >= 20 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    match value {
        Value::String(text) if is_time(text) => *text = "a time".to_owned(),
        Value::Array(items) => items.iter_mut().for_each(without_times),
        Value::Object(members) => members.values_mut().for_each(without_times),
        _ => {}
    }
}
