//! Calls of the portal's API.

use std::collections::BTreeMap;

use futures::executor::block_on;
use integration::{
    blocking, events,
    http::{Answer, Body, Head, serve},
    jobs, keys, limits, logs, meta, mobile_keys, structure, systems, users,
};
use portal_api::routes::{self, Component};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{World, world::AUTHORITY};

pub const SYSTEM: &str = "house";
/// A token that may do everything.
pub const TOKEN: &str = "token-of-the-administrator";
const READER: &str = "token-of-a-reader";

/// The application's variables.
pub fn variables() -> BTreeMap<&'static str, String> {
    let hash = |token: &str| hex::encode(Sha256::digest(token));
    BTreeMap::from([
        ("access_tokens", format!("admin:admin:*:{} reader:read:{SYSTEM}:{}", hash(TOKEN), hash(READER))),
        ("encryption_keys", "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()),
        ("iloq_extra_origin", "http://127.0.0.1:*".to_owned()),
        ("slice_seconds", "25".to_owned()),
    ])
}

/// Settings that fit the seeded locking system.
pub fn settings() -> Value {
    json!({
        "name": "Demo House",
        "serviceAddress": format!("http://{AUTHORITY}/iloqws"),
        "serviceCode": "DEMO",
        "userName": "api",
        "password": "correct horse battery staple",
        "timeZone": "Europe/Helsinki",
        "infoFields": { "email": "E-mail", "mobilePhone": null },
    })
}

#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// The body as JSON; `null` if it is none.
    pub body: Value,
    /// The body as it was sent.
    pub bytes: Vec<u8>,
    /// The pieces of a body that was made while it was sent.
    pub pieces: Vec<usize>,
    /// Whether the body came to its end; else the caller sees a broken transfer.
    pub whole: bool,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The answer if its status is `status`; else the test fails and shows it.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }

    /// The problem's code.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl World {
    /// A world whose system is set up; nothing has called iLOQ yet.
    pub fn set_up(seed: &simulator::Seed) -> Self {
        let world = Self::new(seed);
        world.put(&format!("/v1/systems/{SYSTEM}"), settings()).expect(201);
        world
    }

    pub fn get(&self, path: &str) -> Response {
        self.call("GET", path, &[], None)
    }

    pub fn put(&self, path: &str, body: Value) -> Response {
        self.call("PUT", path, &[], Some(body))
    }

    pub fn post(&self, path: &str, body: Value) -> Response {
        self.call("POST", path, &[], Some(body))
    }

    pub fn delete(&self, path: &str) -> Response {
        self.call("DELETE", path, &[], None)
    }

    pub fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Response {
        let bytes = body.map_or_else(Vec::new, |body| body.to_string().into_bytes());
        block_on(self.request(method, path, headers, Body::Bytes(bytes)))
    }

    /// The path of a user or of something below the system.
    pub fn of(&self, rest: &str) -> String {
        format!("/v1/systems/{SYSTEM}/{rest}")
    }

    /// One request as the component that owns the path answers it.
    pub async fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Body) -> Response {
        self.store.hostile.next_call();
        let mut all: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut default = |name: &str, value: String| {
            if !all.iter().any(|(n, _)| n == name) {
                all.push((name.to_owned(), value));
            }
        };
        default("authorization", format!("Bearer {TOKEN}"));
        default("content-type", "application/json".to_owned());
        let head = Head { method: method.to_owned(), path_and_query: path.to_owned(), headers: all };
        let (bare, _) = portal_api::query::split(path);
        let component = routes::find(bare).map_or(Component::Meta, |found| found.route.component);
        let answer = match component {
            Component::Systems => serve(self, component, head, body, systems::handle).await,
            Component::SyncStructure => serve(self, component, head, body, structure::handle).await,
            Component::Users => serve(self, component, head, body, users::handle).await,
            Component::SyncUsers => serve(self, component, head, body, users::handle_sync).await,
            Component::LinkKey => serve(self, component, head, body, keys::handle).await,
            Component::OrderAccessRights => serve(self, component, head, body, keys::handle_rights).await,
            Component::SendMobileKey => serve(self, component, head, body, mobile_keys::handle_send).await,
            Component::ResendMobileKey => {
                serve(self, component, head, body, mobile_keys::handle_resend).await
            }
            Component::LimitKey => serve(self, component, head, body, limits::handle).await,
            Component::BlockUser => serve(self, component, head, body, blocking::handle).await,
            Component::BlockList => serve(self, component, head, body, keys::handle_block_list).await,
            Component::ReceiveEvents => serve(self, component, head, body, events::handle).await,
            Component::PullLogs => serve(self, component, head, body, logs::handle).await,
            Component::Jobs => serve(self, component, head, body, jobs::handle).await,
            _ => serve(self, Component::Meta, head, body, meta::handle).await,
        };
        self.received(answer)
    }

    /// What the caller gets: the rest of a body as it comes.
    fn received(&self, answer: Answer) -> Response {
        let Answer { status, headers, body: mut bytes, mut rest } = answer;
        let (mut pieces, mut whole) = (Vec::new(), true);
        while let Some(source) = &mut rest {
            match source.next(self) {
                Ok(Some(piece)) if source.left(self).is_some() => {
                    pieces.push(piece.len());
                    bytes.extend(piece);
                }
                Ok(None) => break,
                Ok(Some(_)) | Err(_) => {
                    whole = false;
                    break;
                }
            }
        }
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Response { status, headers, body, bytes, pieces, whole }
    }
}
