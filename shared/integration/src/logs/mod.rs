//! The access log: pulled from iLOQ, kept in a book, read by the portal.

mod book;
mod export;
mod format;
mod page;
mod rollup;
mod routes;
mod row;
mod summary;

pub use book::{Added, Book};
pub use page::{Filter, Page, Span};
pub use routes::{book, zone};
pub use row::{Named, Person, Row, Text};
pub use summary::start_of_day_before;

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
        "listLogs" => routes::list(&call),
        "feedLogs" => routes::feed(&call),
        "summariseLogs" => routes::summarise(&call),
        _ => Err(Problem::of(Code::NotFound).into()),
    }
}
