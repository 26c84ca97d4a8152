//! Everything that runs: the stand-in for iLOQ, and the functions in front of it.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use simulator::{Seed, Simulator};
use tokio::net::TcpListener;

use super::{client::Client, secrets::Secrets, teller::Teller};
use crate::{Handle, Host, LogSink, Manifest, Options, build};

/// The system's id in the functions.
pub(super) const SYSTEM: &str = "demo-house";

/// A running house.
pub(super) struct House {
    /// The stand-in for iLOQ.
    pub(super) iloq: simulator::Handle,
    /// The functions.
    pub(super) functions: Handle,
    /// A caller with a token that may do everything.
    pub(super) client: Client,
    seed: Seed,
}

impl House {
    /// Builds the components of a manifest, and starts both sides: the functions on `listener`, with their store in
    /// `folder`.
    ///
    /// # Errors
    /// What is missing on this machine, or that the build failed.
    pub(super) async fn start(
        say: &mut Teller<'_>,
        manifest: &Manifest,
        listener: TcpListener,
        folder: &Path,
        secrets: Secrets,
        log: LogSink,
    ) -> Result<Self> {
        let count = build::packages(manifest).len();
        say.progress(&format!(
            "Building {count} components (the first time this takes a minute or two, later a moment) …"
        ))?;
        // Without a pool: that needs 18 GB of address space, which not every machine lends.
        let mut options = Options::new(folder).log(log).pooling(false);
        options = build::prepare(manifest, options)?;
        for (name, value) in secrets.variables() {
            options = options.variable(name, value);
        }
        if manifest.variables.contains_key("jobs_token") {
            options = options.variable("jobs_token", secrets.jobs_token.clone());
            options = options.variable("jobs_url", format!("http://{}", listener.local_addr()?));
        }
        options = options.variable("iloq_extra_origin", "http://127.0.0.1:*");

        say.progress("Starting a made-up iLOQ locking system, and the functions in front of it …")?;
        let seed = Seed { persons: 12, ..Seed::default() };
        let near = TcpListener::bind("127.0.0.1:0").await.context("no port is free on 127.0.0.1")?;
        let iloq = simulator::serve(near, Simulator::new(&seed))?;
        let functions = Host::load(manifest, options).await?.serve(listener)?;
        let client = Client { addr: functions.addr(), token: secrets.token };
        Ok(Self { iloq, functions, client, seed })
    }

    /// The settings with which the functions reach this locking system.
    pub(super) fn settings(&self) -> Value {
        json!({
            "name": self.seed.name,
            "serviceAddress": self.iloq.url(),
            "serviceCode": self.seed.service_code,
            "userName": self.seed.user,
            "password": self.seed.password,
            "timeZone": "Europe/Helsinki",
            "structure": "full",
            "infoFields": { "email": "E-mail", "mobilePhone": null },
        })
    }

    /// The password of iLOQ's API user.
    pub(super) fn password(&self) -> &str {
        &self.seed.password
    }

    /// The rights mask of iLOQ's API user.
    pub(super) fn rights(&self) -> u64 {
        self.seed.rights
    }

    /// Ends both sides.
    pub(super) async fn end(self) {
        self.functions.shutdown().await;
        self.iloq.shutdown();
    }
}

/// The path of something below the system.
pub(super) fn of(rest: &str) -> String {
    format!("/v1/systems/{SYSTEM}/{rest}")
}
