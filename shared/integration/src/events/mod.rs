//! What iLOQ tells by itself: its webhook, and the subscription of it.
//!
//! - `receive`: an event comes in: signature, age, repetition; what is left of it is a `wish` or a `hints` entry;
//! - `subscribe`: the portal's side of the subscription; `bring`: iLOQ's side; `renew`: the job;
//! - `store`: what is kept; `signature`: the sign keys.

mod bring;
mod event;
pub mod hints;
mod receive;
mod renew;
mod seen;
mod signature;
mod store;
mod subscribe;
pub mod wish;

pub use renew::renew;
pub use signature::reseal;

use portal_api::{Code, Problem};

use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
};

/// Carries out an operation of `receive-events`.
///
/// # Errors
/// What the caller is told.
pub async fn handle<P: Platform>(call: Call<'_, P>) -> Result<Answer, Stop> {
    match call.operation.id {
        "receiveEvent" => receive::receive(&call),
        "getSubscription" => subscribe::get(&call),
        "putSubscription" => subscribe::put(&call).await,
        "deleteSubscription" => subscribe::delete(&call).await,
        _ => Err(Problem::of(Code::NotFound).into()),
    }
}
