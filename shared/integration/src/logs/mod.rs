//! The access log: pulled from iLOQ, kept in a book, read by the portal.

mod arrived;
mod book;
mod export;
mod format;
mod holders;
mod names;
mod page;
mod pull;
mod rollup;
mod routes;
mod row;
mod summary;
#[cfg(test)]
mod tests;
mod tidy;
mod window;

pub use book::{Added, Book};
pub use page::{Filter, Page, Span};
pub use pull::{lag, pull};
pub use routes::book;
pub use row::{Named, Person, Row, Text};
pub use tidy::tidy;

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
        // In a box: the compiler gives up on futures that are nested deeper.
        "pullLogs" => Box::pin(pull::handle(&call)).await,
        "listLogs" => routes::list(&call),
        "feedLogs" => routes::feed(&call),
        "summariseLogs" => routes::summarise(&call),
        _ => Err(Problem::of(Code::NotFound).into()),
    }
}
