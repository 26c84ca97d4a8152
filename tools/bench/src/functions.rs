//! Our side: the built components in the runner, over TCP.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use runner::{Handle, Host, LogSink, Manifest, Options};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::Iloq;

const TOKEN: &str = "token-of-the-benchmark";
const RING_KEY: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The application while it is served, on SQLite in a folder of its own.
pub struct Functions {
    client: reqwest::Client,
    handle: Handle,
    systems: AtomicUsize,
    _state: TempDir,
}

impl Functions {
    /// Builds what is missing, and serves it.
    ///
    /// # Errors
    /// When a component cannot be built or loaded.
    pub async fn start() -> Result<Self> {
        let manifest =
            Manifest::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join("spin.toml"))?;
        let state = tempfile::tempdir()?;
        let hash = hex::encode(Sha256::digest(TOKEN));
        let options = Options::new(state.path())
            .log(LogSink::Off)
            .variable("access_tokens", format!("bench:admin:*:{hash}"))
            .variable("encryption_keys", RING_KEY)
            .variable("iloq_extra_origin", "http://127.0.0.1:*");
        let options = runner::build::prepare(&manifest, options)?;
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port is free on 127.0.0.1")?;
        let handle = Host::load(&manifest, options).await?.serve(listener)?;
        Ok(Self { client: reqwest::Client::new(), handle, systems: AtomicUsize::new(0), _state: state })
    }

    /// Sets up a system that leads to `iloq`. Gives its path.
    ///
    /// # Errors
    /// When the settings are refused.
    pub async fn connect(&self, iloq: &Iloq) -> Result<String> {
        let number = self.systems.fetch_add(1, Ordering::Relaxed);
        let path = format!("/v1/systems/s{number:03}");
        self.call(Method::PUT, &path, Some(iloq.settings()), 201).await?;
        Ok(path)
    }

    /// Makes a call that is answered with `status`. Gives the body.
    ///
    /// # Errors
    /// When it is answered with something else.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>, status: u16) -> Result<Value> {
        let (given, answer) = self.answer(method.clone(), path, body).await?;
        ensure!(given == status, "{method} {path}: {given} {answer}");
        Ok(answer)
    }

    /// A POST without members that is repeated as a scheduler would, until it is done.
    ///
    /// # Errors
    /// When it fails.
    pub async fn until_done(&self, path: &str) -> Result<Value> {
        loop {
            let (status, answer) = self.answer(Method::POST, path, Some(json!({}))).await?;
            match status {
                200 => return Ok(answer),
                202 => {}
                _ => anyhow::bail!("POST {path}: {status} {answer}"),
            }
        }
    }

    /// A file of rows: how many lines it has.
    ///
    /// # Errors
    /// When it is refused or breaks off.
    pub async fn lines(&self, path: &str, accept: &str) -> Result<usize> {
        let request = self.client.get(self.handle.url() + path).bearer_auth(TOKEN).header("accept", accept);
        let file = request.send().await?.error_for_status()?.bytes().await?;
        Ok(file.split(|byte| *byte == b'\n').count() - 1)
    }

    async fn answer(&self, method: Method, path: &str, body: Option<Value>) -> Result<(u16, Value)> {
        let mut request = self.client.request(method, self.handle.url() + path).bearer_auth(TOKEN);
        if let Some(body) = body {
            request = request.json(&body);
        }
        if path.ends_with("/mobile-keys") {
            request = request.header("idempotency-key", "bench");
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await?;
        Ok((status, if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes)? }))
    }
}
