//! A locking system of the simulator's, over TCP.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use simulator::{Handle, Seed, Simulator};
use tokio::net::TcpListener;

/// A locking system that both sides may work on. It stops when this is dropped.
#[derive(Debug)]
pub struct Iloq {
    /// To look inside.
    pub simulator: Simulator,
    /// How to sign in.
    pub seed: Seed,
    handle: Handle,
}

impl Iloq {
    /// Starts what `seed` makes, on a port of its own; it answers at once.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(seed: Seed) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port is free on 127.0.0.1")?;
        let simulator = Simulator::new(&seed);
        let handle = simulator::serve(listener, simulator.clone())?;
        Ok(Self { simulator, seed, handle })
    }

    /// From now on each answer takes so long.
    pub fn is_away(&self, latency_ms: u64) {
        let settings = simulator::Settings { latency_ms, ..self.simulator.settings() };
        self.simulator.set_settings(settings);
    }

    /// The address that iLOQ's customers are given.
    #[must_use]
    pub fn url(&self) -> String {
        self.handle.url()
    }

    /// The settings with which the functions reach it.
    #[must_use]
    pub fn settings(&self) -> Value {
        json!({
            "name": self.seed.name,
            "serviceAddress": self.url(),
            "serviceCode": self.seed.service_code,
            "userName": self.seed.user,
            "password": self.seed.password,
            "timeZone": "Europe/Helsinki",
            "infoFields": { "email": "E-mail", "mobilePhone": null },
        })
    }
}
