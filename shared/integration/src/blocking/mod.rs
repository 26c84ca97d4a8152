//! Blocking of users: the flag first, then what they hold is taken; lifting it gives back what was taken.

mod block;
mod journal;
mod retry;
mod take;
mod unblock;

pub use journal::{inherit, look_again};
pub use retry::{again, find, give_up, retries, run_due};

use portal_api::{Code, Problem};

use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
};

/// Carries out an operation of `block-user`.
///
/// # Errors
/// What the caller is told.
pub async fn handle<P: Platform>(call: Call<'_, P>) -> Result<Answer, Stop> {
    match call.operation.id {
        "blockUser" => block::block(&call).await,
        "unblockUser" => unblock::unblock(&call).await,
        _ => Err(Problem::of(Code::NotFound).into()),
    }
}
