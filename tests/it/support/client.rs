//! A portal: calls over TCP, on connections that are kept.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;

/// Longer than any call may take: a test that waits so long fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// Calls with one token. Clones share their connections.
#[derive(Clone)]
pub struct Portal {
    base: String,
    token: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The body if the status is `status`; else the test fails and shows it.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// The problem's code.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl Portal {
    pub fn new(base: String, token: &str) -> Self {
        Self { base, token: token.to_owned(), client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// The same address with another token; without one if it is empty.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The same on connections of its own.
    pub fn on_own_connection(&self) -> Self {
        Self::new(self.base.clone(), &self.token)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.call("GET", path, &[], "").await
    }

    pub async fn put(&self, path: &str, body: Value) -> Response {
        self.call("PUT", path, &[], body.to_string()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Response {
        self.call("POST", path, &[], body.to_string()).await
    }

    pub async fn delete(&self, path: &str) -> Response {
        self.call("DELETE", path, &[], "").await
    }

    /// A POST that may be sent again.
    pub async fn post_once(&self, path: &str, key: &str, body: Value) -> Response {
        self.call("POST", path, &[("idempotency-key", key)], body.to_string()).await
    }

    pub async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Response {
        let answer = self.attempt(method, path, headers, body).await;
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The answer, or how the connection broke.
    pub async fn attempt(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Response, String> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        let given = |name: &str| headers.iter().any(|(n, _)| *n == name);
        if !self.token.is_empty() && !given("authorization") {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if !given("content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).unwrap();
        let exchange = async {
            let answer = self.client.request(request).await.map_err(|error| format!("{error:?}"))?;
            let (head, body) = answer.into_parts();
            let bytes = body.collect().await.map_err(|error| format!("{error:?}"))?.to_bytes();
            Ok(Response {
                status: head.status.as_u16(),
                headers: head.headers,
                text: String::from_utf8_lossy(&bytes).into_owned(),
                body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            })
        };
        let Ok(outcome) = tokio::time::timeout(PATIENCE, exchange).await else {
            panic!("{method} {path} was not answered within {PATIENCE:?}")
        };
        outcome
    }
}
