//! The routes of the components `users` and `sync-users`. Two components, since a sync is the largest of all operations
//! and a save one of the most frequent: a guest that has both takes longer to start.

use portal_api::{Code, Problem};

use super::{
    delete, list,
    record::{Link, UserRecord},
    resolve, save, sync,
};
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    system::System,
};

/// Carries out the operation of a call of `users`.
///
/// # Errors
/// What the caller is told.
pub async fn handle<P: Platform>(call: Call<'_, P>) -> Result<Answer, Stop> {
    match call.operation.id {
        "listUsers" => list::users(&call),
        "getUser" => {
            let system = call.system()?;
            let id = call.parameter("user");
            Ok(Answer::json(200, &system.user_view(id, &visible(system, id)?)))
        }
        "putUser" => save::save(&call).await,
        "deleteUser" => delete::delete(&call).await,
        "resolveUser" => resolve::resolve(&call).await,
        "listChanges" => list::changes(&call),
        _ => Err(Problem::of(Code::NotFound).into()),
    }
}

/// Carries out the operation of a call of `sync-users`.
///
/// # Errors
/// What the caller is told.
pub async fn handle_sync<P: Platform>(call: Call<'_, P>) -> Result<Answer, Stop> {
    match call.operation.id {
        "syncUsers" => sync::handle(&call).await,
        _ => Err(Problem::of(Code::NotFound).into()),
    }
}

/// The user `id` if the portal shows it.
///
/// # Errors
/// `unknown-user`, with `movedTo` for an import that was adopted.
pub fn visible<P: Platform>(system: &System<'_, P>, id: &str) -> Result<UserRecord, Stop> {
    match system.users().get(id)? {
        Some(UserRecord { link: Link::Moved(to), .. }) => Err(resolve::moved(&to).into()),
        Some(user) if user.is_visible() => Ok(user),
        _ => Err(Problem::of(Code::UnknownUser).into()),
    }
}
