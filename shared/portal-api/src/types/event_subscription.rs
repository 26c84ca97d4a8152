//! What iLOQ tells by itself: the subscription of its webhook.

use iloq_model::SubscriptionId;
use serde::Serialize;
use serde_json::{Map, Value};

use super::rules::webhook_target;
use crate::json::{Patch, Reader, Wrong};
use crate::problem::Problem;
use crate::time::Time;
use crate::words::words;

words! {
    /// A kind of event that iLOQ tells, by iLOQ's name (`Webhooks/Events`).
    EventName {
        /// Rows of the access log have arrived in iLOQ.
        DeviceLogArrived = "device_log_arrived",
        /// A key was made, in Manager or through the API.
        KeyAdded = "key_added",
        /// A key was put on the block list.
        KeyBlocklisted = "key_blocklisted",
    }
}

words! {
    /// How a subscription stands.
    SubscriptionState {
        /// iLOQ has it, and its sign key is known here.
        Active = "active",
        /// It is wanted and not in iLOQ yet, or not any more: the job `renew-subscriptions` sees to it.
        Pending = "pending",
        /// It was deleted here, and iLOQ still has it: the job sees to it.
        Removing = "removing",
    }
}

/// Members of the view that a caller may send back.
const OURS: &[&str] = &["state", "endsAt", "signKeySet", "subscriptions", "updatedAt", "problem"];

/// What a portal asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutSubscription {
    /// Where iLOQ is to post to.
    pub target_url: String,
    /// Which events, each once and never none; `None`: those that are subscribed, at first all that iLOQ offers.
    pub events: Option<Vec<EventName>>,
}

impl PutSubscription {
    /// Reads and checks the body of `PUT …/event-subscription`.
    ///
    /// # Errors
    /// 422 with one error for each wrong member.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::new(body);
        reader.ignore(OURS);
        let target_url = reader.text("targetUrl", webhook_target);
        let target_url = reader.need("targetUrl", target_url);
        let events = reader.texts("events", 20, |text| {
            EventName::parse(text).ok_or_else(|| {
                let names: Vec<_> = EventName::ALL.iter().map(|event| event.name()).collect();
                Wrong::from(format!("must be one of {}", names.join(", ")))
            })
        });
        let events = match events {
            Patch::Value(events) => {
                if events.is_empty() && reader.is_clean() {
                    reader.refuse(
                        "events",
                        "must name one event at least; DELETE ends the subscription".into(),
                    );
                }
                Some(EventName::ALL.iter().copied().filter(|event| events.contains(event)).collect())
            }
            Patch::Null | Patch::Absent => None,
        };
        let whole = target_url.map(|target_url| Self { target_url, events });
        reader.finish(whole)
    }
}

/// The subscription of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EventSubscription {
    /// The event.
    pub event: EventName,
    /// iLOQ's `SubscriptionId`.
    pub id: SubscriptionId,
    /// How it stands.
    pub state: SubscriptionState,
    /// Until when iLOQ has it; `None` while that is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Time>,
}

/// The subscription as the portal sees it. The sign key is never shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Subscription"))]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionView {
    /// Where iLOQ posts to.
    pub target_url: String,
    /// Which events.
    pub events: Vec<EventName>,
    /// The worst state of the single subscriptions.
    pub state: SubscriptionState,
    /// The first end among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Time>,
    /// Whether the sign key of each is known here.
    pub sign_key_set: bool,
    /// One for each event.
    pub subscriptions: Vec<EventSubscription>,
    /// When it was last put.
    pub updated_at: Time,
    /// Why it is not as it is wanted, from the last try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}
