//! From GetUrl to KillSession.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::{
    http::{Answer, Outcome, Refusal},
    ids,
    operation::{Gate, Operation, Rights},
    shape::{Record, shape},
    users::{LOGGED_IN, WRONG},
    world::{World, guid, number, text},
};

/// `LockGroup.OptionMask`: the Public API is on for this locking system.
pub(crate) const API_ON: i64 = 2048;

/// A session that CreateSession opened.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// Its user's place in the list of users.
    pub(crate) user: usize,
    /// The locking system chosen with SetLockgroup.
    pub(crate) system: Option<Uuid>,
    pub(crate) used_at: DateTime<Utc>,
}

/// A request as the operations outside a locking system see it.
pub(crate) struct Incoming {
    pub(crate) host: String,
    pub(crate) session: Option<Uuid>,
    pub(crate) body: Record,
}

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::outside("Url_GetUrl", "POST", "Url/GetUrl", Gate::Open, get_url).body("GetUrl"),
    Operation::outside("Authentication_CreateSession", "POST", "CreateSession", Gate::Open, create_session)
        .body("CreateSession"),
    Operation::outside("Authentication_Test", "GET", "Test", Gate::Open, |_, _| Answer::of(&"Test OK")),
    Operation::outside("Authentication_Version", "GET", "Version", Gate::Open, |world, _| {
        Answer::of(&world.settings.version)
    }),
    Operation::outside("LockGroups_GetAllLockGroups", "GET", "LockGroups", Gate::Session, lock_groups),
    Operation::outside("Authentication_SetLockgroup", "POST", "SetLockgroup", Gate::Session, set_lockgroup)
        .body("SetLockgroup"),
    Operation::outside("Authentication_KillSession", "GET", "KillSession", Gate::Session, kill_session),
    Operation::new(
        "LockGroups_GetConnectionSettings",
        "GET",
        "LockGroups/ConnectionSettings",
        Rights::All(1),
        |_| Answer::of(&json!({ "SignalMessageServiceAddress": null, "SignalRServiceAddress": null })),
    ),
    Operation::new(
        "LockGroups_GenerateAccessToken",
        "POST",
        "LockGroups/GenerateAccessToken",
        Rights::All(1),
        |call| match number(&call.body, "TypeMask") {
            1 => Answer::of(&json!({ "AccessToken": ids::unforeseeable().to_string() })),
            other => Err(Refusal::invalid("TypeMask", other)),
        },
    )
    .body("GenerateAccessToken")
    .reads(),
];

fn get_url(world: &mut World, incoming: &Incoming) -> Outcome {
    if text(&incoming.body, "CustomerCode").chars().count() < 2 {
        return Err(Refusal::invalid("CustomerCode", text(&incoming.body, "CustomerCode")));
    }
    Answer::of(&world.settings.get_url.as_ref().map(|address| address.replace("{host}", &incoming.host)))
}

fn create_session(world: &mut World, incoming: &Incoming) -> Outcome {
    let now = world.now();
    let (code, name) = (text(&incoming.body, "CustomerCode"), text(&incoming.body, "UserName"));
    let place = world.users.iter().position(|user| user.service_code == code && user.name == name);
    let Some(place) = place else { return refused(WRONG) };
    let result =
        world.users.get_mut(place).map_or(WRONG, |user| user.log_in(text(&incoming.body, "Password"), now));
    if result != LOGGED_IN {
        return refused(result);
    }
    let id = ids::unforeseeable();
    world.sessions.insert(id, Session { user: place, system: None, used_at: now });
    Answer::of(&json!({ "Result": LOGGED_IN, "SessionID": id.to_string() }))
}

fn refused(result: i64) -> Outcome {
    Answer::of(&json!({ "Result": result, "SessionID": null }))
}

fn lock_groups(world: &mut World, incoming: &Incoming) -> Outcome {
    let user = session(world, incoming.session)?.user;
    let systems = world.users.get(user).map(|user| &user.rights).into_iter().flatten();
    let groups = systems.filter_map(|(id, _)| world.systems.get(id));
    Answer::of(&groups.map(|system| shape("LockGroup").render(&system.group)).collect::<Vec<_>>())
}

fn set_lockgroup(world: &mut World, incoming: &Incoming) -> Outcome {
    let id = guid(&incoming.body, "LockGroup_ID").unwrap_or_default();
    let user = session(world, incoming.session)?.user;
    let rights = world.users.get(user).and_then(|user| user.rights.get(&id)).copied();
    let rights = rights.ok_or_else(|| Refusal::not_found("Locking system", id))?;
    check_in_use(world, id)?;
    if let Some(session) = incoming.session.and_then(|id| world.sessions.get_mut(&id)) {
        session.system = Some(id);
    }
    Answer::of(&json!({ "RightsMask": rights }))
}

fn kill_session(world: &mut World, incoming: &Incoming) -> Outcome {
    session(world, incoming.session)?;
    if let Some(id) = incoming.session {
        world.sessions.remove(&id);
    }
    Ok(Answer::Stream)
}

/// The locking system must be in use and open to the Public API.
pub(crate) fn check_in_use(world: &World, id: Uuid) -> Result<(), Refusal> {
    let system = world.systems.get(&id).ok_or_else(|| Refusal::not_found("Locking system", id))?;
    if number(&system.group, "State") != 0 {
        return Err(Refusal::forbidden("The locking system is not in use."));
    }
    if !system.option(API_ON) {
        return Err(Refusal::forbidden("The Public API is not in use in this locking system."));
    }
    Ok(())
}

/// The living session called `id`; 401 if there is none.
pub(crate) fn session(world: &World, id: Option<Uuid>) -> Result<&Session, Refusal> {
    id.and_then(|id| world.sessions.get(&id))
        .ok_or_else(|| dead(&id.map(|id| id.to_string()).unwrap_or_default()))
}

fn dead(id: &str) -> Refusal {
    Refusal::new(401, "Unauthorized", format!("Invalid session id: {id}"))
}

/// Finds the session that the header names, drops it if it has been idle for too long, and marks it used.
pub(crate) fn enter(world: &mut World, header: Option<&str>) -> Result<Uuid, Refusal> {
    let now = world.now();
    let refusal = || dead(header.unwrap_or_default());
    let id = header.and_then(ids::parse).ok_or_else(refusal)?;
    let idle_limit = world.settings.session_minutes;
    let session = world.sessions.get_mut(&id).ok_or_else(refusal)?;
    if idle_limit.is_some_and(|minutes| now - session.used_at > chrono::TimeDelta::minutes(minutes)) {
        world.sessions.remove(&id);
        return Err(refusal());
    }
    session.used_at = now;
    Ok(id)
}
