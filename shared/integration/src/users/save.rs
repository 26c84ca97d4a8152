//! `PUT …/users/{user}`: on save, in iLOQ at once.

use iloq_client::{IloqApi, Lookup};
use iloq_model::{Person, ZoneId};
use portal_api::types::{LinkState, Matching, Origin, UserInput};

use super::{
    fields::Fields,
    input,
    merge::{Merge, merge},
    names::NameIndex,
    push,
    record::{Link, UserRecord},
    resolve,
    saving::Saving,
    sync::{self, facts},
    view, waiting,
};
use crate::{
    blocking,
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    system::System,
};

/// Saves a user.
///
/// # Errors
/// What the caller is told.
pub async fn save<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let id = call.parameter("user");
    let input = UserInput::read(call.members.clone())?;
    let stored = system.users().get(id)?;
    if let Some(Link::Moved(to)) = stored.as_ref().map(|u| &u.link) {
        return Err(resolve::moved(to).into());
    }
    let before = stored.unwrap_or_else(|| UserRecord::new(Origin::Portal));
    let new = input::is_new(&before);
    let mut user = input::apply(&system.record.settings, &before, &input)?;
    if let Some(person) = input.iloq_person_id {
        return resolve::adopt(system, id, user, new, person, "/iloqPersonId").await;
    }
    revive(&mut user, &before);
    let same = !new && user.fields == before.fields && user.info == before.info && user.saved;
    if same && !needs_iloq(&user, &before) {
        return Ok(Answer::json(200, &system.user_view(id, &user)));
    }
    user.saved = true;
    if needs_iloq(&user, &before) || new {
        if matches!(user.link, Link::Linked | Link::Undeletable | Link::Conflict(_)) {
            user.link = Link::Pending;
        }
        // A new save is a new attempt, also of what was parked.
        user.waiting = None;
    }
    let saving = Saving::new(system, id);
    saving.intend(&mut user)?;
    if user.link == Link::Pending {
        return pushed(system, id, user, &saving, new).await;
    }
    Ok(Answer::json(200, &system.user_view(id, &user)))
}

/// Tries to bring a stored intent to iLOQ and answers with what came of it.
///
/// # Errors
/// What iLOQ refused; the user stays stored and is tried again.
pub async fn pushed<P: Platform>(
    system: &System<'_, P>,
    id: &str,
    mut user: UserRecord,
    saving: &Saving<'_, '_, P>,
    new: bool,
) -> Result<Answer, Stop> {
    let status = if new { 201 } else { 200 };
    match system.noted(push_now(system, id, &mut user).await) {
        Ok(merge) => {
            // What iLOQ gave is in the answer; what it lost is not.
            let changes = system.changes();
            changes.append_beside(id, changes.of_collisions(id, &merge).into_iter().collect())?;
            saving.finish(&mut user)?;
            Ok(Answer::json(status, &system.user_view(id, &user)))
        }
        Err(stop @ Stop::State(_)) => Err(stop),
        Err(stop) => {
            let later = stop.is_passing() || stop.stops_login();
            let problem = stop.into_problem();
            user = waiting::waiting(user, &problem, system.now_ms());
            saving.finish(&mut user)?;
            if later { Ok(Answer::json(202, &system.user_view(id, &user))) } else { Err(problem.into()) }
        }
    }
}

/// Brings one user to iLOQ with the calls that it needs. May be repeated.
///
/// # Errors
/// What stopped it; the user is then as before.
pub async fn push_now<P: Platform>(
    system: &System<'_, P>,
    id: &str,
    user: &mut UserRecord,
) -> Result<Merge, Stop> {
    let api = system.iloq()?;
    let outcome = push_with(system, &api, id, user).await;
    api.kill_session(false).await;
    outcome
}

/// The same with a client that is there already.
///
/// # Errors
/// The same.
async fn push_with<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: &str,
    user: &mut UserRecord,
) -> Result<Merge, Stop> {
    let written = user.clone();
    let mut done = Merge::default();
    if let Some(person) = user.person {
        match api.person(person).await? {
            Lookup::Found(found) => {
                let merge = merge(user.base(), &user.fields, &Fields::of_person(&found));
                done = push::link(api, id, user, found, merge).await?;
            }
            Lookup::Absent => missing(system, api, user, person).await?,
        }
    } else {
        let lock_group = api.session().await?.lock_group;
        let derived = push::derived(lock_group, id, user);
        if let Some(found) = push::find_own(api, id).await? {
            let merge = push::merge_with(user, &found, derived);
            done = push::link(api, id, user, found, merge).await?;
        } else if !by_name(system, api, id, user).await? {
            let zones = zones(system, api, user).await?;
            done = push::create(api, id, user, derived, &zones).await?;
        }
    }
    if let Some(person) = user.person.filter(|_| user.link != Link::Gone) {
        push::settle(api, &system.users(), id, &written, person).await?;
    }
    Ok(done)
}

/// Matches by name. Whether that settled the matter: linked, or a conflict.
async fn by_name<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: &str,
    user: &mut UserRecord,
) -> Result<bool, Stop> {
    let mode = system.record.settings.matching;
    if mode == Matching::Off || user.decided {
        return Ok(false);
    }
    let (users, names) = (system.users(), NameIndex::new(&system.space));
    if !names.is_fresh(system.now_ms())? {
        let persons = api.persons().await?;
        names.replace(&users.load()?, &persons, system.now_ms())?;
    }
    let name = user.fields.match_name();
    let found = names.find(&users, &name)?;
    match (mode, found.as_slice()) {
        (_, []) => return Ok(false),
        (Matching::Link, [(candidate, import)]) if candidate.external_person_id.is_empty() => {
            names.take(&name, candidate.person_id, import.as_deref())?;
            if let Lookup::Found(person) = api.person(candidate.person_id).await?
                && person.external_person_id.as_deref().unwrap_or_default().is_empty()
            {
                let merge = merge(None, &user.fields, &Fields::of_person(&person));
                if let Some(import) = import {
                    if let Some(before) = users.get(import)? {
                        blocking::inherit(system, import, &before, id, user)?;
                    }
                    resolve::move_import(system, import, id)?;
                }
                push::link(api, id, user, person, merge).await?;
                return Ok(true);
            }
        }
        _ => {}
    }
    user.link = Link::Conflict(found.into_iter().map(|(candidate, _)| candidate).collect());
    user.waiting = None;
    Ok(true)
}

/// iLOQ says that the linked person does not exist. It is gone if a complete listing lacks it too and the API
/// user still sees what it saw before; else a person is only hidden.
async fn missing<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    user: &mut UserRecord,
    person: iloq_model::PersonId,
) -> Result<(), Stop> {
    let listed = api.persons().await?.iter().any(|p: &Person| p.id == person);
    if listed || facts::changed(system, api).await? {
        return Err(sync::hidden(person).into());
    }
    user.link = Link::Gone;
    user.waiting = None;
    Ok(())
}

/// The zones of a new person: the user's, else the one in the settings, else iLOQ's default zone for
/// persons (type 4), which is asked for once per system.
///
/// # Errors
/// iLOQ's or the store's error.
pub async fn zones<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    user: &UserRecord,
) -> Result<Vec<ZoneId>, Stop> {
    if user.zones.is_empty() { facts::default_zones(system, api).await } else { Ok(user.zones.clone()) }
}

/// A save of a user that was deleted makes it anew, as another person in iLOQ; one whose deletion is still
/// waiting is kept.
fn revive(user: &mut UserRecord, before: &UserRecord) {
    match before.link {
        Link::Deleted => {
            user.generation += 1;
            user.origin = Origin::Portal;
            user.link = Link::Pending;
        }
        Link::Deleting => {
            user.link = Link::Pending;
            user.waiting = None;
        }
        _ => {}
    }
}

/// Whether a save has something to tell iLOQ.
fn needs_iloq(user: &UserRecord, before: &UserRecord) -> bool {
    match view::state(user) {
        LinkState::Gone => false,
        LinkState::Pending => true,
        LinkState::Linked | LinkState::Undeletable => {
            user.base() != Some(&user.fields) || user.external_id.is_empty()
        }
        // Another name may be nobody's.
        LinkState::Conflict => user.fields.match_name() != before.fields.match_name(),
    }
}
