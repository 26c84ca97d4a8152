//! The routes of the components `link-key`, `order-access-rights` and `block-list`.

use portal_api::{Code, Problem};

use super::{block_list, change, detach, list, refresh, replace};
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
};

/// Carries out an operation of `link-key`.
///
/// # Errors
/// What the caller is told.
pub async fn handle<P: Platform>(call: Call<'_, P>) -> Result<Answer, Stop> {
    match call.operation.id {
        "listKeys" => list::keys(&call).await,
        "getKey" => list::key(&call).await,
        "attachKeys" => change::attach(&call).await,
        "putUserKeys" => change::put(&call).await,
        "detachKey" => detach::detach(&call).await,
        "replaceKey" => replace::replace(&call).await,
        "refreshKeys" => refresh::refresh(&call).await,
        "listDrift" => refresh::drift(&call).await,
        _ => Err(Problem::of(Code::NotFound).into()),
    }
}

/// Carries out the operation of `order-access-rights`.
///
/// # Errors
/// What the caller is told.
pub async fn handle_rights<P: Platform>(call: Call<'_, P>) -> Result<Answer, Stop> {
    change::rights(&call).await
}

/// Carries out an operation of `block-list`.
///
/// # Errors
/// What the caller is told.
pub async fn handle_block_list<P: Platform>(call: Call<'_, P>) -> Result<Answer, Stop> {
    match call.operation.id {
        "listBlockList" => block_list::entries(&call).await,
        "blockKey" => block_list::change(&call, true).await,
        "unblockKey" => block_list::change(&call, false).await,
        _ => Err(Problem::of(Code::NotFound).into()),
    }
}
