//! The probe component, served by a host of the test's own.

use std::{path::Path, sync::Arc, sync::Mutex};

use anyhow::Result;
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use runner::{Handle, Host, LogSink, Manifest, Options};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Two components from one file: `a` may use the store, the variable and loopback addresses; `b` may do nothing.
const MANIFEST: &str = r#"
spin_manifest_version = 2
application = { name = "probes" }
[variables]
secret = { required = true, secret = true }
origin = { default = "http://127.0.0.1:*" }
[[trigger.http]]
route = "/a/..."
component = "a"
[[trigger.http]]
route = "/b/..."
component = "b"
[component.a]
source = "target/wasm32-wasip2/guest/guest_probe.wasm"
key_value_stores = ["default"]
allowed_outbound_hosts = ["https://*.example.com", "{{ origin }}"]
variables = { secret = "<{{ secret }}>" }
[component.b]
source = "target/wasm32-wasip2/guest/guest_probe.wasm"
"#;

pub(crate) type Log = Arc<Mutex<Vec<String>>>;

pub(crate) struct Probe {
    pub(crate) handle: Handle,
    pub(crate) log: Log,
    client: Client<hyper_util::client::legacy::connect::HttpConnector, Full<bytes::Bytes>>,
}

pub(crate) fn state() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub(crate) fn options(state: &TempDir) -> Options {
    Options::new(state.path()).variable("secret", "s3cret")
}

impl Probe {
    pub(crate) async fn start(options: Options) -> Self {
        let log = Log::default();
        let manifest = Manifest::parse(MANIFEST, Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let options =
            runner::build::prepare(&manifest, options.log(LogSink::Memory(Arc::clone(&log)))).unwrap();
        let host = Host::load(&manifest, options).await.unwrap();
        let handle = host.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
        Self { handle, log, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// The status and body of `GET path`.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        self.try_send(path, "").await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> (u16, String) {
        self.try_send(path, body).await.unwrap()
    }

    pub(crate) async fn try_send(&self, path: &str, body: &str) -> Result<(u16, String)> {
        let request =
            http::Request::post(format!("{}{path}", self.handle.url())).body(Full::from(body.to_owned()))?;
        let answer = self.client.request(request).await?;
        let status = answer.status().as_u16();
        let bytes = answer.into_body().collect().await?.to_bytes();
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }

    pub(crate) fn logged(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }
}
