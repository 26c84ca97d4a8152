//! The shared components of the document.

use serde_json::{Map, Value, json};

use crate::problem::Code;
use crate::routes::BUILT_JOBS;

/// What is shared, with the schemas written by hand and those that tables give.
pub(super) fn build(mut schemas: Map<String, Value>, responses: &Map<String, Value>) -> Value {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    schemas.insert("ProblemCode".into(), json!({ "enum": codes }));
    let jobs: Vec<&str> = BUILT_JOBS.iter().map(|job| job.name()).collect();
    schemas.insert("Job".into(), json!({ "enum": jobs }));
    json!({
        "schemas": schemas,
        "responses": responses,
        "parameters": parameters(),
        "headers": headers(),
        "securitySchemes": {
            "bearer": {
                "type": "http", "scheme": "bearer",
                "description": "A token whose hash is an entry of the variable `access_tokens`.",
            },
            "queryToken": {
                "type": "apiKey", "in": "query", "name": "token",
                "description": "A token of scope `jobs`, only while the variable `jobs_by_get` is `true`.",
            },
        },
    })
}

fn parameters() -> Value {
    let path = |name: &str, schema: &str, description: &str| {
        json!({
            "name": name, "in": "path", "required": true, "description": description,
            "schema": { "$ref": format!("#/components/schemas/{schema}") },
        })
    };
    let token = json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$" });
    json!({
        "system": path("system", "PortalId", "The system's id."),
        "user": path("user", "PortalId", "The user's id."),
        "key": path("key", "Guid", "The key's id."),
        "job": path("job", "Job", "The job."),
        "run": { "name": "run", "in": "path", "required": true, "description": "The run's id.", "schema": token },
        "id": { "name": "id", "in": "path", "required": true, "description": "The id of the waiting work.", "schema": token },
        "requestId": {
            "name": "X-Request-Id", "in": "header", "description": "Comes back in the answer, and stands in logs and audit.",
            "schema": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$" },
        },
        "actor": {
            "name": "X-Actor", "in": "header", "description": "Who acts, for the audit trail.",
            "schema": { "type": "string", "maxLength": 128 },
        },
        "idempotencyKey": {
            "name": "Idempotency-Key", "in": "header",
            "description": "Visible ASCII; a new one for each new intent, the same one to try again.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
        },
        "webhookSignature": {
            "name": "Webhook-Signature", "in": "header", "required": true,
            "description": "HMAC-SHA256 of the body as it is sent, in lower-case hex; the key is the text of the subscription's sign key.",
            "schema": { "type": "string", "pattern": "^[0-9a-f]{64}$" },
        },
        "eventName": { "name": "Event-Name", "in": "header", "description": "The event.", "schema": { "type": "string" } },
        "subscriptionId": {
            "name": "Subscription-Id", "in": "header", "description": "The subscription's id.", "schema": { "type": "string" },
        },
        "counter": {
            "name": "Counter", "in": "header", "description": "The event's number; the same when it is sent again.",
            "schema": { "type": "string" },
        },
    })
}

fn headers() -> Value {
    json!({
        "requestId": { "description": "The request's id.", "schema": { "type": "string" } },
        "replayed": {
            "description": "`true` if this is the kept answer of an earlier request with the same key.",
            "schema": { "const": "true" },
        },
        "location": { "description": "Where the run can be watched.", "schema": { "type": "string" } },
        "link": {
            "description": "`<…>; rel=\"next\"`: where the next page is. With JSON lines and CSV only.",
            "schema": { "type": "string" },
        },
        "retryAfter": { "description": "Seconds to wait.", "schema": { "type": "integer" } },
        "authenticate": { "description": "`Bearer`.", "schema": { "const": "Bearer" } },
    })
}
