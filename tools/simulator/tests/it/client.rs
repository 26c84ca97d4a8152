//! A small client, without sockets.

use serde_json::{Value, json};
use simulator::{Reply, Request, Seed, Simulator};

/// A signed-in user of a simulator.
pub(crate) struct Client {
    pub(crate) simulator: Simulator,
    pub(crate) session: String,
    pub(crate) lock_group: String,
}

impl Client {
    /// A client of a small locking system.
    pub(crate) fn new() -> Self {
        Self::with(&Seed { persons: 4, ..Seed::default() })
    }

    /// A client of the locking system that `seed` makes.
    pub(crate) fn with(seed: &Seed) -> Self {
        Self::sign_in(Simulator::new(seed), &seed.user, &seed.password)
    }

    /// A client of a simulator that is there.
    pub(crate) fn sign_in(simulator: Simulator, user: &str, password: &str) -> Self {
        let mut client = Self { simulator, session: String::new(), lock_group: String::new() };
        client.session = text(&client.ok("POST", "CreateSession", log_in(user, password))["SessionID"]);
        client.lock_group = text(&client.ok("GET", "LockGroups", Value::Null)[0]["LockGroup_ID"]);
        client.ok("POST", "SetLockgroup", json!({ "LockGroup_ID": client.lock_group }));
        client
    }

    /// Any call.
    pub(crate) fn call(&self, method: &str, path: &str, body: Value) -> Reply {
        let mut request =
            Request::new(method, &format!("/iloqws/api/v2/{path}")).header("SessionId", &self.session);
        if !body.is_null() {
            request = request.json(&body);
        }
        self.simulator.handle(&request)
    }

    /// A call that goes well.
    #[track_caller]
    pub(crate) fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let reply = self.call(method, path, body);
        assert!(
            reply.status < 300,
            "{method} {path}: {} {}",
            reply.status,
            String::from_utf8_lossy(&reply.body)
        );
        reply.json()
    }

    /// A read that goes well.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        self.ok("GET", path, Value::Null)
    }

    /// A call that is refused with this status; gives the message.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, method: &str, path: &str, body: Value) -> String {
        let reply = self.call(method, path, body);
        assert_eq!(reply.status, status, "{method} {path}: {}", String::from_utf8_lossy(&reply.body));
        text(&reply.json()["Message"])
    }

    /// A GUID of this test's own.
    pub(crate) fn guid(number: u32) -> String {
        format!("aaaaaaaa-0000-4000-8000-{number:012}")
    }

    /// The id of the first record of a list whose `member` is `value`.
    #[track_caller]
    pub(crate) fn find(&self, list: &str, member: &str, value: &Value, id: &str) -> String {
        let all = self.get(list);
        let found = all.as_array().unwrap().iter().find(|record| record[member] == *value);
        text(&found.unwrap_or_else(|| panic!("no {member} {value} in {list}"))[id])
    }

    /// The id of an access right by its name.
    #[track_caller]
    pub(crate) fn right(&self, name: &str) -> String {
        self.find("SecurityAccesses", "Name", &json!(name), "SecurityAccess_ID")
    }

    /// A new person.
    #[track_caller]
    pub(crate) fn person(&self, number: u32) -> String {
        let id = Self::guid(number);
        let person = json!({ "Person_ID": id, "PersonCode": "", "FirstName": "Aino", "LanguageCode": "FIN" });
        self.ok("POST", "Persons", json!({ "Person": person }));
        id
    }

    /// A new key of a new person.
    #[track_caller]
    pub(crate) fn key(&self, number: u32, kind: i64) -> String {
        let id = Self::guid(number);
        let person = self.person(number + 1000);
        self.ok(
            "POST",
            "Keys",
            json!({ "Key": {
            "FNKey_ID": id, "KeyTypeMask": kind, "Person_ID": person, "Description": "Test", "Stamp": "",
        } }),
        );
        id
    }
}

/// The body of CreateSession.
pub(crate) fn log_in(user: &str, password: &str) -> Value {
    json!({ "UserName": user, "Password": password, "CustomerCode": "DEMO", "ApiKey": "", "ApiSecret": "" })
}

/// A text; fails if it is none.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}
