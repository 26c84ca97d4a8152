//! The checks that hold on every route, in the order of the contract.

use std::{rc::Rc, time::Duration};

use iloq_client::io::{Clock, Random};
use portal_api::{
    Code, Problem, Time,
    auth::Principal,
    json, names,
    query::{self, Query},
    routes::{self, Access, Component, Match, Operation},
};
use serde_json::{Map, Value};

use super::{
    Answer, Body, Head,
    audit::{self, Audit},
    idempotency::{Keeping, Kept},
};
use crate::{
    config::Config,
    platform::Platform,
    problem::Stop,
    state::{Registry, SystemRecord},
    system::System,
};

/// A request that passed the checks.
pub struct Call<'a, P: Platform> {
    /// Everything outside.
    pub platform: &'a P,
    /// The application's variables.
    pub config: &'a Config<'a>,
    /// The caller's request id, or one of ours.
    pub request_id: &'a str,
    /// Who calls; `None` on public routes.
    pub principal: Option<&'a Principal>,
    /// The route with its parameters.
    pub matched: &'a Match,
    /// The operation.
    pub operation: &'static Operation,
    /// The query, checked.
    pub query: Query,
    /// The request without its body.
    pub head: &'a Head,
    /// The body's members; empty where the operation has none.
    pub members: Map<String, Value>,
    /// The body as it came, where the operation takes it so; else empty.
    pub raw: Vec<u8>,
    /// The locking system of the path, if it has one and it exists.
    pub system: Option<System<'a, P>>,
    /// Tells this request from others: the same again if it is sent again with its idempotency key.
    pub intent: String,
    /// The W3C trace context, if the caller sent one.
    pub traceparent: Option<&'a str>,
}

impl<'a, P: Platform> Call<'a, P> {
    /// The locking system of the path.
    ///
    /// # Errors
    /// `unknown-system`; routes with a system never get here without one, except `putSystem`.
    pub fn system(&self) -> Result<&System<'a, P>, Stop> {
        self.system.as_ref().ok_or_else(|| Problem::of(Code::UnknownSystem).into())
    }

    /// When the call has to end (on the monotonic clock).
    pub fn end(&self) -> Duration {
        self.config.end()
    }

    /// A parameter of the path.
    #[must_use]
    pub fn parameter(&self, name: &str) -> &str {
        self.matched.parameter(name).unwrap_or_default()
    }
}

/// Serves one request: checks, then `operate`. Never fails: what goes wrong is an answer.
pub async fn serve<P: Platform>(
    platform: &P,
    component: Component,
    head: Head,
    body: Body,
    operate: impl AsyncFnOnce(Call<'_, P>) -> Result<Answer, Stop>,
) -> Answer {
    let started = platform.clock().monotonic();
    let request_id = match names::request_id(head.header("x-request-id")) {
        Some(id) => id.to_owned(),
        None => new_id(platform.random()),
    };
    let config = Config::new(platform, started);
    let mut note = Note::default();
    let request = Request { platform, config: &config, head: &head, request_id: &request_id, started };
    let answer = match request.answer(component, body, &mut note, operate).await {
        Ok(answer) => answer,
        Err(problem) => Answer::problem(&problem, &request_id),
    };
    request.log(&note, answer.status);
    answer.with_header("x-request-id", request_id.clone()).with_header("cache-control", "no-store")
}

/// 96 random bits as text.
pub fn new_id(random: &impl Random) -> String {
    let mut bytes = [0_u8; 12];
    random.fill(&mut bytes);
    hex::encode(bytes)
}

/// What is known of the request when it is answered, for its traces.
#[derive(Default)]
struct Note {
    /// The system of the path, once it is read; for the audit trail.
    record: Option<Rc<SystemRecord>>,
    route: Option<&'static str>,
    system: Option<String>,
    token: Option<String>,
    code: Option<&'static str>,
}

/// What the operation takes, checked.
fn parsed(
    operation: &Operation,
    query: Option<&str>,
    body: &[u8],
) -> Result<(Map<String, Value>, Query), Problem> {
    let members = if operation.body == routes::Body::Json { json::parse_object(body)? } else { Map::new() };
    // What is signed is the body: a query that somebody put into the address is told nothing about before that.
    let query = if operation.access == Access::Signed { None } else { query };
    Ok((members, Query::parse(query, operation)?))
}

struct Request<'a, P> {
    platform: &'a P,
    config: &'a Config<'a>,
    head: &'a Head,
    request_id: &'a str,
    started: Duration,
}

impl<'a, P: Platform> Request<'a, P> {
    async fn answer(
        &self,
        component: Component,
        body: Body,
        note: &mut Note,
        operate: impl AsyncFnOnce(Call<'_, P>) -> Result<Answer, Stop>,
    ) -> Result<Answer, Problem> {
        let (path, query) = query::split(&self.head.path_and_query);
        let unknown = || Problem::of(Code::NotFound);
        let matched = routes::find(path).filter(|m| m.route.component == component).ok_or_else(unknown)?;
        note.route = Some(matched.route.template);
        note.system = matched.system().map(str::to_owned);
        let operation = matched.operation(&self.head.method, self.jobs_by_get(&matched));
        let principal = self.principal(&matched, query)?;
        note.token = principal.as_ref().map(|p| p.name.clone());

        let audit = Audit::of(self.head, self.request_id, principal.as_ref(), &matched, operation);
        let outcome = self.checked(&matched, operation, principal.as_ref(), query, body, note, operate).await;
        if let Err(problem) = &outcome {
            note.code = Some(problem.code.name());
        }
        if let (Some(audit), Some(name)) = (audit, note.system.as_deref()) {
            let record = note.record.clone().or_else(|| self.covered(principal.as_ref(), name));
            if let Some(record) = record {
                audit::write(self.platform, name, &record, audit, &outcome).await;
            }
        }
        outcome
    }

    /// Whether jobs are there by GET: asked only where the answer depends on it.
    fn jobs_by_get(&self, matched: &Match) -> bool {
        matched.operation(&self.head.method, false).is_none()
            && matched.route.operations.iter().any(|operation| operation.by_get)
            && self.config.jobs_by_get()
    }

    fn principal(&self, matched: &Match, query: Option<&str>) -> Result<Option<Principal>, Problem> {
        match matched.least_access() {
            Access::Public | Access::Signed => return Ok(None),
            Access::Token(_) => {}
        }
        let by_query = matched.allows_query_token(&self.head.method, self.jobs_by_get(matched));
        let query_token = if by_query { query::token(query) } else { None };
        let header = self.head.header("authorization");
        self.config.tokens().authenticate(header, query_token.as_deref()).map(Some).inspect_err(|_| {
            // The caller can't know it, but whoever has mistyped an entry finds it here.
            for fault in self.config.tokens().faults() {
                self.write(&serde_json::json!({ "event": "access_tokens", "level": "error", "detail": fault.to_string() }));
            }
        })
    }

    /// A refused write is noted with its system, if the token covers it.
    fn covered(&self, principal: Option<&Principal>, system: &str) -> Option<Rc<SystemRecord>> {
        principal.filter(|p| p.covers(system))?;
        Registry::new(self.platform.store()).get(system).ok()?.map(Rc::new)
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one request, taken apart once")]
    async fn checked(
        &self,
        matched: &Match,
        operation: Option<&'static Operation>,
        principal: Option<&Principal>,
        query: Option<&str>,
        body: Body,
        note: &mut Note,
        operate: impl AsyncFnOnce(Call<'_, P>) -> Result<Answer, Stop>,
    ) -> Result<Answer, Problem> {
        if let Some(principal) = principal {
            principal.require(operation.map_or_else(|| matched.least_access(), |o| o.access))?;
            if let Some(system) = matched.system() {
                principal.require_system(system)?;
            }
        }
        note.record = self.record(matched, operation)?;
        let Some(operation) = operation else {
            return Err(Problem::method_not_allowed(matched.allow(self.jobs_by_get(matched))));
        };
        let bytes = self.body(operation, body)?;
        let keeping = match Keeping::begin(self.platform, self.head, principal, operation, &bytes)? {
            Kept::Answer(answer) => return Ok(answer),
            Kept::GoOn(keeping) => keeping,
        };
        let intent = keeping.as_ref().map_or_else(|| self.request_id.to_owned(), |k| k.intent().to_owned());
        let traceparent = self.head.header("traceparent");
        let system = match (&note.record, matched.system()) {
            (Some(record), Some(id)) => {
                Some(System::new(self.platform, self.config, id, Rc::clone(record), None, traceparent))
            }
            _ => None,
        };
        let outcome = match parsed(operation, query, &bytes) {
            Ok((members, query)) => {
                let raw = if operation.body == routes::Body::Raw { bytes } else { Vec::new() };
                let call = Call {
                    platform: self.platform,
                    config: self.config,
                    request_id: self.request_id,
                    principal,
                    matched,
                    operation,
                    query,
                    head: self.head,
                    members,
                    raw,
                    system,
                    intent,
                    traceparent,
                };
                operate(call).await.map_err(Stop::into_problem)
            }
            Err(problem) => Err(problem),
        };
        if let Some(keeping) = keeping {
            keeping.end(self.platform, &outcome, self.request_id);
        }
        outcome
    }

    /// The system of the path. Only `putSystem` may name one that does not exist; where the body is signed, the
    /// operation tells what it tells of a wrong signature.
    fn record(
        &self,
        matched: &Match,
        operation: Option<&'static Operation>,
    ) -> Result<Option<Rc<SystemRecord>>, Problem> {
        let Some(system) = matched.system() else { return Ok(None) };
        let record = Registry::new(self.platform.store()).get(system);
        let record = record.map_err(|error| Stop::from(error).into_problem())?;
        match record {
            None if matched.least_access() != Access::Signed
                && operation.is_none_or(|o| o.id != "putSystem") =>
            {
                Err(Problem::of(Code::UnknownSystem))
            }
            record => Ok(record.map(Rc::new)),
        }
    }

    fn body(&self, operation: &Operation, body: Body) -> Result<Vec<u8>, Problem> {
        let Body::Bytes(bytes) = body else {
            let unsigned =
                operation.access == Access::Signed && self.head.header("webhook-signature").is_none();
            return Err(Problem::of(if unsigned { Code::Unauthenticated } else { Code::BodyTooLarge }));
        };
        if operation.body == routes::Body::Json {
            json::check_content_type(self.head.header("content-type"), &bytes)?;
        }
        Ok(bytes)
    }

    fn log(&self, note: &Note, status: u16) {
        let took = self.platform.clock().monotonic().saturating_sub(self.started);
        let line = serde_json::json!({
            "event": "request",
            "at": Time::new(self.platform.clock().now()),
            "request_id": self.request_id,
            "method": self.head.method,
            "route": note.route,
            "system": note.system,
            "token": note.token,
            "status": status,
            "code": note.code,
            "duration_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "iloq_requests": self.config.traffic.requests(),
            "iloq_ms": self.config.traffic.millis(),
        });
        self.write(&line);
    }

    fn write(&self, line: &Value) {
        self.platform.log(&line.to_string());
    }
}
