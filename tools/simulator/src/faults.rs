//! Planned trouble: which requests go wrong, and how.

use hyper::body::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A rule that lets requests go wrong.
///
/// It matches by all of `operation`, `method` and `path` that are given; the first `skip` matches are left alone, the
/// next `times` (all, if `None`) are hit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// The operation's name, for example `Persons_Insert`.
    pub operation: Option<String>,
    /// The verb.
    pub method: Option<String>,
    /// A part of path and query.
    pub path: Option<String>,
    /// How many matches are left alone first.
    pub skip: u64,
    /// How many matches are hit then; `None` for all.
    pub times: Option<u64>,
    /// Whether the operation is carried out before it goes wrong. Delay, truncation, garbage and wrong JSON always
    /// come after the effect.
    pub after_effect: bool,
    /// What happens.
    pub action: Action,
}

/// What goes wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// An error answer.
    Status {
        /// The status code.
        status: u16,
        /// The body's `Code`; a text that fits the status if `None`.
        code: Option<String>,
        /// The body's `Message`.
        message: Option<String>,
        /// `Retry-After` in seconds.
        retry_after: Option<u64>,
    },
    /// The connection is closed without an answer.
    #[default]
    Drop,
    /// Nothing is ever answered.
    Hang,
    /// The answer comes late.
    Delay {
        /// By so many milliseconds.
        ms: u64,
    },
    /// The connection is closed in the middle of the body.
    Truncate {
        /// After so many bytes of it.
        keep: usize,
    },
    /// 200 with a page of HTML.
    Garbage,
    /// The session dies before the call.
    ExpireSession,
    /// 200 with JSON of another type than documented.
    WrongType,
    /// 200 with this JSON, and nothing is carried out: a check's code that no state of the simulator leads to.
    Answer {
        /// The answer, for example a code.
        body: Value,
    },
}

impl Fault {
    /// A fault that hits every request of `operation`.
    #[must_use]
    pub fn on(operation: &str, action: Action) -> Self {
        Self { operation: Some(operation.to_owned()), action, ..Self::default() }
    }

    /// A fault that lets every request of `operation` answer `body`, whatever the state is.
    #[must_use]
    pub fn answering(operation: &str, body: impl Into<Value>) -> Self {
        Self::on(operation, Action::Answer { body: body.into() })
    }

    /// Only the match number `n`, counted from 1.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        (self.skip, self.times) = (n.saturating_sub(1), Some(1));
        self
    }

    /// Only the first `n` matches that are not left alone.
    #[must_use]
    pub fn times(mut self, n: u64) -> Self {
        self.times = Some(n);
        self
    }

    /// After the operation has been carried out.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        self.after_effect = true;
        self
    }

    fn matches(&self, operation: &str, method: &str, path: &str) -> bool {
        self.operation.as_deref().is_none_or(|wanted| wanted == operation)
            && self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|wanted| path.contains(wanted))
    }
}

impl Action {
    /// An error answer with nothing but a status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Status { status, code: None, message: None, retry_after: None }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Drop => "drop",
            Self::Hang => "hang",
            Self::Delay { .. } => "delay",
            Self::Truncate { .. } => "truncate",
            Self::Garbage => "garbage",
            Self::ExpireSession => "expire_session",
            Self::WrongType => "wrong_type",
            Self::Answer { .. } => "answer",
        }
    }
}

/// The rules, each with the number of requests that it has matched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<(Fault, u64)>,
}

impl Faults {
    pub(crate) fn set(&mut self, rules: Vec<Fault>) {
        self.rules = rules.into_iter().map(|rule| (rule, 0)).collect();
    }

    pub(crate) fn add(&mut self, rule: Fault) {
        self.rules.push((rule, 0));
    }

    /// The rule that hits this request, if any. Every rule that matches counts it.
    pub(crate) fn hit(&mut self, operation: &str, method: &str, path: &str) -> Option<Fault> {
        let mut hit = None;
        for (rule, seen) in &mut self.rules {
            if !rule.matches(operation, method, path) {
                continue;
            }
            *seen += 1;
            let last = rule.times.map_or(u64::MAX, |times| rule.skip.saturating_add(times));
            if hit.is_none() && *seen > rule.skip && *seen <= last {
                hit = Some(rule.clone());
            }
        }
        hit
    }
}

/// The `Code` that fits a status.
pub(crate) fn code_of(status: u16) -> &'static str {
    match status {
        400 => "ValidationFailed",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        429 => "TooManyRequests",
        502 => "BadGateway",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        _ => "InternalError",
    }
}

/// JSON of another type than `body`.
pub(crate) fn other_type(body: &Bytes) -> Bytes {
    Bytes::from_static(match body.first() {
        Some(b'[') => b"{\"Unexpected\":true}",
        Some(b'{') => b"[1,2,3]",
        _ => b"{\"Unexpected\":[]}",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_count_their_matches() {
        let mut faults = Faults::default();
        faults.set(vec![Fault::on("A", Action::Drop).nth(2), Fault::on("A", Action::status(503)).times(1)]);
        let hits: Vec<_> =
            (0..4).map(|_| faults.hit("A", "GET", "/x").map(|rule| rule.action.name())).collect();
        assert_eq!(hits, [Some("status"), Some("drop"), None, None]);
        assert_eq!(faults.hit("B", "GET", "/x"), None);
    }

    #[test]
    fn rules_are_written_as_json() {
        let text = r#"{"operation":"Persons_Insert","skip":1,"times":2,"after_effect":true,"action":"drop"}"#;
        let rule: Fault = serde_json::from_str(text).unwrap();
        assert_eq!(rule.action, Action::Drop);
        let text = r#"{"path":"/Keys","action":{"status":{"status":429,"code":null,"message":null,"retry_after":2}}}"#;
        let rule: Fault = serde_json::from_str(text).unwrap();
        assert!(matches!(rule.action, Action::Status { status: 429, retry_after: Some(2), .. }));
        assert!(serde_json::from_str::<Fault>(r#"{"opertion":"x","action":"drop"}"#).is_err());
    }
}
