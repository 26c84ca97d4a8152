//! iLOQ's webhook, from both ends.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::{Iloq, Portal, Response};

/// The sign keys of all subscriptions that iLOQ has.
pub fn sign_keys(iloq: &Iloq) -> Vec<String> {
    fn collect(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("SignKey").and_then(Value::as_str).map(str::to_owned));
                map.values().for_each(|inner| collect(inner, found));
            }
            Value::Array(items) => items.iter().for_each(|inner| collect(inner, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(&iloq.simulator.snapshot(), &mut found);
    found
}

/// How many payloads iLOQ has in each state: 1 to be sent, 2 delivered, 3 to be sent again, 4 given up.
pub fn payloads(iloq: &Iloq, state: u64) -> usize {
    fn count(value: &Value, state: u64) -> usize {
        match value {
            Value::Object(map) if map.contains_key("failures") && map.contains_key("counter") => {
                usize::from(map["state"].as_u64() == Some(state))
            }
            Value::Object(map) => map.values().map(|inner| count(inner, state)).sum(),
            Value::Array(items) => items.iter().map(|inner| count(inner, state)).sum(),
            _ => 0,
        }
    }
    count(&iloq.simulator.snapshot(), state)
}

/// Lower-case hex of HMAC-SHA256 over `body`.
pub fn signature(sign_key: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(sign_key.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// Posts an event as iLOQ does, without a token.
pub async fn post_event(portal: &Portal, path: &str, name: &str, body: &str, signature: &str) -> Response {
    let mut headers = vec![("event-name", name), ("content-type", "application/json; charset=utf-8")];
    if !signature.is_empty() {
        headers.push(("webhook-signature", signature));
    }
    portal.with_token("").call("POST", path, &headers, body.to_owned()).await
}
