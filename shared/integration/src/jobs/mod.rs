//! The jobs that schedulers call: for all systems that the token covers, a failing or slow one stops no other.

mod housekeeping;
mod retries;
mod tick;

pub use retries::all_retries;

use portal_api::{Code, Problem};

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
        "runJob" | "runJobByGet" => tick::run(&call).await,
        "retryNow" => retries::now(&call).await,
        "giveUpRetry" => retries::give_up(&call),
        _ => Err(Problem::of(Code::NotFound).into()),
    }
}
