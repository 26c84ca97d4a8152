//! The simulator: requests in, replies out.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;

use crate::{
    call::{Call, Viewer},
    call_log::CallEntry,
    clock::utc_text,
    control,
    faults::{Action, Fault, code_of, other_type},
    http::{Ending, Outcome, Refusal, Reply, Request, decode},
    operation::{Found, Gate, Operation, Rights, Run, find},
    sessions::{self, Incoming},
    shape::{Record, shape},
    world::World,
};

/// iLOQ's Public API, and behind it the locking systems. Clones share everything.
#[derive(Clone, Debug)]
pub struct Simulator {
    world: Arc<Mutex<World>>,
    in_flight: Arc<AtomicUsize>,
}

/// Everything that a simulator held at one moment: its locking systems, users, sessions, settings, faults and calls.
#[derive(Clone, Debug)]
pub struct Saved(Box<World>);

/// A request that is being answered; it counts until this is dropped.
#[derive(Debug)]
pub struct InFlight {
    counter: Arc<AtomicUsize>,
    count: usize,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.counter.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Simulator {
    pub(crate) fn of(world: World) -> Self {
        Self { world: Arc::new(Mutex::new(world)), in_flight: Arc::new(AtomicUsize::new(0)) }
    }

    /// The world, locked. A test that panicked while it held the lock does not matter to the others.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps everything, so that a test can come back to it.
    #[must_use]
    pub fn save(&self) -> Saved {
        Saved(Box::new(self.world().clone()))
    }

    /// Everything is as it was then, the next ids that are made included.
    pub fn restore(&self, saved: &Saved) {
        *self.world() = World::clone(&saved.0);
    }

    /// Counts a request as being answered until the result is dropped.
    #[must_use]
    pub fn enter(&self) -> InFlight {
        let count = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        InFlight { counter: Arc::clone(&self.in_flight), count }
    }

    /// Answers a request.
    #[must_use]
    pub fn handle(&self, request: &Request) -> Reply {
        self.handle_in(&self.enter(), request)
    }

    /// Answers a request that has been counted before; the caller keeps `in_flight` while it gives the answer.
    #[must_use]
    pub fn handle_in(&self, in_flight: &InFlight, request: &Request) -> Reply {
        let mut world = self.world();
        world.settle();
        if request.path_and_query.starts_with("/_control") {
            return control::handle(&mut world, request);
        }
        answer(&mut world, request, in_flight.count)
    }
}

/// Answers a call of the Public API and writes it down.
fn answer(world: &mut World, request: &Request, in_flight: usize) -> Reply {
    let (path, query) = request.path_and_query.split_once('?').unwrap_or((&request.path_and_query, ""));
    let place =
        ["/iloqws/api/v2/", "/iloqwspool2/api/v2/"].into_iter().find_map(|base| path.strip_prefix(base));
    let found = place.map_or(Found::Nothing, |place| find(&request.method, place));
    let (operation, ids) = match found {
        Found::Operation(operation, ids) => (Ok(operation), ids),
        Found::OtherMethod => (
            Err(Refusal::new(405, "MethodNotAllowed", format!("{} is not for {path}.", request.method))),
            Vec::new(),
        ),
        Found::NotSimulated => {
            (Err(Refusal::new(501, "NotSimulated", format!("{path} is not simulated."))), Vec::new())
        }
        Found::Nothing => {
            (Err(Refusal::new(404, "NotFound", format!("There is nothing at {path}."))), Vec::new())
        }
    };
    let name = operation.as_ref().map_or("", |operation| operation.id);
    let fault = world.faults.hit(name, &request.method, &request.path_and_query);
    let mut entry = CallEntry {
        sequence: world.calls.next_sequence(),
        at: utc_text(world.now()),
        operation: name,
        method: request.method.clone(),
        path: request.path_and_query.clone(),
        ids: ids.clone(),
        session: request.get_header("SessionId").map(str::to_owned),
        request_bytes: request.body.len(),
        in_flight,
        fault: fault.as_ref().map(|fault| fault.action.name().to_owned()),
        traceparent: request.get_header("traceparent").map(str::to_owned),
        body: (name != "Authentication_CreateSession").then(|| request.body.clone()),
        ..CallEntry::default()
    };
    let outcome = if carries_out(fault.as_ref()) {
        if matches!(fault.as_ref().map(|fault| &fault.action), Some(Action::ExpireSession)) {
            let id = entry.session.as_deref().and_then(crate::ids::parse);
            id.map(|id| world.sessions.remove(&id));
        }
        operation.and_then(|operation| {
            let outcome = run(world, operation, ids, query, request, &mut entry);
            entry.effect = operation.writes && outcome.is_ok();
            outcome
        })
    } else {
        Err(Refusal::new(503, "ServiceUnavailable", "A planned fault."))
    };
    let mut reply = match outcome {
        Ok(answer) => answer.into_reply(),
        Err(refusal) => refusal.into_reply(),
    };
    entry.status = reply.status;
    if let Some(fault) = fault {
        reply = spoil(reply, fault.action);
    }
    reply.delay += Duration::from_millis(world.settings.latency_ms);
    entry.answer_bytes = reply.body.len();
    world.calls.push(entry);
    reply
}

/// Whether the operation is carried out in spite of the fault.
fn carries_out(fault: Option<&Fault>) -> bool {
    fault.is_none_or(|fault| {
        fault.after_effect
            || !matches!(
                fault.action,
                Action::Status { .. } | Action::Drop | Action::Hang | Action::Answer { .. }
            )
    })
}

/// Puts a fault on a reply.
fn spoil(mut reply: Reply, action: Action) -> Reply {
    match action {
        Action::Status { status, code, message, retry_after } => {
            let code = code.unwrap_or_else(|| code_of(status).to_owned());
            let message = message.unwrap_or_else(|| "A planned fault.".to_owned());
            reply = Refusal { status, code, message, retry_after }.into_reply();
        }
        Action::Drop => reply.ending = Ending::Dropped,
        Action::Hang => reply.ending = Ending::Hung,
        Action::Delay { ms } => reply.delay += Duration::from_millis(ms),
        Action::Truncate { keep } => reply.ending = Ending::Cut(keep),
        Action::Garbage => {
            reply = Reply::plain(200, "text/html", "<html><body>Please come back later</body></html>");
        }
        Action::ExpireSession => {}
        Action::WrongType => {
            reply = Reply::plain(200, "application/json; charset=utf-8", other_type(&reply.body));
        }
        Action::Answer { body } => {
            reply = Reply::plain(200, "application/json; charset=utf-8", body.to_string());
        }
    }
    reply
}

/// All checks in their order, then the operation itself.
fn run(
    world: &mut World,
    operation: &'static Operation,
    params: Vec<String>,
    query: &str,
    request: &Request,
    entry: &mut CallEntry,
) -> Outcome {
    if world.settings.maintenance {
        let refusal = Refusal::new(503, "ServiceUnavailable", "The service is being maintained.");
        return Err(Refusal { retry_after: Some(30), ..refusal });
    }
    let wanted = world.settings.api_key.as_deref();
    if wanted.is_some() && request.get_header("x-api-key") != wanted {
        return Err(Refusal::forbidden("The x-api-key is missing or unknown."));
    }
    let session = match operation.gate {
        Gate::Open => None,
        Gate::Session | Gate::System(_) => Some(sessions::enter(world, request.get_header("SessionId"))?),
    };
    let system = match operation.gate {
        Gate::System(rights) => Some(check_rights(world, session, rights)?),
        Gate::Open | Gate::Session => None,
    };
    let extras =
        system.as_ref().and_then(|(id, _)| world.systems.get(id)).map(|system| system.extras.clone());
    let query = read_query(operation, query)?;
    let body = read_body(operation, request, &extras.unwrap_or_default())?;
    entry.ids.extend(ids_in(&body));
    match (operation.run, system) {
        (Run::World(run), _) => {
            let host = request.get_header("host").unwrap_or("127.0.0.1").to_owned();
            run(world, &Incoming { host, session, body })
        }
        (Run::System(run), Some((id, viewer))) => {
            let now = world.now();
            let system =
                world.systems.get_mut(&id).ok_or_else(|| Refusal::not_found("Locking system", id))?;
            run(&mut Call { system, viewer, now, ids: &mut world.ids, params, query, body })
        }
        (Run::System(_), None) => Err(Refusal::forbidden("No locking system has been set.")),
    }
}

/// The session's locking system and the user's view of it.
fn check_rights(
    world: &World,
    session: Option<uuid::Uuid>,
    needed: Rights,
) -> Result<(uuid::Uuid, Viewer), Refusal> {
    let session = sessions::session(world, session)?;
    let system = session.system.ok_or_else(|| {
        Refusal::forbidden("No locking system has been set for this session: call SetLockgroup first.")
    })?;
    sessions::check_in_use(world, system)?;
    let user = world.users.get(session.user);
    let rights = user.and_then(|user| user.rights.get(&system)).copied().unwrap_or(0);
    let allowed = match needed {
        Rights::All(bits) => rights & bits == bits,
        Rights::Any(bits) => rights & bits != 0,
    };
    if !allowed {
        return Err(Refusal::forbidden("The user does not have the rights that this call needs."));
    }
    Ok((system, Viewer { zones: user.and_then(|user| user.zones.clone()) }))
}

/// The query parameters; unknown ones are refused, so that a misspelt name is found.
fn read_query(operation: &Operation, query: &str) -> Result<Vec<(String, String)>, Refusal> {
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = decode(name, true).zip(decode(value, true));
        let (name, value) =
            decoded.ok_or_else(|| Refusal::validation(format!("The query {pair} is not readable.")))?;
        match operation.query.iter().find(|known| known.eq_ignore_ascii_case(&name)) {
            Some(known) => pairs.push(((*known).to_owned(), value)),
            None => return Err(Refusal::validation(format!("Unknown parameter {name}."))),
        }
    }
    Ok(pairs)
}

fn read_body(
    operation: &Operation,
    request: &Request,
    extras: &std::collections::BTreeSet<String>,
) -> Result<Record, Refusal> {
    let Some(name) = operation.body else {
        return if request.body.is_empty() {
            Ok(Record::new())
        } else {
            Err(Refusal::validation("This call takes no body."))
        };
    };
    let content_type = request.get_header("content-type").unwrap_or_default();
    if !content_type.to_ascii_lowercase().starts_with("application/json") {
        return Err(Refusal::new(415, "UnsupportedMediaType", "The body must be application/json."));
    }
    let value: Value = serde_json::from_slice(&request.body)
        .map_err(|error| Refusal::validation(format!("The body is not JSON: {error}.")))?;
    shape(name).check(&value, "", extras)
}

/// The entity ids in a body, so that the call log tells what a call was about.
fn ids_in(body: &Record) -> Vec<String> {
    const NAMES: [&str; 7] = [
        "Person_ID",
        "FNKey_ID",
        "SecurityAccess_ID",
        "TimeLimitTitle_ID",
        "Tag_ID",
        "SubscriptionId",
        "LockGroup_ID",
    ];
    let nested = body.values().filter_map(Value::as_object);
    let records = std::iter::once(body).chain(nested);
    let ids = records.flat_map(|record| NAMES.iter().filter_map(|name| record.get(*name)?.as_str()));
    ids.map(str::to_owned).collect()
}
