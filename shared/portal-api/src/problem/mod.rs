//! Everything that can be answered besides success: RFC 9457 problems with stable codes.

mod cause;
mod code;
mod render;

pub use cause::{FieldError, IloqCause};
pub use code::Code;

use std::ops::{Deref, DerefMut};

use serde_json::{Map, Value};

/// A refusal or failure as the caller sees it: one pointer, because it is in every `Result`.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem(Box<Parts>);

/// What a [`Problem`] says.
///
/// `detail` is for people and says what to do next. It never holds a secret, a token or a session id.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// The stable code.
    pub code: Code,
    /// What happened and what to do next.
    pub detail: String,
    /// Whether the same request may succeed later without anybody changing anything.
    pub retryable: bool,
    /// The members that are wrong, with RFC 6901 pointers (`/name`) or query parameters (`?limit`).
    pub errors: Vec<FieldError>,
    /// What iLOQ answered.
    pub iloq: Option<IloqCause>,
    /// Seconds for the `Retry-After` header.
    pub retry_after: Option<u32>,
    /// The `Allow` header of a 405.
    pub allow: Option<Box<str>>,
    /// More members of the answer (for example `movedTo`, `candidates`).
    pub extra: Map<String, Value>,
}

impl Deref for Problem {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut Parts {
        &mut self.0
    }
}

impl Problem {
    /// A problem whose whole detail is `detail`.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            code,
            detail: detail.into(),
            retryable: code.retryable(),
            errors: Vec::new(),
            iloq: None,
            retry_after: code.retry_after(),
            allow: None,
            extra: Map::new(),
        }))
    }

    /// A problem with the detail that the code has by itself.
    #[must_use]
    pub fn of(code: Code) -> Self {
        Self::new(code, code.next_step())
    }

    /// A problem that says `fact` (a sentence with its full stop), and then the code's own next step.
    #[must_use]
    pub fn because(code: Code, fact: &str) -> Self {
        let mut detail = String::with_capacity(fact.len() + 1 + code.next_step().len());
        detail.push_str(fact);
        detail.push(' ');
        detail.push_str(code.next_step());
        Self::new(code, detail)
    }

    /// 422 `invalid-request` for one member (`/name`) or query parameter (`?limit`).
    #[must_use]
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::of(Code::InvalidRequest).with_error(pointer, detail)
    }

    /// 405 with the methods that the path has.
    #[must_use]
    pub fn method_not_allowed(allow: String) -> Self {
        let mut problem = Self::new(Code::MethodNotAllowed, format!("This path takes {allow}."));
        problem.allow = Some(allow.into());
        problem
    }

    /// Adds a wrong member.
    #[must_use]
    pub fn with_error(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        self.errors.push(FieldError { pointer: pointer.into(), detail: detail.into() });
        self
    }

    /// Adds what iLOQ answered.
    #[must_use]
    pub fn with_iloq(mut self, cause: IloqCause) -> Self {
        self.iloq = Some(cause);
        self
    }

    /// Adds a member to the answer. The names of the standard members are not for this.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    /// Says after how many seconds to try again, and that trying again makes sense.
    #[must_use]
    pub fn retry_in(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self.retryable = true;
        self
    }

    /// As it stands inside an item: without what only matters to the answer's headers.
    #[must_use]
    pub fn brief(mut self) -> Self {
        self.retry_after = None;
        self.allow = None;
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.code.status()
    }

    /// The headers that this problem brings: `WWW-Authenticate`, `Allow`, `Retry-After`.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        if self.code == Code::Unauthenticated {
            headers.push(("www-authenticate", "Bearer".to_owned()));
        }
        if let Some(allow) = &self.allow {
            headers.push(("allow", allow.to_string()));
        }
        if let Some(seconds) = self.retry_after {
            headers.push(("retry-after", seconds.to_string()));
        }
        headers
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.detail)
    }
}

impl std::error::Error for Problem {}
