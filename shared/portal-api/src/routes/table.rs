//! The table itself.

use super::{Access, Body, Component, Form, Idempotency, Method, Operation, Parameter, Route};
use crate::auth::Scope;

const fn parameter(name: &'static str, form: Form) -> Parameter {
    Parameter { name, form }
}

const LIMIT: Parameter = parameter("limit", Form::Limit);
const CURSOR: Parameter = parameter("cursor", Form::Cursor);
const AFTER: Parameter = parameter("after", Form::Cursor);
const PAGE: &[Parameter] = &[LIMIT, CURSOR];
const FEED: &[Parameter] = &[LIMIT, AFTER];

const fn operation(method: Method, id: &'static str, access: Access, body: Body) -> Operation {
    let idempotency = match (method, body) {
        (Method::Post, Body::Json) => Idempotency::Optional,
        _ => Idempotency::Ignored,
    };
    Operation { method, id, access, body, idempotency, query: &[], by_get: false }
}

/// A read that returns one thing.
const fn get(id: &'static str) -> Operation {
    operation(Method::Get, id, Access::Token(Scope::Read), Body::None)
}

/// A read with query parameters.
const fn list(id: &'static str, query: &'static [Parameter]) -> Operation {
    Operation { query, ..get(id) }
}

const fn post(id: &'static str) -> Operation {
    operation(Method::Post, id, Access::Token(Scope::Operate), Body::Json)
}

const fn put(id: &'static str) -> Operation {
    operation(Method::Put, id, Access::Token(Scope::Operate), Body::Json)
}

const fn delete(id: &'static str) -> Operation {
    operation(Method::Delete, id, Access::Token(Scope::Operate), Body::None)
}

/// The same for the scope `admin`.
const fn admin(operation: Operation) -> Operation {
    Operation { access: Access::Token(Scope::Admin), ..operation }
}

const fn public(id: &'static str) -> Operation {
    operation(Method::Get, id, Access::Public, Body::None)
}

const fn route(template: &'static str, component: Component, operations: &'static [Operation]) -> Route {
    Route { template, component, operations }
}

/// Every path of the API, also of components that are not built yet.
pub static ROUTES: &[Route] = &[
    // Systems
    route("/v1/systems", Component::Systems, &[list("listSystems", PAGE)]),
    route(
        "/v1/systems/{system}",
        Component::Systems,
        &[get("getSystem"), admin(put("putSystem")), admin(delete("deleteSystem"))],
    ),
    route("/v1/systems/{system}/check", Component::Systems, &[post("checkSystem")]),
    // Structure
    route("/v1/systems/{system}/structure/sync", Component::SyncStructure, &[post("syncStructure")]),
    route("/v1/systems/{system}/locations", Component::SyncStructure, &[list("listLocations", PAGE)]),
    route("/v1/systems/{system}/zones", Component::SyncStructure, &[list("listZones", PAGE)]),
    route("/v1/systems/{system}/doors", Component::SyncStructure, &[list("listDoors", PAGE)]),
    route("/v1/systems/{system}/scanners", Component::SyncStructure, &[list("listScanners", PAGE)]),
    route(
        "/v1/systems/{system}/access-rights",
        Component::SyncStructure,
        &[list("listAccessRights", &[LIMIT, CURSOR, parameter("all", Form::Flag)])],
    ),
    route("/v1/systems/{system}/time-profiles", Component::SyncStructure, &[list("listTimeProfiles", PAGE)]),
    // Users
    route(
        "/v1/systems/{system}/users",
        Component::Users,
        &[list("listUsers", &[LIMIT, CURSOR, parameter("state", Form::Word), parameter("q", Form::Text)])],
    ),
    route("/v1/systems/{system}/users/sync", Component::SyncUsers, &[post("syncUsers")]),
    route(
        "/v1/systems/{system}/users/{user}",
        Component::Users,
        &[
            get("getUser"),
            put("putUser"),
            Operation { query: &[parameter("removeKeys", Form::Flag)], ..delete("deleteUser") },
        ],
    ),
    route("/v1/systems/{system}/users/{user}/resolve", Component::Users, &[post("resolveUser")]),
    route("/v1/systems/{system}/changes", Component::Users, &[list("listChanges", FEED)]),
    // Keys
    route(
        "/v1/systems/{system}/keys",
        Component::LinkKey,
        &[list(
            "listKeys",
            &[
                LIMIT,
                CURSOR,
                parameter("type", Form::Word),
                parameter("available", Form::Flag),
                parameter("user", Form::Text),
            ],
        )],
    ),
    route("/v1/systems/{system}/keys/refresh", Component::LinkKey, &[post("refreshKeys")]),
    route("/v1/systems/{system}/keys/{key}", Component::LinkKey, &[get("getKey")]),
    route("/v1/systems/{system}/keys/{key}/replace", Component::LinkKey, &[post("replaceKey")]),
    route(
        "/v1/systems/{system}/users/{user}/keys",
        Component::LinkKey,
        &[post("attachKeys"), put("putUserKeys")],
    ),
    route("/v1/systems/{system}/users/{user}/keys/{key}", Component::LinkKey, &[delete("detachKey")]),
    route("/v1/systems/{system}/drift", Component::LinkKey, &[list("listDrift", PAGE)]),
    // Access rights of a user
    route(
        "/v1/systems/{system}/users/{user}/access-rights",
        Component::OrderAccessRights,
        &[put("putAccessRights")],
    ),
    // Mobile keys
    route(
        "/v1/systems/{system}/users/{user}/mobile-keys",
        Component::SendMobileKey,
        &[Operation { idempotency: Idempotency::Required, ..post("sendMobileKey") }],
    ),
    route(
        "/v1/systems/{system}/mobile-keys/{key}/resend",
        Component::ResendMobileKey,
        &[post("resendMobileKey")],
    ),
    // Limits in time
    route(
        "/v1/systems/{system}/keys/{key}/limits",
        Component::LimitKey,
        &[get("getLimits"), put("putLimits")],
    ),
    // Blocking
    route("/v1/systems/{system}/users/{user}/block", Component::BlockUser, &[post("blockUser")]),
    route("/v1/systems/{system}/users/{user}/unblock", Component::BlockUser, &[post("unblockUser")]),
    route("/v1/systems/{system}/block-list", Component::BlockList, &[list("listBlockList", PAGE)]),
    route(
        "/v1/systems/{system}/block-list/{key}",
        Component::BlockList,
        &[put("blockKey"), delete("unblockKey")],
    ),
    // The access log
    route("/v1/systems/{system}/logs/pull", Component::PullLogs, &[post("pullLogs")]),
    route(
        "/v1/systems/{system}/logs",
        Component::PullLogs,
        &[list(
            "listLogs",
            &[
                LIMIT,
                CURSOR,
                parameter("from", Form::Moment),
                parameter("until", Form::Moment),
                parameter("user", Form::Text),
                parameter("key", Form::Text),
                parameter("door", Form::Text),
                parameter("event", Form::Word),
            ],
        )],
    ),
    route("/v1/systems/{system}/logs/feed", Component::PullLogs, &[list("feedLogs", FEED)]),
    route(
        "/v1/systems/{system}/logs/summary",
        Component::PullLogs,
        &[list(
            "summariseLogs",
            &[parameter("from", Form::Moment), parameter("until", Form::Moment), parameter("by", Form::Word)],
        )],
    ),
    route(
        "/v1/events/{system}",
        Component::ReceiveEvents,
        &[operation(Method::Post, "receiveEvent", Access::Signed, Body::Raw)],
    ),
    route(
        "/v1/systems/{system}/event-subscription",
        Component::ReceiveEvents,
        &[get("getSubscription"), admin(put("putSubscription")), admin(delete("deleteSubscription"))],
    ),
    // Schedules and operation
    route(
        "/v1/jobs/{job}",
        Component::Jobs,
        &[
            Operation { access: Access::Token(Scope::Jobs), ..post("runJob") },
            Operation { access: Access::Token(Scope::Jobs), by_get: true, ..get("runJobByGet") },
        ],
    ),
    route("/v1/systems/{system}/retries/{id}", Component::Jobs, &[post("retryNow"), delete("giveUpRetry")]),
    route(
        "/v1/systems/{system}/runs",
        Component::Meta,
        &[list("listRuns", &[LIMIT, CURSOR, parameter("job", Form::Word)])],
    ),
    route("/v1/systems/{system}/runs/{run}", Component::Meta, &[get("getRun")]),
    route("/v1/systems/{system}/runs/{run}/items", Component::Meta, &[list("listRunItems", PAGE)]),
    route("/v1/systems/{system}/retries", Component::Meta, &[list("listRetries", PAGE)]),
    route("/v1/systems/{system}/audit", Component::Meta, &[list("listAudit", FEED)]),
    route("/healthz", Component::Meta, &[public("getHealth")]),
    route("/v1/status", Component::Meta, &[get("getStatus")]),
    route("/metrics", Component::Meta, &[get("getMetrics")]),
    route("/openapi.json", Component::Meta, &[public("getOpenApi")]),
];
