//! From a request to an answer: the checks of the contract in their order, then the operation.

mod audit;
mod idempotency;
mod serve;

pub use audit::{Audit, append as append_audit, audit_entries};
pub use idempotency::{KEPT_MS, KEY_PREFIX, Remembered};
pub use serve::{Call, new_id, serve};

use portal_api::Problem;
use serde::Serialize;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
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
        Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: serde_json::to_vec(body).unwrap_or_default(),
        }
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
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
        let mut answer = Self {
            status: problem.status(),
            headers: vec![("content-type".to_owned(), "application/problem+json".to_owned())],
            body: problem.to_json(request_id),
        };
        for (name, value) in problem.headers() {
            answer.headers.push((name.to_owned(), value));
        }
        answer
    }
}
