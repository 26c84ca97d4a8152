//! From GetUrl to KillSession.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::Iloq;

/// A session with the locking system chosen.
#[derive(Debug)]
pub struct Session {
    client: reqwest::Client,
    base: String,
    id: String,
}

impl Session {
    /// Signs in.
    ///
    /// # Errors
    /// When iLOQ refuses.
    pub async fn open(iloq: &Iloq) -> Result<Self> {
        let mut session = Self { client: reqwest::Client::new(), base: iloq.url(), id: String::new() };
        let seed = &iloq.seed;
        let url = session.post("Url/GetUrl", json!({ "CustomerCode": seed.service_code })).await?;
        if let Some(url) = url.as_str() {
            url.trim_end_matches('/').clone_into(&mut session.base);
        }
        let login = json!({
            "UserName": seed.user, "Password": seed.password, "CustomerCode": seed.service_code,
            "ApiKey": "", "ApiSecret": "",
        });
        let login = session.post("CreateSession", login).await?;
        ensure!(login["Result"] == 1, "the login was refused: {login}");
        session.id = login["SessionID"].as_str().context("a session without an id")?.to_owned();
        let groups = session.get("LockGroups").await?;
        let group = json!({ "LockGroup_ID": groups[0]["LockGroup_ID"] });
        session.post("SetLockgroup", group).await?;
        Ok(session)
    }

    /// Ends it.
    ///
    /// # Errors
    /// When iLOQ refuses.
    pub async fn close(self) -> Result<()> {
        self.raw(Method::GET, "KillSession", &Value::Null).await.map(drop)
    }

    /// A GET.
    ///
    /// # Errors
    /// When iLOQ refuses.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, Value::Null).await
    }

    /// A POST; without a body if it is null.
    ///
    /// # Errors
    /// When iLOQ refuses.
    pub async fn post(&self, path: &str, body: Value) -> Result<Value> {
        self.call(Method::POST, path, body).await
    }

    /// A PUT.
    ///
    /// # Errors
    /// When iLOQ refuses.
    pub async fn put(&self, path: &str, body: Value) -> Result<Value> {
        self.call(Method::PUT, path, body).await
    }

    /// A DELETE.
    ///
    /// # Errors
    /// When iLOQ refuses.
    pub async fn delete(&self, path: &str) -> Result<Value> {
        self.call(Method::DELETE, path, Value::Null).await
    }

    /// A listing.
    ///
    /// # Errors
    /// When iLOQ refuses.
    pub async fn list(&self, path: &str) -> Result<Vec<Value>> {
        match self.get(path).await? {
            Value::Array(items) => Ok(items),
            other => anyhow::bail!("{path} is no list: {other}"),
        }
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Result<Value> {
        let answer = self.raw(method, path, &body).await?;
        Ok(if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer)? })
    }

    /// The body of an answer, as it came.
    pub(crate) async fn raw(&self, method: Method, path: &str, body: &Value) -> Result<Vec<u8>> {
        let mut request = self.client.request(method.clone(), format!("{}/api/v2/{path}", self.base));
        if !self.id.is_empty() {
            request = request.header("SessionId", &self.id);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        ensure!(status.is_success(), "{method} {path}: {status} {}", String::from_utf8_lossy(&bytes));
        Ok(bytes.into())
    }
}
