//! Deciding which person a user is: `resolve`, and adoption of an import.

use iloq_client::{IloqApi, Lookup};
use iloq_model::PersonId;
use portal_api::{
    Code, Problem,
    types::{ChangeType, Origin, ResolveRequest},
};
use serde_json::json;

use super::{
    merge::merge,
    record::{Link, UserRecord},
    save,
    saving::Saving,
};
use crate::{
    blocking,
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    system::System,
};

/// `POST …/users/{user}/resolve`.
///
/// # Errors
/// What the caller is told.
pub async fn resolve<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let id = call.parameter("user");
    let request = ResolveRequest::read(call.members.clone())?;
    let user = super::routes::visible(system, id)?;
    match request {
        ResolveRequest::Link(person) => adopt(system, id, user, false, person, "/personId").await,
        ResolveRequest::Create => create(system, id, user).await,
    }
}

/// Links the user to `person`, whoever had it as an import.
///
/// # Errors
/// `user-conflict` if the user or the person is linked otherwise; no such person; iLOQ's error.
pub async fn adopt<P: Platform>(
    system: &System<'_, P>,
    id: &str,
    mut user: UserRecord,
    new: bool,
    person: PersonId,
    pointer: &str,
) -> Result<Answer, Stop> {
    if let Some(other) = user.person.filter(|other| *other != person && user.link != Link::Gone) {
        return Err(taken(&format!("The user is linked to the person {other} already.")).into());
    }
    let import = holder(system, id, person)?;
    if user.person != Some(person) {
        exists(system, person, pointer).await?;
    }
    let linked =
        user.person == Some(person) && user.link == Link::Linked && user.base() == Some(&user.fields);
    if linked && import.is_none() && user.saved {
        return Ok(Answer::json(200, &system.user_view(id, &user)));
    }
    if let Some((old, import)) = &import {
        blocking::inherit(system, old, import, id, &mut user)?;
        user.origin = import.origin;
        // What the import knew is to be seen until iLOQ has answered, however long that takes.
        let known = merge(None, &user.fields, &import.fields).result;
        if let (None, Some(common)) = (user.base(), import.base()) {
            user.set_common(common.clone());
        }
        user.set_fields(known);
    } else if new {
        user.origin = Origin::Iloq;
    }
    user.person = Some(person);
    user.link = Link::Pending;
    (user.saved, user.decided, user.waiting) = (true, true, None);
    let saving = Saving::new(system, id);
    saving.intend(&mut user)?;
    if let Some((old, _)) = import {
        move_import(system, &old, id)?;
    }
    save::pushed(system, id, user, &saving, new).await
}

/// The person has to exist before anything is stored. If iLOQ can't be asked, it is taken on trust.
async fn exists<P: Platform>(system: &System<'_, P>, person: PersonId, pointer: &str) -> Result<(), Stop> {
    let known = async {
        let api = system.iloq()?;
        let found = api.person(person).await;
        api.kill_session(false).await;
        Ok::<_, Stop>(matches!(found?, Lookup::Found(_)))
    };
    match system.noted(known.await) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Problem::invalid(
            pointer,
            format!("iLOQ has no person {person} that the API user sees; nothing was changed"),
        )
        .into()),
        Err(stop) if stop.is_passing() || stop.stops_login() => Ok(()),
        Err(stop) => Err(stop),
    }
}

/// Makes a new person although others have the name, or although the user's person is gone.
async fn create<P: Platform>(system: &System<'_, P>, id: &str, mut user: UserRecord) -> Result<Answer, Stop> {
    match user.link {
        Link::Gone => {
            user.generation += 1;
            user.person = None;
            user.external_id.clear();
            user.base = super::record::Base::None;
        }
        Link::Conflict(_) => {}
        Link::Pending if user.person.is_none() => {}
        _ => return Err(taken("The user is linked to a person already.").into()),
    }
    user.link = Link::Pending;
    (user.saved, user.decided, user.waiting) = (true, true, None);
    let saving = Saving::new(system, id);
    saving.intend(&mut user)?;
    save::pushed(system, id, user, &saving, false).await
}

/// The import that has `person`. A user of the portal that has it is a conflict.
fn holder<P: Platform>(
    system: &System<'_, P>,
    id: &str,
    person: PersonId,
) -> Result<Option<(String, UserRecord)>, Stop> {
    // Imports without a legal ExternalPersonId bear the person's id: the usual case, found at once.
    let direct = person.to_string();
    let found = match system.users().get(&direct)? {
        Some(user) if user.person == Some(person) && direct != id => Some((direct, user)),
        _ => {
            let has = |other: &str, user: &UserRecord| {
                other != id && user.person == Some(person) && user.is_visible()
            };
            system.users().scan(None, 1, has)?.0.pop()
        }
    };
    match found {
        Some((old, user)) if user.is_unadopted_import() => Ok(Some((old, user))),
        Some((other, _)) => Err(taken(&format!("The person is the user {other} already.")).into()),
        None => Ok(None),
    }
}

/// The import `old` is the user `new` from now on.
///
/// # Errors
/// The store's failure.
pub fn move_import<P: Platform>(system: &System<'_, P>, old: &str, new: &str) -> Result<(), Stop> {
    let Some(mut import) = system.users().get(old)? else { return Ok(()) };
    if import.link == Link::Moved(new.to_owned()) {
        return Ok(());
    }
    let changes = system.changes();
    changes.append_beside(
        new,
        vec![changes.of_user(ChangeType::UserAdopted, new, json!({ "previousId": old }))],
    )?;
    import.link = Link::Moved(new.to_owned());
    import.person = None;
    Saving::new(system, old).intend(&mut import)
}

/// The user lives under another id now.
#[must_use]
pub fn moved(to: &str) -> Problem {
    Problem::new(Code::UnknownUser, format!("This import was adopted: use the id {to}.")).with("movedTo", to)
}

fn taken(fact: &str) -> Problem {
    Problem::new(Code::UserConflict, format!("{fact} Link another person, or delete the other user first."))
}
