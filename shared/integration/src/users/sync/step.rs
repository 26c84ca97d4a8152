//! One step of a sync, for one user.

use iloq_client::{IloqApi, Lookup};
use iloq_model::{Key, Person, PersonId};
use portal_api::types::{Change, ChangeType, Origin, SyncAction, SyncItem, SyncOutcome};
use serde_json::json;

use super::{
    apply::Slice,
    dry,
    plan::{self, Action, Step},
};
use crate::{
    blocking,
    keys::take_away,
    platform::Platform,
    problem::Stop,
    users::{
        fields::Fields,
        merge::{Merge, merge},
        push,
        record::{Link, UserRecord},
        remove::{self, Removal},
        view, waiting,
    },
};

/// What a step did.
#[derive(Debug, Default)]
pub struct Done {
    /// The users as they are now.
    pub users: Vec<(String, UserRecord)>,
    /// What the portal has to apply.
    pub changes: Vec<Change>,
    /// The line in the answer.
    pub item: Option<SyncItem>,
}

impl Done {
    /// The count that the step adds to: a deletion that iLOQ refused brings the user back.
    #[must_use]
    pub fn counts_as(&self) -> Option<&'static str> {
        let back = self.users.iter().any(|(_, user)| user.link == Link::Undeletable);
        match self.item.as_ref()?.action {
            SyncAction::Delete if back => Some("restored"),
            action => dry::counts_as(action),
        }
    }
}

/// A step that needs no call.
pub fn local<P: Platform, A>(slice: &Slice<'_, P, A>, step: &Step, user: Option<UserRecord>) -> Done {
    match &step.action {
        Action::Import { person } => import(slice, step, user, &slice.persons[*person]),
        Action::Conflict { candidates } => {
            let Some(mut user) = user else { return Done::default() };
            user.link = Link::Conflict(candidates.clone());
            user.person = None;
            user.waiting = None;
            let problem = view::conflict(candidates);
            let data = json!({ "candidates": problem.extra.get("candidates") });
            let change = slice.change(ChangeType::UserConflict, &step.user, data);
            let mut done = done(slice, step, user, vec![change]);
            done.item.iter_mut().for_each(|item| item.problem = Some(problem.clone()));
            done
        }
        Action::Update { person, merge } | Action::Back { person, merge } => {
            let Some(user) = user else { return Done::default() };
            common(slice, step, user, &slice.persons[*person], merge)
        }
        Action::Link { .. } | Action::Create | Action::Gone { .. } | Action::Delete => Done::default(),
    }
}

/// A step that calls iLOQ.
///
/// # Errors
/// What stopped it; the user is then as before.
pub async fn remote<P: Platform, A: IloqApi>(
    slice: &Slice<'_, P, A>,
    step: &Step,
    user: Option<UserRecord>,
) -> Result<Done, Stop> {
    let Some(user) = user else { return Ok(Done::default()) };
    // A request that changed the user meanwhile has done, or left pending, what it wants.
    if slice.overtaken(&step.user, &user)?.is_some() {
        return Ok(Done::default());
    }
    match &step.action {
        Action::Update { person, merge } | Action::Back { person, merge } => {
            update(slice, step, user, slice.persons[*person].clone(), merge).await
        }
        Action::Link { person, merge, from } => {
            let mut person = slice.persons[*person].clone();
            push::write_person(slice.api, &mut person, &merge.result, Some(&step.user)).await?;
            settle(slice, step, &user, &person).await?;
            let mut done = common(slice, step, user, &person, merge);
            if let Some(from) = from {
                adopt(slice, &mut done, step, from)?;
            }
            Ok(done)
        }
        Action::Create => {
            let derived = push::derived(slice.lock_group, &step.user, &user);
            let read = user.clone();
            let zones = if read.zones.is_empty() { slice.zones } else { &read.zones };
            let mut user = user;
            push::create(slice.api, &step.user, &mut user, derived, zones).await?;
            if let Lookup::Found(person) = made(slice, &step.user, &read, derived).await? {
                settle(slice, step, &read, &person).await?;
            }
            Ok(done(slice, step, user, Vec::new()))
        }
        Action::Gone { person } => gone(slice, step, user, *person).await,
        Action::Delete => delete(slice, step, user).await,
        Action::Import { .. } | Action::Conflict { .. } => Ok(local(slice, step, Some(user))),
    }
}

/// Gives a linked person, as iLOQ has it, the common value.
async fn update<P: Platform, A: IloqApi>(
    slice: &Slice<'_, P, A>,
    step: &Step,
    user: UserRecord,
    mut person: Person,
    merge: &Merge,
) -> Result<Done, Stop> {
    let id = user.saved.then_some(step.user.as_str());
    push::write_person(slice.api, &mut person, &merge.result, id).await?;
    settle(slice, step, &user, &person).await?;
    Ok(common(slice, step, user, &person, merge))
}

/// The person that was just made, if a request has changed the user meanwhile; else `Absent`, without a call.
async fn made<P: Platform, A: IloqApi>(
    slice: &Slice<'_, P, A>,
    id: &str,
    read: &UserRecord,
    person: PersonId,
) -> Result<Lookup<Person>, Stop> {
    if slice.overtaken(id, read)?.is_some() {
        Ok(slice.api.person(person).await?)
    } else {
        Ok(Lookup::Absent)
    }
}

/// A request may have saved the user while our write was on its way, and ours may have come last: then
/// iLOQ is given the newer values. Repeats until nothing moves.
async fn settle<P: Platform, A: IloqApi>(
    slice: &Slice<'_, P, A>,
    step: &Step,
    read: &UserRecord,
    person: &Person,
) -> Result<(), Stop> {
    push::settle(slice.api, &slice.system.users(), &step.user, read, person.id).await
}

fn import<P: Platform, A>(
    slice: &Slice<'_, P, A>,
    step: &Step,
    before: Option<UserRecord>,
    person: &Person,
) -> Done {
    let mut user = UserRecord::new(Origin::Iloq);
    if let Some(tombstone) = before {
        (user.rev, user.sub, user.generation) = (tombstone.rev, tombstone.sub, tombstone.generation + 1);
    }
    user.updated_at = slice.system.now_ms();
    let merge = merge(None, &user.fields, &Fields::of_person(person));
    push::linked(&mut user, person, &merge);
    let view = slice.system.user_view(&step.user, &user);
    let change = slice.change(ChangeType::UserImported, &step.user, json!({ "user": view }));
    done(slice, step, user, vec![change])
}

/// Both sides have the merge's result now.
fn common<P: Platform, A>(
    slice: &Slice<'_, P, A>,
    step: &Step,
    mut user: UserRecord,
    person: &Person,
    merge: &Merge,
) -> Done {
    let was_gone = user.link == Link::Gone;
    push::linked(&mut user, person, merge);
    if !merge.to_portal.is_empty() {
        user.updated_at = slice.system.now_ms();
    }
    let mut changes = slice.system.changes().of_merge(&step.user, &user, merge);
    if was_gone {
        let view = slice.system.user_view(&step.user, &user);
        changes.insert(0, slice.change(ChangeType::UserRestored, &step.user, json!({ "user": view })));
    }
    let mut done = done(slice, step, user, changes);
    if let (Some(item), false) = (&mut done.item, merge.collisions.is_empty()) {
        item.problem = Some(super::collision_problem(merge));
    }
    done
}

fn adopt<P: Platform, A>(
    slice: &Slice<'_, P, A>,
    done: &mut Done,
    step: &Step,
    from: &str,
) -> Result<(), Stop> {
    if let Some(mut import) = slice.system.users().get(from)? {
        for (id, user) in done.users.iter_mut().filter(|(id, _)| *id == step.user) {
            blocking::inherit(slice.system, from, &import, id, user)?;
        }
        import.link = Link::Moved(step.user.clone());
        import.person = None;
        done.users.push((from.to_owned(), slice.marked(import)));
    }
    done.changes.push(slice.change(ChangeType::UserAdopted, &step.user, json!({ "previousId": from })));
    Ok(())
}

/// A person that the listing lacks. One that iLOQ finds alone is there: a request made it after the listing was
/// read, so it is treated as if it had been listed.
async fn gone<P: Platform, A: IloqApi>(
    slice: &Slice<'_, P, A>,
    step: &Step,
    mut user: UserRecord,
    person: PersonId,
) -> Result<Done, Stop> {
    if let Lookup::Found(found) = slice.api.person(person).await? {
        let Some(merge) = plan::open(&user, &found) else { return Ok(Done::default()) };
        let mut done = update(slice, step, user, found, &merge).await?;
        if let Some(item) = &mut done.item {
            dry::make_update(item, &merge);
        }
        return Ok(done);
    }
    user.link = Link::Gone;
    user.waiting = None;
    let change = slice.change(ChangeType::UserGone, &step.user, json!({ "personId": person }));
    Ok(done(slice, step, user, vec![change]))
}

async fn delete<P: Platform, A: IloqApi>(
    slice: &Slice<'_, P, A>,
    step: &Step,
    mut user: UserRecord,
) -> Result<Done, Stop> {
    let person = user.person.unwrap_or_else(|| push::derived(slice.lock_group, &step.user, &user));
    // What the portal noted of the keys, the next `refresh-keys` finds.
    let take = async |key: &Key| take_away(slice.api, key, None).await.map(drop);
    match remove::delete(slice.api, person, user.remove_keys, take).await? {
        Removal::Deleted | Removal::AlreadyGone => {
            waiting::deleted(&mut user);
            Ok(done(slice, step, user, Vec::new()))
        }
        Removal::Refused(code) => {
            waiting::undeletable(&mut user, code, slice.system.now_ms())?;
            let problem = user.waiting.as_ref().map(|w| w.problem.clone());
            let view = slice.system.user_view(&step.user, &user);
            let reason = waiting::reason(code);
            let change =
                slice.change(ChangeType::UserRestored, &step.user, json!({ "user": view, "reason": reason }));
            let mut done = done(slice, step, user, vec![change]);
            done.item = Some(dry::item(step, SyncOutcome::Done, problem));
            Ok(done)
        }
    }
}

fn done<P: Platform, A>(
    slice: &Slice<'_, P, A>,
    step: &Step,
    user: UserRecord,
    changes: Vec<Change>,
) -> Done {
    Done {
        users: vec![(step.user.clone(), slice.marked(user))],
        changes,
        item: Some(dry::item(step, SyncOutcome::Done, None)),
    }
}
