//! The control interface as JSON under `/_control/`.

use chrono::TimeDelta;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    clock::{Clock, parse_utc, utc_text},
    faults::Fault,
    http::{Answer, Outcome, Refusal, Reply, Request},
    ids,
    shape::Record,
    world::{Limits, Settings, World},
};

/// What the control interface offers. `GET /_control` answers it.
pub const CONTROL: &str = "\
Control of the simulator. Everything is JSON; ?system=LOCK_GROUP_ID chooses a locking system (default: the first).

GET    /_control/state                     all locking systems, in a stable order
GET    /_control/calls[?bodies=true]       every call since the last reset (never CreateSession's body)
DELETE /_control/calls                     forget them
GET    /_control/counters                  calls and effects by operation, most requests at a time
GET    /_control/messages                  registration messages that were sent
GET    /_control/settings                  PUT changes: latency_ms, maintenance, get_url, api_key, session_minutes, version
GET    /_control/limits                    PUT changes: licence, key_memory, rights_per_key, main_zone_required, block_list,
                                           block_list_needs_token, programmed_after
GET    /_control/clock                     PUT {\"at\":\"2026-01-01T00:00:00Z\"} stops it there, {\"running\":true} lets it run
POST   /_control/clock/advance             {\"seconds\":900}
PUT    /_control/faults                    a list of rules in place of the old ones; POST adds one; DELETE clears
                                           {\"operation\":\"Persons_Insert\",\"skip\":0,\"times\":1,\"after_effect\":true,\"action\":\"drop\"}
                                           actions: drop, hang, garbage, expire_session, wrong_type, {\"delay\":{\"ms\":500}},
                                           {\"truncate\":{\"keep\":20}}, {\"status\":{\"status\":429,\"retry_after\":1}},
                                           {\"answer\":{\"body\":11}} (200 with that, and nothing is carried out)
POST   /_control/sessions/expire           every session dies
PATCH  /_control/lock-group                members of LockGroup, for example {\"OptionMask\":0}
PUT    /_control/users/NAME                service_code, password, rights, zones, login_result
POST   /_control/TABLE                     add a record: persons, rights, profiles, zones, real-estates, locks, modules, devices
POST   /_control/keys                      {\"record\":{..},\"zones\":[],\"main_zone\":null,\"rights\":[],\"slots\":[],\"programmed\":false}
PATCH  /_control/TABLE/ID                  change members (persons: zones, CanDelete; keys: zones, CanOrder; also phones)
DELETE /_control/TABLE/ID                  delete
PUT    /_control/locks/ID/rights           a list of access rights
POST   /_control/keys/ID/ACTION            program, fetch, fail, activate, block, unblock
POST   /_control/logs                      add a row: id, lock, key, at, arrives_at, kind, error, person_name
POST   /_control/logs/fill                 {\"count\":1000,\"from\":\"2026-01-01T00:00:00Z\",\"every_ms\":1000,\"delay_ms\":0,
                                           \"refused_each\":0,\"undated_each\":0}
POST   /_control/locks/ID/open             {\"key\":\"..\",\"at\":null,\"arrives_at\":null,\"refused\":false,\"no_clock\":false}
";

/// Answers a request to the control interface.
pub(crate) fn handle(world: &mut World, request: &Request) -> Reply {
    let (path, query) = request.path_and_query.split_once('?').unwrap_or((&request.path_and_query, ""));
    let path = path.trim_start_matches("/_control").trim_matches('/');
    if path.is_empty() {
        return Reply::plain(200, "text/plain; charset=utf-8", CONTROL);
    }
    let parameter = |name: &str| {
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        pair.map(str::to_owned)
    };
    let segments: Vec<&str> = path.split('/').collect();
    let asked = Asked {
        system: parameter("system").as_deref().and_then(ids::parse),
        bodies: parameter("bodies").as_deref() == Some("true"),
        request,
    };
    match route(world, &asked, &segments) {
        Ok(answer) => answer.into_reply(),
        Err(refusal) => refusal.into_reply(),
    }
}

struct Asked<'a> {
    system: Option<Uuid>,
    bodies: bool,
    request: &'a Request,
}

impl Asked<'_> {
    fn body<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(&self.request.body).map_err(|error| Refusal::validation(error.to_string()))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    at: Option<String>,
    #[serde(default)]
    running: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: i64,
}

fn id(text: &str) -> Result<Uuid, Refusal> {
    ids::parse(text).ok_or_else(|| Refusal::invalid("id", text))
}

fn done(_: ()) -> Answer {
    Answer::Void
}

fn created(id: Uuid) -> Outcome {
    Answer::of(&json!({ "id": id.to_string() }))
}

fn route(world: &mut World, asked: &Asked<'_>, segments: &[&str]) -> Outcome {
    let system = asked.system;
    match (asked.request.method.as_str(), segments) {
        ("GET", ["state"]) => Answer::of(&world.snapshot()),
        ("GET", ["counters"]) => Answer::of(&world.calls.counters()),
        ("GET", ["calls"]) => calls(world, asked.bodies),
        ("DELETE", ["calls"]) => {
            world.calls.reset();
            Ok(Answer::Void)
        }
        ("GET", ["messages"]) => Answer::of(&world.system(system)?.messages),
        ("GET", ["settings"]) => Answer::of(&world.settings),
        ("PUT", ["settings"]) => {
            world.settings = merged::<Settings>(&world.settings, asked.body()?)?;
            Ok(Answer::Void)
        }
        ("GET", ["limits"]) => Answer::of(&world.system(system)?.limits),
        ("PUT", ["limits"]) => {
            let system = world.system(system)?;
            system.limits = merged::<Limits>(&system.limits, asked.body()?)?;
            Ok(Answer::Void)
        }
        (_, ["clock", ..]) => clock(world, asked, segments),
        (_, ["faults"]) => faults(world, asked),
        ("POST", ["sessions", "expire"]) => {
            world.sessions.clear();
            Ok(Answer::Void)
        }
        ("PATCH", ["lock-group"]) => {
            let change: Record = asked.body()?;
            world.system(system)?.group.extend(change);
            Ok(Answer::Void)
        }
        ("PUT", ["users", name]) => world.change_user(name, asked.body()?).map(done),
        ("POST", ["logs"]) => created(world.add_log_row(system, &asked.body()?)?),
        ("POST", ["logs", "fill"]) => world.fill_log(system, &asked.body()?).map(done),
        ("POST", ["keys"]) => created(world.add_key(system, asked.body()?)?),
        ("POST", ["keys", key, action]) => key_action(world, system, id(key)?, action),
        ("POST", ["locks", lock, "open"]) => created(world.open(system, id(lock)?, &asked.body()?)?),
        ("PUT", ["locks", lock, "rights"]) => {
            world.set_lock_rights(system, id(lock)?, asked.body()?).map(done)
        }
        ("POST", [table]) => created(world.add(system, table, asked.body()?)?),
        ("PATCH", [table, row]) => world.patch(system, table, id(row)?, asked.body()?).map(done),
        ("DELETE", [table, row]) => world.remove(system, table, id(row)?).map(done),
        _ => Err(Refusal::not_found("Control", &asked.request.path_and_query)),
    }
}

fn key_action(world: &mut World, system: Option<Uuid>, key: Uuid, action: &str) -> Outcome {
    match action {
        "program" => world.program(system, key),
        "fetch" => world.fetch(system, key),
        "fail" => world.fail(system, key),
        "activate" => world.activate(system, key),
        "block" => world.block(system, key, true),
        "unblock" => world.block(system, key, false),
        _ => Err(Refusal::not_found("Action", action)),
    }
    .map(done)
}

fn calls(world: &World, bodies: bool) -> Outcome {
    let entries = world.calls.entries().iter().map(|entry| {
        let mut value = json!(entry);
        if let (true, Some(body), Some(members)) = (bodies, &entry.body, value.as_object_mut()) {
            members.insert("body".to_owned(), Value::from(String::from_utf8_lossy(body)));
        }
        value
    });
    Answer::of(&entries.collect::<Vec<_>>())
}

fn clock(world: &mut World, asked: &Asked<'_>, segments: &[&str]) -> Outcome {
    match (asked.request.method.as_str(), segments) {
        ("PUT", ["clock"]) => {
            let change: ClockChange = asked.body()?;
            world.clock = match change.at {
                Some(text) => Clock::Standing(parse_utc(&text).ok_or_else(|| Refusal::invalid("at", &text))?),
                None if change.running => Clock::Running(TimeDelta::zero()),
                None => return Err(Refusal::validation("One of at and running is required.")),
            };
        }
        ("POST", ["clock", "advance"]) => {
            world.clock.advance(TimeDelta::seconds(asked.body::<Advance>()?.seconds));
        }
        ("GET", ["clock"]) => {}
        _ => return Err(Refusal::not_found("Control", &asked.request.path_and_query)),
    }
    world.settle();
    Answer::of(&json!({ "now": utc_text(world.now()) }))
}

fn faults(world: &mut World, asked: &Asked<'_>) -> Outcome {
    match asked.request.method.as_str() {
        "PUT" => world.faults.set(asked.body()?),
        "POST" => world.faults.add(asked.body::<Fault>()?),
        "DELETE" => world.faults.set(Vec::new()),
        other => return Err(Refusal::new(405, "MethodNotAllowed", other)),
    }
    Ok(Answer::Void)
}

/// `old` with the members of `change` in place of its own.
fn merged<T: serde::Serialize + DeserializeOwned>(old: &T, change: Record) -> Result<T, Refusal> {
    let mut value = json!(old);
    if let Some(members) = value.as_object_mut() {
        members.extend(change);
    }
    serde_json::from_value(value).map_err(|error| Refusal::validation(error.to_string()))
}
