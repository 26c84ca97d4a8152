//! Requests and replies, without a socket.

use std::time::Duration;

use hyper::body::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

/// A request as it came in.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The verb, in upper case.
    pub method: String,
    /// Path with the query, beginning with `/`.
    pub path_and_query: String,
    /// Header names (any case) and values.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Bytes,
}

impl Request {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: &str, path_and_query: &str) -> Self {
        Self { method: method.to_owned(), path_and_query: path_and_query.to_owned(), ..Self::default() }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a JSON body and its content type.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = Bytes::from(body.to_string());
        self.header("content-type", "application/json")
    }

    pub(crate) fn get_header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// What to answer, and how the answer is to be given.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body.
    pub body: Bytes,
    /// How long to wait before the answer.
    pub delay: Duration,
    /// Whether the whole answer is to be given.
    pub ending: Ending,
}

/// How an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The whole answer is given.
    Whole,
    /// The connection is closed without an answer.
    Dropped,
    /// Nothing is ever answered; the connection stays open.
    Hung,
    /// The connection is closed after this many bytes of the body.
    Cut(usize),
}

impl Reply {
    /// The body as JSON; `Null` if it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn plain(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.into(),
            delay: Duration::ZERO,
            ending: Ending::Whole,
        }
    }
}

/// The answer of an operation that went through.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// 200 with JSON.
    Json(Bytes),
    /// 204.
    Void,
    /// 200 with a stream that holds nothing.
    Stream,
}

impl Answer {
    /// 200 with `value` as JSON.
    pub(crate) fn of(value: &impl Serialize) -> Result<Self, Refusal> {
        serde_json::to_vec(value)
            .map(|bytes| Self::Json(Bytes::from(bytes)))
            .map_err(|error| Refusal::new(500, "InternalError", error.to_string()))
    }

    pub(crate) fn into_reply(self) -> Reply {
        match self {
            Self::Json(bytes) => Reply::plain(200, "application/json; charset=utf-8", bytes),
            Self::Void => Reply { headers: Vec::new(), ..Reply::plain(204, "", Bytes::new()) },
            Self::Stream => Reply::plain(200, "application/octet-stream", Bytes::new()),
        }
    }
}

/// The result of an operation.
pub(crate) type Outcome = Result<Answer, Refusal>;

/// An error answer: `{"Code","Message"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) retry_after: Option<u64>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), retry_after: None }
    }

    /// 400 `ValidationFailed`.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationFailed", message)
    }

    /// 400 `ValidationFailed` about one value, in the words that iLOQ uses.
    pub(crate) fn invalid(parameter: &str, value: impl std::fmt::Display) -> Self {
        Self::validation(format!("Invalid value ({value}) for parameter {parameter}."))
    }

    /// 404 `NotFound`.
    pub(crate) fn not_found(what: &str, id: impl std::fmt::Display) -> Self {
        Self::new(404, "NotFound", format!("{what} {id} was not found."))
    }

    /// 403 `Forbidden`.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "Forbidden", message)
    }

    pub(crate) fn into_reply(self) -> Reply {
        let body = json!({ "Code": self.code, "Message": self.message }).to_string();
        let mut reply = Reply::plain(self.status, "application/json; charset=utf-8", body);
        if let Some(seconds) = self.retry_after {
            reply.headers.push(("retry-after", seconds.to_string()));
        }
        reply
    }
}

/// Decodes `%xx` and, in a query, `+`.
pub(crate) fn decode(text: &str, in_query: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit =
                    |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit(rest.next()?)? * 16 + digit(rest.next()?)?
            }
            b'+' if in_query => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}
