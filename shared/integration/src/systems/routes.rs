//! The routes of the component `systems`.

use portal_api::{Code, Problem};

use super::{check, list, remove, settings, view};
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
};

/// Carries out the operation of a call.
///
/// # Errors
/// What the caller is told.
pub async fn handle<P: Platform>(call: Call<'_, P>) -> Result<Answer, Stop> {
    match call.operation.id {
        "listSystems" => list::systems(&call),
        "getSystem" => {
            let system = call.system()?;
            Ok(Answer::json(200, &view::system(call.platform.store(), system.id, &system.record)?))
        }
        "putSystem" => settings::put(&call),
        "deleteSystem" => remove::remove(&call).await,
        "checkSystem" => check::check(&call).await,
        _ => Err(Problem::of(Code::NotFound).into()),
    }
}
