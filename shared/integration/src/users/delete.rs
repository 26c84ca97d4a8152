//! `DELETE …/users/{user}`: in iLOQ if iLOQ allows it, else the user comes back.

use iloq_client::IloqApi;
use iloq_model::Key;
use portal_api::{
    Code, Problem,
    types::{ChangeType, DeleteAnswer, DeleteOutcome},
};
use serde_json::json;

use super::{
    push,
    record::{Link, UserRecord},
    remove::{self, Removal},
    resolve,
    saving::Saving,
    waiting,
};
use crate::{
    http::{Answer, Call},
    keys::detach::remove_with_user,
    platform::Platform,
    problem::Stop,
    system::System,
};

/// Deletes a user.
///
/// # Errors
/// What the caller is told.
pub async fn delete<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let id = call.parameter("user");
    let Some(mut user) = system.users().get(id)? else { return Err(Problem::of(Code::UnknownUser).into()) };
    match &user.link {
        Link::Moved(to) => return Err(resolve::moved(to).into()),
        Link::Deleted => return Ok(answer(200, DeleteOutcome::AlreadyGone)),
        _ => {}
    }
    let saving = Saving::new(system, id);
    user.link = Link::Deleting;
    user.remove_keys = call.query.flag("removeKeys");
    user.waiting = None;
    saving.intend(&mut user)?;
    let outcome = system.noted(delete_now(system, id, &mut user).await);
    conclude(system, &saving, user, outcome)
}

/// What became of a deletion, stored and answered.
fn conclude<P: Platform>(
    system: &System<'_, P>,
    saving: &Saving<'_, '_, P>,
    mut user: UserRecord,
    outcome: Result<DeleteAnswer, Stop>,
) -> Result<Answer, Stop> {
    match outcome {
        Ok(done) => {
            saving.finish(&mut user)?;
            Ok(Answer::json(200, &done))
        }
        Err(stop @ Stop::State(_)) => Err(stop),
        Err(stop) => {
            let later = stop.is_passing() || stop.stops_login();
            let problem = stop.into_problem();
            let mut user = waiting::waiting(user, &problem, system.now_ms());
            saving.finish(&mut user)?;
            if later { Ok(answer(202, DeleteOutcome::Pending)) } else { Err(problem.into()) }
        }
    }
}

/// Deletes the user's person. May be repeated.
///
/// # Errors
/// What stopped it; the user is then as before.
pub async fn delete_now<P: Platform>(
    system: &System<'_, P>,
    id: &str,
    user: &mut UserRecord,
) -> Result<DeleteAnswer, Stop> {
    let api = system.iloq()?;
    let removal = async {
        let person = match user.person {
            Some(person) => person,
            // Perhaps an earlier save reached iLOQ and its answer did not reach us.
            None => match push::find_own(&api, id).await? {
                Some(person) => person.id,
                None => push::derived(api.session().await?.lock_group, id, user),
            },
        };
        let take = async |key: &Key| remove_with_user(system, &api, key).await;
        remove::delete(&api, person, user.remove_keys, take).await
    };
    let removal = removal.await;
    api.kill_session(false).await;
    match removal? {
        Removal::Deleted => {
            waiting::deleted(user);
            Ok(DeleteAnswer { outcome: DeleteOutcome::Deleted, reason: None })
        }
        Removal::AlreadyGone => {
            waiting::deleted(user);
            Ok(DeleteAnswer { outcome: DeleteOutcome::AlreadyGone, reason: None })
        }
        Removal::Refused(code) => {
            waiting::undeletable(user, code, system.now_ms())?;
            let reason = waiting::reason(code);
            let changes = system.changes();
            let data = json!({ "user": system.user_view(id, user), "reason": reason });
            changes.append_beside(id, vec![changes.of_user(ChangeType::UserRestored, id, data)])?;
            Ok(DeleteAnswer { outcome: DeleteOutcome::Undeletable, reason: Some(reason) })
        }
    }
}

fn answer(status: u16, outcome: DeleteOutcome) -> Answer {
    Answer::json(status, &DeleteAnswer { outcome, reason: None })
}
