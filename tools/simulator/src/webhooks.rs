//! Webhook subscriptions and what is to be delivered to them.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::Call,
    clock::{parse_utc, utc_text},
    http::{Answer, Outcome, Refusal},
    ids::Ids,
    json_path,
    operation::{Operation, Rights},
    shape::{Record, shape},
    world::{System, guid, number, text},
};

const ADMINISTRATE: Rights = Rights::All(2_147_483_648);
const EVENTS: [&str; 3] = ["key_added", "key_blocklisted", "device_log_arrived"];
const MOST_PER_EVENT: usize = 3;
const MOST_PAYLOADS: usize = 1000;
/// Waits after failure 1 to 6, in minutes; the seventh failure is the last.
const WAITS: [i64; 6] = [5, 15, 60, 360, 720, 1440];

/// Payload states: to be sent, delivered, failed and to be retried, given up.
const NEW: i64 = 1;
const DELIVERED: i64 = 2;
const RETRYING: i64 = 3;
const GIVEN_UP: i64 = 4;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("Webhooks_GetEvents", "GET", "Webhooks/Events", ADMINISTRATE, |call| {
        let events = call.system.webhooks.events.iter().map(|(name, id)| {
            json!({ "Id": id.to_string(), "Name": name, "DisplayName": name, "Description": null })
        });
        Answer::of(&events.collect::<Vec<_>>())
    }),
    Operation::new("Webhooks_GetSubscriptions", "GET", "Webhooks/Subscriptions", ADMINISTRATE, |call| {
        let all = call.system.webhooks.subscriptions.values();
        Answer::of(&all.map(|record| shape("Subscription").render(record)).collect::<Vec<_>>())
    }),
    Operation::new("Webhooks_GetSubscription", "GET", "Webhooks/Subscriptions/{}", ADMINISTRATE, |call| {
        let id = call.id(0)?;
        Answer::of(&shape("Subscription").render(subscription(call, id)?))
    }),
    Operation::new("Webhooks_AddSubscription", "POST", "Webhooks/Subscriptions", ADMINISTRATE, |call| {
        put(call, true)
    })
    .body("AddSubscription"),
    Operation::new("Webhooks_UpdateSubscription", "PUT", "Webhooks/Subscriptions", ADMINISTRATE, |call| {
        put(call, false)
    })
    .body("AddSubscription"),
    Operation::new(
        "Webhooks_DeleteSubscription",
        "DELETE",
        "Webhooks/Subscriptions/{}",
        ADMINISTRATE,
        |call| {
            let id = call.id(0)?;
            subscription(call, id)?;
            call.system.webhooks.subscriptions.remove(&id);
            call.system.webhooks.payloads.retain(|payload| payload.subscription != id);
            Ok(Answer::Void)
        },
    ),
    Operation::new(
        "Webhooks_GetPayloadsForSubscription",
        "GET",
        "Webhooks/Subscriptions/{}/Payloads",
        ADMINISTRATE,
        |call| {
            let state = call.choice("state", &[NEW, DELIVERED, RETRYING, GIVEN_UP])?;
            payloads(call, &[state])
        },
    )
    .query(&["state"]),
    Operation::new(
        "Webhooks_GetPendingEventsForSubscription",
        "GET",
        "Webhooks/Subscriptions/{}/PendingEvents",
        ADMINISTRATE,
        |call| payloads(call, &[RETRYING, GIVEN_UP]),
    ),
    Operation::new(
        "Webhooks_GetSubscriptionsWithPendingPayloads",
        "GET",
        "Webhooks/Subscriptions/PendingPayloads",
        ADMINISTRATE,
        pending,
    ),
    Operation::new(
        "Webhooks_GetSubscriptionsWithPendingEvents",
        "GET",
        "Webhooks/Subscriptions/PendingEvents",
        ADMINISTRATE,
        pending,
    ),
];

/// Subscriptions and payloads of one locking system.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Webhooks {
    events: BTreeMap<&'static str, Uuid>,
    subscriptions: BTreeMap<Uuid, Record>,
    payloads: Vec<Payload>,
}

#[derive(Clone, Debug, Serialize)]
struct Payload {
    id: Uuid,
    subscription: Uuid,
    counter: i64,
    created: String,
    event: &'static str,
    data: Value,
    state: i64,
    failures: usize,
    response: Option<String>,
    #[serde(skip)]
    due: Option<DateTime<Utc>>,
}

/// A request that is to be sent to a subscriber. Its success is told with [`crate::Simulator::delivered`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The payload's id.
    pub payload: Uuid,
    /// Where to POST it.
    pub url: String,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body, as signed.
    pub body: String,
}

impl Webhooks {
    pub(crate) fn new(ids: &mut Ids) -> Self {
        let events = EVENTS.into_iter().map(|name| (name, ids.next())).collect();
        Self { events, subscriptions: BTreeMap::new(), payloads: Vec::new() }
    }

    /// Makes payloads of an event for every subscription that is in force and lets it through.
    fn announce(&mut self, ids: &mut Ids, event: &'static str, data: &Value, now: DateTime<Utc>) {
        let wanted = self.events.get(event).copied();
        for (id, record) in &mut self.subscriptions {
            let date = |name| parse_utc(text(record, name));
            let in_force = date("StartDateUtc").is_none_or(|start| start <= now)
                && date("EndDateUtc").is_none_or(|end| now < end);
            let passes = json_path::passes(text(record, "JsonPathFilter"), data).unwrap_or(false);
            if guid(record, "WebhookEventId") != wanted || !in_force || !passes {
                continue;
            }
            let counter = number(record, "Counter") + 1;
            record.insert("Counter".to_owned(), Value::from(counter));
            self.payloads.push(Payload {
                id: ids.next(),
                subscription: *id,
                counter,
                created: utc_text(now),
                event,
                data: data.clone(),
                state: NEW,
                failures: 0,
                response: None,
                due: Some(now),
            });
        }
    }

    /// What is due now. Each payload is given out once until its outcome is told.
    pub(crate) fn take_due(&mut self, now: DateTime<Utc>) -> Vec<Delivery> {
        let mut due = Vec::new();
        for payload in self.payloads.iter_mut().filter(|payload| payload.due.is_some_and(|at| at <= now)) {
            payload.due = None;
            let Some(subscription) = self.subscriptions.get(&payload.subscription) else { continue };
            let body = json!({ "Data": payload.data, "CreationTimeUtc": utc_text(now) }).to_string();
            let mut headers = vec![
                ("content-type", "application/json; charset=utf-8".to_owned()),
                ("counter", payload.counter.to_string()),
                ("event-name", payload.event.to_owned()),
                ("subscription-id", payload.subscription.to_string()),
                ("webhook-signature", signature(text(subscription, "SignKey"), &body)),
            ];
            let custom = text(subscription, "CustomHeader");
            if !custom.is_empty() {
                headers.push(("custom-header", STANDARD.encode(custom)));
            }
            let url = text(subscription, "TargetEndpointUri").to_owned();
            due.push(Delivery { payload: payload.id, url, headers, body });
        }
        due
    }

    /// The outcome of a delivery: the status, or `None` if no answer came in time.
    pub(crate) fn delivered(&mut self, id: Uuid, status: Option<u16>, now: DateTime<Utc>) {
        let Some(payload) = self.payloads.iter_mut().find(|payload| payload.id == id) else { return };
        payload.response = status.map(|status| status.to_string());
        if status.is_some_and(|status| (200..300).contains(&status)) {
            payload.state = DELIVERED;
            return;
        }
        payload.failures += 1;
        let wait = WAITS.get(payload.failures - 1);
        payload.state = if wait.is_some() { RETRYING } else { GIVEN_UP };
        payload.due = wait.map(|minutes| now + TimeDelta::minutes(*minutes));
    }
}

/// Lower-case hex of HMAC-SHA256 over the body, keyed with the text of the sign key.
fn signature(sign_key: &str, body: &str) -> String {
    let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(sign_key.as_bytes()) else { return String::new() };
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn subscription<'a>(call: &'a Call<'_>, id: Uuid) -> Result<&'a Record, Refusal> {
    call.system.webhooks.subscriptions.get(&id).ok_or_else(|| Refusal::not_found("Subscription", id))
}

fn put(call: &mut Call<'_>, new: bool) -> Outcome {
    let mut record = call.body.clone();
    let id = guid(&record, "SubscriptionId").unwrap_or_default();
    if new && call.system.webhooks.subscriptions.contains_key(&id) {
        return Err(Refusal::invalid("SubscriptionId", id));
    }
    let event = guid(&record, "WebhookEventId").unwrap_or_default();
    if !call.system.webhooks.events.values().any(|known| *known == event) {
        return Err(Refusal::invalid("WebhookEventId", event));
    }
    let target = text(&record, "TargetEndpointUri");
    if !target.starts_with("http://") && !target.starts_with("https://") {
        return Err(Refusal::invalid("TargetEndpointUri", target));
    }
    let (start, end) = (parse_utc(text(&record, "StartDateUtc")), parse_utc(text(&record, "EndDateUtc")));
    if end <= start || end.is_none_or(|end| end > call.now + TimeDelta::days(366)) {
        return Err(Refusal::invalid("EndDateUtc", text(&record, "EndDateUtc")));
    }
    let filter = text(&record, "JsonPathFilter");
    if json_path::passes(filter, &Value::Null).is_none() {
        return Err(Refusal::invalid("JsonPathFilter", filter));
    }
    let others = call
        .system
        .webhooks
        .subscriptions
        .iter()
        .filter(|(other, record)| **other != id && guid(record, "WebhookEventId") == Some(event));
    if others.count() >= MOST_PER_EVENT {
        return Err(Refusal::validation("There are three subscriptions of this event already."));
    }
    let old = if new { None } else { Some(subscription(call, id)?.clone()) };
    let kept = |name: &str| old.as_ref().and_then(|old| old.get(name).cloned());
    let sign_key = kept("SignKey").unwrap_or_else(|| Value::from(call.ids.next().to_string().to_uppercase()));
    record.insert("SignKey".to_owned(), sign_key);
    record.insert("Counter".to_owned(), kept("Counter").unwrap_or_else(|| Value::from(0)));
    record.insert("State".to_owned(), Value::from(1));
    call.system.webhooks.subscriptions.insert(id, record);
    Ok(Answer::Void)
}

/// The newest payloads of a subscription in one of `states`.
fn payloads(call: &mut Call<'_>, states: &[i64]) -> Outcome {
    let id = call.id(0)?;
    subscription(call, id)?;
    let all = call.system.webhooks.payloads.iter().rev();
    let wanted = all.filter(|payload| payload.subscription == id && states.contains(&payload.state));
    let rendered = wanted.take(MOST_PAYLOADS).map(|payload| {
        json!({
            "WebhookEventPayloadId": payload.id.to_string(),
            "SubscriptionId": id.to_string(),
            "Counter": payload.counter,
            "CreatedUtc": payload.created,
            "Data": payload.data.to_string(),
            "FailedRequests": payload.failures,
            "Response": payload.response,
            "State": payload.state,
        })
    });
    Answer::of(&rendered.collect::<Vec<_>>())
}

fn pending(call: &mut Call<'_>) -> Outcome {
    let all = call.system.webhooks.payloads.iter();
    let waiting = all.filter(|payload| matches!(payload.state, RETRYING | GIVEN_UP));
    let ids: std::collections::BTreeSet<_> =
        waiting.map(|payload| payload.subscription.to_string()).collect();
    Answer::of(&json!({ "SubscriptionIds": ids }))
}

/// Announces that a key was added or block-listed.
pub(crate) fn key_event(
    system: &mut System,
    ids: &mut Ids,
    event: &'static str,
    key: Uuid,
    now: DateTime<Utc>,
) {
    const MEMBERS: [&str; 14] = [
        "Description",
        "ExpireDate",
        "FNKey_ID",
        "InfoText",
        "KeyTypeMask",
        "Person_ID",
        "RealEstate_ID",
        "ROM_ID",
        "Stamp",
        "StampSource",
        "State",
        "TagKey",
        "TagKeySource",
        "VersionCode",
    ];
    let Some(row) = system.keys.get(key) else { return };
    let member = |name: &&str| ((*name).to_owned(), row.record.get(*name).cloned().unwrap_or_default());
    let data = Value::Object(MEMBERS.iter().map(member).collect());
    system.webhooks.announce(ids, event, &data, now);
}

/// Announces the rows of the audit trail that have arrived by now.
pub(crate) fn announce_logs(system: &mut System, ids: &mut Ids, now: DateTime<Utc>) {
    for row in system.logs.take_untold(now) {
        let key = row.key.and_then(|key| system.keys.get(key));
        let phone = |name| key.and_then(|key| key.phone.as_ref()).and_then(|phone| phone.get(name).cloned());
        let lock = system.locks.get(row.lock).map(|lock| &lock.record);
        let person = row.person.and_then(|person| system.persons.table.get(person));
        let data = json!({
            "DeviceLogTypeMask": row.kind,
            "FLock_ID": row.lock.to_string(),
            "fnKey_ID": row.key.map(|key| key.to_string()),
            "GoingDateUtc": row.went_at.map(utc_text),
            "KeyTypeMask": key.map(crate::keys::KeyRow::kind),
            "LanguageCode": person.and_then(|person| person.record.get("LanguageCode")),
            "LockSerialNumber": lock.and_then(|lock| lock.get("SerialNumber")),
            "Person_ID": row.person.map(|person| person.to_string()),
            "PersonFullName": row.person_name.as_deref(),
            "PhoneEmail": phone("Email"),
            "PhoneNo": phone("PhoneNo"),
            "RealEstate_ID": lock.and_then(|lock| lock.get("RealEstate_Id")),
        });
        system.webhooks.announce(ids, "device_log_arrived", &data, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_documented_one() {
        let body = r#"{"Data":{"Description":"kuvaus","ExpireDate":"2021-04-20T10:42:40.803Z","FNKey_ID":"3fa85f64-5717-4562-b3fc-2c963f66afa6","InfoText":"infoa","KeyTypeMask":0,"Person_ID":"3fa85f64-5717-4562-b3fc-2c963f66afa6","RealEstate_ID":"3fa85f64-5717-4562-b3fc-2c963f66afa6","ROM_ID":"string","Stamp":"string","StampSource":0,"State":0,"TagKey":"string","TagKeySource":0,"VersionCode":"string"},"CreationTimeUtc":"2021-01-05T12:15:30Z"}"#;
        assert_eq!(
            signature("EFE3FD29-0B3E-405F-98EE-0CC5385DF5D5", body),
            "0468a4741fc1445f9b70805456016c88ad5b61544dd8c38502be546f3e05b4e8"
        );
    }
}
