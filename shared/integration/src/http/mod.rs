//! From a request to an answer: the checks of the contract in their order, then the operation.

mod audit;
mod idempotency;
mod serve;

pub use audit::{Audit, append as append_audit, audit_entries};
pub use idempotency::{KEPT_MS, KEY_PREFIX, Remembered};
pub use serve::{Call, new_id, serve};

use std::{fmt, time::Duration};

use portal_api::Problem;
use serde::Serialize;

use crate::{
    platform::{Platform, Store},
    problem::Stop,
};

/// A request without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The method as it was sent.
    pub method: String,
    /// Path and query as they were sent.
    pub path_and_query: String,
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
}

/// A request's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// All of it.
    Bytes(Vec<u8>),
    /// It was larger than the limit of 1 MiB and was not read to the end.
    TooLarge,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
    /// The body, or its begin.
    pub body: Vec<u8>,
    /// What comes after it, made while it is sent; then the length is not known before.
    pub rest: Option<Rest>,
}

/// Makes the rest of a body, piece by piece, so that it never has to fit into memory.
pub trait Source {
    /// The next piece; `None` at the end. After an error nothing more is asked for.
    ///
    /// # Errors
    /// Whatever keeps it from going on. The body is broken off then, so that it never looks complete.
    fn next(&mut self, store: &dyn Store, now: &dyn Fn() -> Duration) -> Result<Option<Vec<u8>>, Stop>;

    /// When it has to be sent, on the monotonic clock.
    fn end(&self) -> Duration;
}

/// The rest of a body.
pub struct Rest(Box<dyn Source>);

impl Rest {
    /// The next piece. `Ok(None)`: the body is complete; `Err`: it has to be broken off, and that is in the log.
    ///
    /// # Errors
    /// What stopped it has been written to the log.
    pub fn next<P: Platform>(&mut self, platform: &P) -> Result<Option<Vec<u8>>, Broken> {
        let now = || iloq_client::io::Clock::monotonic(platform.clock());
        self.0.next(platform.store(), &now).map_err(|stop| {
            let problem = stop.into_problem();
            platform.log(&broken(problem.code.name()));
            Broken
        })
    }

    /// How long may still be sent; `None`: the time is over, and that is in the log.
    pub fn left<P: Platform>(&self, platform: &P) -> Option<Duration> {
        let left = self.0.end().checked_sub(iloq_client::io::Clock::monotonic(platform.clock()));
        if left.is_none() {
            platform.log(&broken("in-progress"));
        }
        left
    }
}

/// A body was broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl fmt::Debug for Rest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Rest")
    }
}

fn broken(code: &str) -> String {
    format!(r#"{{"event":"answer_broken_off","level":"warn","code":"{code}"}}"#)
}

impl Head {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl Answer {
    /// An answer with JSON.
    #[must_use]
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        Self::text(status, "application/json", serde_json::to_vec(body).unwrap_or_default())
    }

    /// An answer with a body of this type.
    #[must_use]
    pub fn text(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self::empty(status).with_header("content-type", content_type).with_body(body)
    }

    /// An answer as it was kept.
    #[must_use]
    pub(crate) fn kept(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        Self { status, headers, body, rest: None }
    }

    fn with_body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// Adds what comes after the body.
    #[must_use]
    pub fn with_rest(mut self, rest: impl Source + 'static) -> Self {
        self.rest = Some(Rest(Box::new(rest)));
        self
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), rest: None }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// A problem.
    #[must_use]
    pub fn problem(problem: &Problem, request_id: &str) -> Self {
        let body = problem.to_json(request_id);
        let mut answer = Self::text(problem.status(), "application/problem+json", body);
        for (name, value) in problem.headers() {
            answer.headers.push((name.to_owned(), value));
        }
        answer
    }
}
