//! Webhooks.

use serde_json::Value;

use crate::record::record;
use crate::{DateText, PayloadState, Secret, SubscriptionId, WebhookEventId, WebhookPayloadId};

record! {
    /// A kind of event that can be subscribed (model `WebhookEvent`).
    pub struct WebhookEvent [
        /// The id.
        id: WebhookEventId = "Id",
    ] {
        /// Its name, for example `device_log_arrived`.
        nullable name: String = "Name",
        /// Its name for people.
        nullable display_name: String = "DisplayName",
        /// Free text.
        nullable description: String = "Description",
    }
}

record! {
    /// A subscription (models `Subscription` and `AddSubscriptionParam`).
    pub struct WebhookSubscription [
        /// The id, made by the caller.
        id: SubscriptionId = "SubscriptionId",
        /// What is subscribed.
        event_id: WebhookEventId = "WebhookEventId",
    ] {
        /// Where iLOQ posts to.
        nullable target: String = "TargetEndpointUri",
        /// From when on (UTC).
        optional start: DateText = "StartDateUtc",
        /// Until when (UTC); at most a year ahead.
        optional end: DateText = "EndDateUtc",
        /// Sent along as a header, in Base64.
        nullable custom_header: String = "CustomHeader",
        /// Which events, as a `JSONPath`.
        nullable filter: String = "JsonPathFilter",
        /// The key of the signature, as text; only in answers.
        secret sign_key: Secret = "SignKey",
        /// How many payloads there have been; only in answers.
        optional counter: i64 = "Counter",
        /// The state; the codes are not documented. Only in answers.
        optional state: i32 = "State",
    }
}

record! {
    /// One payload of a subscription as the API lists it (model `Payload`).
    pub struct WebhookPayload [
        /// The id.
        id: WebhookPayloadId = "WebhookEventPayloadId",
    ] {
        /// The subscription.
        optional subscription_id: SubscriptionId = "SubscriptionId",
        /// Its number.
        optional counter: i64 = "Counter",
        /// When it was made (UTC).
        optional created: DateText = "CreatedUtc",
        /// Whether it has been delivered.
        optional state: PayloadState = "State",
        /// How often it was sent without success.
        optional failed_requests: i32 = "FailedRequests",
        /// What is delivered, as text.
        nullable data: String = "Data",
        /// What the last answer was.
        nullable response: String = "Response",
    }
}

record! {
    /// What iLOQ posts to a subscriber.
    pub struct WebhookDelivery [] {
        /// The event's own members; their spelling varies in case.
        optional data: Value = "Data",
        /// When it was sent (UTC).
        optional sent_at: DateText = "CreationTimeUtc",
    }
}
