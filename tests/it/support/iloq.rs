//! iLOQ: a simulator that listens, and can be away.

use std::net::SocketAddr;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use simulator::{Handle, Seed, Simulator};
use tokio::net::TcpListener;

use super::Portal;

/// The API user's password at the seeded systems.
pub const PASSWORD: &str = "correct horse battery staple";

pub struct Iloq {
    pub simulator: Simulator,
    pub addr: SocketAddr,
    handle: Option<Handle>,
}

/// Settings that lead to the simulator at `addr`.
fn settings(addr: SocketAddr) -> Value {
    json!({
        "name": "Demo House",
        "serviceAddress": format!("http://{addr}/iloqws"),
        "serviceCode": "DEMO",
        "userName": "api",
        "password": PASSWORD,
        "timeZone": "Europe/Helsinki",
        "infoFields": { "email": "E-mail", "mobilePhone": null },
    })
}

impl Iloq {
    /// A locking system with so many persons and no keys; its clock stands.
    pub async fn with_persons(persons: usize) -> Self {
        Self::start(&Seed { persons, keys_per_person: 0, ..Seed::default() }).await
    }

    pub async fn start(seed: &Seed) -> Self {
        let simulator = Simulator::new(seed);
        simulator.set_clock("2026-11-24T08:00:00Z".parse::<DateTime<Utc>>().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let handle = simulator::serve(listener, simulator.clone()).unwrap();
        Self { simulator, addr: handle.addr, handle: Some(handle) }
    }

    pub fn settings(&self) -> Value {
        settings(self.addr)
    }

    /// Sets up `system` at the portal; nothing calls iLOQ yet.
    pub async fn set_up(&self, portal: &Portal, system: &str) {
        let answer = portal.put(&format!("/v1/systems/{system}"), self.settings()).await;
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
    }

    /// Saves made now wait: the login was refused once, and nothing calls iLOQ until the settings are put again.
    pub async fn suspend(&self, portal: &Portal, system: &str) {
        let path = format!("/v1/systems/{system}");
        let mut wrong = self.settings();
        wrong["password"] = json!("wrong");
        let answer = portal.put(&path, wrong).await;
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
        let check = portal.post(&format!("{path}/check"), json!({})).await.expect(200);
        assert_eq!(check["ok"], false);
        assert_eq!(portal.get(&path).await.expect(200)["state"], "suspended");
    }

    /// Nothing listens any more: connections are refused.
    pub async fn down(&mut self) {
        drop(self.handle.take());
        while tokio::net::TcpStream::connect(self.addr).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }

    /// It listens again at the same address, with everything it had.
    pub async fn up(&mut self) {
        let listener = loop {
            match TcpListener::bind(self.addr).await {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        self.handle = Some(simulator::serve(listener, self.simulator.clone()).unwrap());
    }

    pub fn latency(&self, latency_ms: u64) {
        let settings = simulator::Settings { latency_ms, ..self.simulator.settings() };
        self.simulator.set_settings(settings);
    }

    /// The members of all persons.
    pub fn persons(&self) -> Vec<Value> {
        let mut found = Vec::new();
        collect(&self.simulator.snapshot(), &mut found);
        found
    }
}

fn collect(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(map) if map.contains_key("FirstName") => found.push(value.clone()),
        Value::Object(map) => map.values().for_each(|v| collect(v, found)),
        Value::Array(items) => items.iter().for_each(|v| collect(v, found)),
        _ => {}
    }
}
