//! Parameters and headers.

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::scalars::TOKEN;
use super::schemas::Schemas;
use crate::routes::{Form, Job, Parameter};
use crate::{KeyType, LinkState, LogEvent, SummaryBy};

/// Those that several operations share.
pub(super) fn shared(schemas: &mut Schemas) -> Value {
    let path = |name: &str, schema: Value, text: &str| json!({ "name": name, "in": "path", "required": true, "description": text, "schema": schema });
    let header = |name: &str, schema: Value, text: &str| json!({ "name": name, "in": "header", "description": text, "schema": schema });
    let token = || json!({ "type": "string", "pattern": TOKEN });
    let text = || json!({ "type": "string" });
    let key = header(
        "Idempotency-Key",
        json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" }),
        "Visible ASCII; a new one for each new intent, the same one to try again.",
    );
    let needed = |mut parameter: Value| {
        parameter["required"] = true.into();
        parameter
    };
    let signature = header(
        "Webhook-Signature",
        json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" }),
        "HMAC-SHA256 of the body as it is sent, in lower-case hex; the key is the text of the subscription's sign key.",
    );
    json!({
        "system": path("system", token(), "The system's id, chosen by the portal; `sync` is reserved."),
        "user": path("user", token(), "The user's id, chosen by the portal; `sync` is reserved."),
        "key": path("key", json!({ "type": "string", "format": "uuid" }), "The key's id."),
        "job": path("job", word::<Job>(schemas), "The job."),
        "run": path("run", token(), "The run's id."),
        "id": path("id", token(), "The id of the waiting work."),
        "requestId": header(
            "X-Request-Id",
            text(),
            "Comes back in the answer if it is `[A-Za-z0-9._-]{1,64}`, and stands in logs and audit.",
        ),
        "actor": header("X-Actor", json!({ "type": "string", "maxLength": 128 }), "Who acts, for the audit trail."),
        "neededIdempotencyKey": needed(key.clone()),
        "idempotencyKey": key,
        "webhookSignature": needed(signature),
        "eventName": header("Event-Name", text(), "The event."),
        "subscriptionId": header("Subscription-Id", text(), "The subscription's id."),
        "counter": header("Counter", text(), "The event's number; the same when it is sent again."),
    })
}

fn word<T: JsonSchema>(schemas: &mut Schemas) -> Value {
    schemas.request(|generator| generator.subschema_for::<T>())
}

/// A parameter of the query; `None` if nothing is known of it.
pub(super) fn query(parameter: &Parameter, schemas: &mut Schemas) -> Option<Value> {
    let name = parameter.name;
    let schema = match (parameter.form, name) {
        (Form::Limit, _) => json!({ "type": "integer", "minimum": 1, "maximum": 1000 }),
        (Form::Flag, _) => json!({ "type": "boolean" }),
        (Form::Text, "key" | "door") => json!({ "type": "string", "format": "uuid" }),
        (Form::Text, _) => json!({ "type": "string", "maxLength": 200 }),
        (Form::Moment, _) => json!({ "type": "string", "format": "date-time" }),
        (Form::Cursor, _) => json!({ "type": "string" }),
        (Form::Word, "type") => word::<KeyType>(schemas),
        (Form::Word, "state") => word::<LinkState>(schemas),
        (Form::Word, "event") => word::<LogEvent>(schemas),
        (Form::Word, "by") => word::<SummaryBy>(schemas),
        (Form::Word, "job") => word::<Job>(schemas),
        (Form::Word, _) => return None,
    };
    let text = match name {
        "limit" => "How many items a page has at most; 100 if it is left out.",
        "cursor" => "`next` of the page before.",
        "after" => "`next` of the page before; from the beginning if it is left out.",
        "all" => "Also those that can't be given through this API.",
        "state" => "Only users that stand so in iLOQ.",
        "q" => "Part of a name, an address or an id.",
        "removeKeys" => "Whether the user's keys are taken away first.",
        "type" => "Only keys of this type.",
        "available" => {
            "Only keys that nobody has and that are not hidden, deleted, returned or on the block list."
        }
        "user" => "Only of this user, by the user's id.",
        "key" => "Only of this key, by iLOQ's id.",
        "door" => "Only of this door, by iLOQ's id.",
        "event" => "Only rows of this event.",
        "from" => "From this moment on.",
        "until" => "Up to this moment, which is not included.",
        "by" => "What is counted by; `day` if it is left out.",
        "job" => "Only runs of this job.",
        _ => return None,
    };
    Some(json!({ "name": name, "in": "query", "description": text, "schema": schema }))
}

/// Headers of answers.
pub(super) fn headers() -> Value {
    let header = |text: &str, schema: Value| json!({ "description": text, "schema": schema });
    let text = || json!({ "type": "string" });
    json!({
        "requestId": header("The request's id.", text()),
        "replayed": header("`true` if this is the kept answer of an earlier request with the same key.", text()),
        "location": header("Where the run can be watched.", text()),
        "link": header("`<…>; rel=\"next\"`: where the next page is. With JSON lines and CSV only.", text()),
        "retryAfter": header("Seconds to wait.", json!({ "type": "integer" })),
        "authenticate": header("`Bearer`.", text()),
    })
}
