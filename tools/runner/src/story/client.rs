//! A caller of the functions, as small as can be.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Calls with one token.
#[derive(Clone)]
pub(super) struct Client {
    /// Where the functions are.
    pub(super) addr: SocketAddr,
    /// The bearer token.
    pub(super) token: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The status code.
    pub(super) status: u16,
    /// The body; `null` if there is none.
    pub(super) body: Value,
}

impl Client {
    /// Makes one call, on a connection of its own; with an idempotency key, if there is one.
    ///
    /// # Errors
    /// When the functions cannot be reached, or answer what is not JSON.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let (status, bytes) = self.exchange(method, path, "application/json", key, body).await?;
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .with_context(|| format!("{method} {path}: the answer is not JSON"))?
        };
        Ok(Answer { status, body })
    }

    /// Reads what is at `path` in another form than JSON.
    ///
    /// # Errors
    /// When the functions cannot be reached, or the answer breaks off.
    pub(super) async fn file(&self, path: &str, accept: &str) -> Result<(u16, String)> {
        let (status, bytes) = self.exchange("GET", path, accept, None, None).await?;
        Ok((status, String::from_utf8(bytes.to_vec())?))
    }

    async fn exchange(
        &self,
        method: &str,
        path: &str,
        accept: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Result<(u16, Bytes)> {
        let what = || format!("{method} {path}");
        let stream = TcpStream::connect(self.addr).await.with_context(what)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.with_context(what)?;
        let driver = tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", self.addr.to_string())
            .header("accept", accept)
            .header("authorization", format!("Bearer {}", self.token));
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let bytes = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let answer = sender.send_request(request.body(Full::new(bytes))?).await.with_context(what)?;
        let status = answer.status().as_u16();
        let bytes = answer.into_body().collect().await.with_context(what)?.to_bytes();
        driver.abort();
        Ok((status, bytes))
    }
}
