//! One call: the request, its retries, and what the answer means.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::io::{Clock, HttpRequest, HttpResponse, Method, Random, SessionKeeper, Transport, TransportError};
use crate::retry::{self, Kind};
use crate::{Address, Client, Error, ErrorKind, RequestNote, Secret};

/// The longest that one call may take; a listing may take what is left of the run.
const CALL: Duration = Duration::from_secs(20);
/// Longer texts of iLOQ are cut.
const LONGEST_TEXT: usize = 300;
/// Whoever obeyed a longer `Retry-After` would stand still for no good reason.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);
/// Shorter secrets are not cut out of texts: that would spoil ordinary words, and the gaps would still give them away.
const SHORTEST_SECRET: usize = 4;

/// A request to be made, perhaps more than once.
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    method: Method,
    /// Below `…/api/v2/`.
    path: String,
    body: Vec<u8>,
    kind: Kind,
    listing: bool,
    limit: Option<AnswerLimit>,
}

/// The most that an answer may cost. Beyond it the caller asks for less, so a time-out is not tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerLimit {
    /// The longest body, in bytes.
    pub bytes: usize,
    /// The longest wait.
    pub time: Duration,
}

impl Call {
    /// A read.
    pub(crate) fn get(operation: &'static str, path: impl Into<String>) -> Self {
        Self {
            operation,
            method: Method::Get,
            path: path.into(),
            body: Vec::new(),
            kind: Kind::Read,
            listing: false,
            limit: None,
        }
    }

    /// A read with its filter in the body.
    pub(crate) fn ask(
        operation: &'static str,
        path: impl Into<String>,
        body: &impl Serialize,
    ) -> Result<Self, Error> {
        Ok(Self { method: Method::Post, body: json(operation, body)?, ..Self::get(operation, path) })
    }

    /// A write without a body.
    pub(crate) fn act(operation: &'static str, method: Method, path: impl Into<String>) -> Self {
        Self { method, kind: Kind::Write, ..Self::get(operation, path) }
    }

    /// A write.
    pub(crate) fn write(
        operation: &'static str,
        method: Method,
        path: impl Into<String>,
        body: &impl Serialize,
    ) -> Result<Self, Error> {
        Ok(Self { body: json(operation, body)?, ..Self::act(operation, method, path) })
    }

    /// The same with all the time that is left: the answer may be large.
    pub(crate) fn listing(self) -> Self {
        Self { listing: true, ..self }
    }

    /// The same within a limit.
    pub(crate) fn within(self, limit: AnswerLimit) -> Self {
        Self { limit: Some(limit), ..self }
    }

    fn gives_up(&self, error: &Error) -> bool {
        self.limit.is_some() && matches!(**error, ErrorKind::Lost { cause: TransportError::Timeout, .. })
    }
}

fn json(operation: &'static str, body: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(body)
        .map_err(|error| ErrorKind::Unexpected { operation, detail: format!("the request: {error}") }.into())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl<T: Transport, C: Clock, R: Random, K: SessionKeeper> Client<T, C, R, K> {
    /// Sends `call` to `base`, again if it fails in passing, and gives the body of a 2xx answer.
    pub(crate) async fn exchange(
        &self,
        base: &Address,
        session: Option<&Secret>,
        call: &Call,
    ) -> Result<Vec<u8>, Error> {
        let mut tries = 1;
        loop {
            let error = match self.attempt(base, session, call).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            let enough = tries >= retry::MOST_TRIES || self.retries_left.get() == 0;
            if enough || call.gives_up(&error) || !call.kind.may_retry(&error) {
                return Err(error);
            }
            let Some(pause) = retry::pause(tries, &error, &self.random) else { return Err(error) };
            if pause >= self.deadline.left(&self.clock) {
                return Err(error);
            }
            self.retries_left.set(self.retries_left.get() - 1);
            self.clock.sleep(pause).await;
            tries += 1;
        }
    }

    /// Sends `call` once.
    pub(crate) async fn attempt(
        &self,
        base: &Address,
        session: Option<&Secret>,
        call: &Call,
    ) -> Result<Vec<u8>, Error> {
        let operation = call.operation;
        let left = self.deadline.left(&self.clock);
        if left.is_zero() {
            return Err(ErrorKind::Deadline { operation, sent: false }.into());
        }
        let timeout = if call.listing { left } else { left.min(CALL) };
        let started = self.clock.monotonic();
        let request = self.request(base, session, call);
        let answer = match call.limit {
            Some(limit) => self.transport.send_within(request, timeout.min(limit.time), limit.bytes).await,
            None => self.transport.send(request, timeout).await,
        };
        self.requests.set(self.requests.get() + 1);
        if let Some(observer) = &self.observer {
            observer(&RequestNote {
                operation,
                outcome: answer.as_ref().map(|answer| answer.status).map_err(Clone::clone),
                duration: self.clock.monotonic().saturating_sub(started),
            });
        }
        let kind = match answer {
            Ok(answer) => return self.judge(session, call, answer),
            Err(TransportError::Denied) => ErrorKind::Address { address: base.to_string() },
            Err(cause @ TransportError::NotConnected(_)) => ErrorKind::NotReached { operation, cause },
            Err(TransportError::Timeout) if self.deadline.has_passed(&self.clock) => {
                ErrorKind::Deadline { operation, sent: true }
            }
            Err(TransportError::TooLarge(limit)) => ErrorKind::TooLarge { operation, limit },
            Err(cause) => ErrorKind::Lost { operation, cause },
        };
        Err(kind.into())
    }

    fn request(&self, base: &Address, session: Option<&Secret>, call: &Call) -> HttpRequest {
        let mut headers = vec![("accept", "application/json".to_owned())];
        if !call.body.is_empty() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        if let Some(key) = &self.credentials.api_key {
            headers.push(("x-api-key", key.expose_secret().to_owned()));
        }
        if let Some(session) = session {
            headers.push(("sessionid", session.expose_secret().to_owned()));
        }
        if let Some(traceparent) = &self.traceparent {
            headers.push(("traceparent", traceparent.clone()));
        }
        HttpRequest {
            method: call.method,
            https: base.is_https(),
            authority: base.authority(),
            path_and_query: base.path_of(&call.path),
            headers,
            body: call.body.clone(),
        }
    }

    fn judge(&self, session: Option<&Secret>, call: &Call, answer: HttpResponse) -> Result<Vec<u8>, Error> {
        let (operation, status) = (call.operation, answer.status);
        let kind = match status {
            200..300 => return Ok(answer.body),
            // Following it would send the session id, or the password, to wherever it points.
            300..400 => ErrorKind::Unexpected { operation, detail: format!("a redirect ({status})") },
            400.. => {
                let (code, message) = said(&answer.body);
                let clean = |text: String| shortened(&self.without_secrets(session, &text));
                ErrorKind::Status {
                    operation,
                    status,
                    code: code.map(clean),
                    message: message.map(clean),
                    retry_after: retry_after(&answer, self.clock.now()),
                }
            }
            _ => ErrorKind::Unexpected { operation, detail: format!("status {status}") },
        };
        Err(kind.into())
    }

    fn without_secrets(&self, session: Option<&Secret>, text: &str) -> String {
        let secrets = [session, Some(&self.credentials.password), self.credentials.api_key.as_ref()];
        secrets
            .into_iter()
            .flatten()
            .fold(text.to_owned(), |text, secret| without(&text, secret.expose_secret()))
    }
}

/// `Code` and `Message` of an error's body; a short text that is no JSON is taken as the message.
fn said(body: &[u8]) -> (Option<String>, Option<String>) {
    let Ok(members) = serde_json::from_slice::<Map<String, Value>>(body) else {
        let text = std::str::from_utf8(body).unwrap_or_default().trim();
        return (None, (!text.is_empty() && !text.starts_with('<')).then(|| text.to_owned()));
    };
    let (mut code, mut message) = (None, None);
    for (name, value) in members {
        let Value::String(text) = value else { continue };
        if name.eq_ignore_ascii_case("Code") {
            code = Some(text);
        } else if name.eq_ignore_ascii_case("Message") {
            message = Some(text);
        }
    }
    (code, message)
}

/// Cuts `secret` out of `text`, in whatever ASCII case it is written there.
fn without(text: &str, secret: &str) -> String {
    if secret.len() < SHORTEST_SECRET {
        return text.to_owned();
    }
    let (lower, secret) = (text.to_ascii_lowercase(), secret.to_ascii_lowercase());
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for (at, found) in lower.match_indices(&secret) {
        out.push_str(&text[from..at]);
        out.push('…');
        from = at + found.len();
    }
    out.push_str(&text[from..]);
    out
}

/// `Retry-After` in seconds, at most an hour: a number of seconds, or the date until which to wait.
fn retry_after(answer: &HttpResponse, now: DateTime<Utc>) -> Option<u32> {
    let (_, value) = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are longer than an hour.
        value.parse().map_or(LONGEST_RETRY_AFTER, Duration::from_secs)
    } else {
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(SystemTime::from(now)).unwrap_or_default()
    };
    u32::try_from(wait.min(LONGEST_RETRY_AFTER).as_millis().div_ceil(1000)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_cut_out_in_any_case() {
        assert_eq!(without("id: 3fa8-B, 3fa8-b; ä3FA8", "3FA8-b"), "id: …, …; ä3FA8");
        assert_eq!(without("banana", "a"), "banana");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_at_most_an_hour() {
        let now = DateTime::from_timestamp_millis(784_111_777_500).unwrap();
        for (value, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("3601", Some(3600)),
            ("4294967295", Some(3600)),
            ("99999999999999999999999", Some(3600)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sunday, 06-Nov-94 08:50:07 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Mon, 07 Nov 1994 08:49:37 GMT", Some(3600)),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            let headers = vec![("Retry-After".to_owned(), value.to_owned())];
            let answer = HttpResponse { status: 429, headers, body: Vec::new() };
            assert_eq!(retry_after(&answer, now), seconds, "{value:?}");
        }
    }
}
