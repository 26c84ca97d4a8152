//! What can go wrong, by the stage where it did.

use std::{fmt::Display, ops::Deref};

use iloq_model::{CreateSessionResult, LockGroupId};

use crate::io::TransportError;

/// The operations that open a session.
const LOGIN: [&str; 4] = [
    "Url_GetUrl",
    "Authentication_CreateSession",
    "LockGroups_GetAllLockGroups",
    "Authentication_SetLockgroup",
];

/// A call to iLOQ failed: one pointer, because it is in every `Result`. What happened is its [`ErrorKind`].
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<ErrorKind>);

impl From<ErrorKind> for Error {
    #[cold]
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl Deref for Error {
    type Target = ErrorKind;

    fn deref(&self) -> &ErrorKind {
        &self.0
    }
}

/// What went wrong. No variant holds a secret: session id, password and key are cut out of iLOQ's texts.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ErrorKind {
    /// The address is malformed or none of the allowed ones; nothing was sent.
    #[error("{address} is not an address that may be called")]
    Address {
        /// The address.
        address: String,
    },
    /// There was no connection; nothing was sent.
    #[error("{operation}: iLOQ could not be reached")]
    NotReached {
        /// iLOQ's operation id.
        operation: &'static str,
        /// What the transport said.
        #[source]
        cause: TransportError,
    },
    /// The request was sent and no whole answer came: a write may have had its effect.
    #[error("{operation}: no answer from iLOQ")]
    Lost {
        /// iLOQ's operation id.
        operation: &'static str,
        /// What the transport said.
        #[source]
        cause: TransportError,
    },
    /// The run's time is over.
    #[error("{operation}: the time for this run is over")]
    Deadline {
        /// iLOQ's operation id.
        operation: &'static str,
        /// Whether the request had been sent: then a write may have had its effect.
        sent: bool,
    },
    /// iLOQ answered with an error status.
    #[error("{operation}: iLOQ answered {status}{}", said(code.as_deref(), message.as_deref()))]
    Status {
        /// iLOQ's operation id.
        operation: &'static str,
        /// The HTTP status.
        status: u16,
        /// `Code` of the answer, for example `ValidationFailed`.
        code: Option<String>,
        /// `Message` of the answer.
        message: Option<String>,
        /// The answer's `Retry-After` in seconds.
        retry_after: Option<u32>,
    },
    /// iLOQ's answer is not what its document says.
    #[error("{operation}: unexpected answer from iLOQ: {detail}")]
    Unexpected {
        /// iLOQ's operation id.
        operation: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The answer is larger than was allowed. iLOQ's listings have no pages: what can be asked for in parts is.
    #[error("{operation}: unexpected answer from iLOQ: it is larger than {limit} bytes")]
    TooLarge {
        /// iLOQ's operation id.
        operation: &'static str,
        /// The most bytes that were allowed.
        limit: usize,
    },
    /// iLOQ refused the login: `Result` of `CreateSession`.
    #[error("iLOQ refused the login ({}): {}", .0.code(), .0.meaning())]
    LoginRefused(CreateSessionResult),
    /// The API user sees no locking system.
    #[error("the API user sees no locking system")]
    NoLockGroup,
    /// The API user sees several locking systems and none is chosen, or the chosen one is not among them:
    /// id and name of each.
    #[error("the locking system has to be chosen among {}", .0.len())]
    LockGroupChoice(Vec<(LockGroupId, String)>),
}

fn said(code: Option<&str>, message: Option<&str>) -> String {
    match (code, message) {
        (Some(code), Some(message)) => format!(" ({code}: {message})"),
        (Some(text), None) | (None, Some(text)) => format!(" ({text})"),
        (None, None) => String::new(),
    }
}

impl ErrorKind {
    /// iLOQ's operation id, as in its document.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Self::NotReached { operation, .. }
            | Self::Lost { operation, .. }
            | Self::Deadline { operation, .. }
            | Self::Status { operation, .. }
            | Self::TooLarge { operation, .. }
            | Self::Unexpected { operation, .. } => operation,
            Self::LoginRefused(_) => "Authentication_CreateSession",
            Self::NoLockGroup | Self::LockGroupChoice(_) => "LockGroups_GetAllLockGroups",
            Self::Address { .. } => "Url_GetUrl",
        }
    }

    /// The HTTP status, if there was an answer with an error status.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// iLOQ's `Retry-After` in seconds, if it gave one.
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Why iLOQ refused the login, if it did.
    #[must_use]
    pub fn login_refused(&self) -> Option<CreateSessionResult> {
        match self {
            Self::LoginRefused(result) => Some(*result),
            _ => None,
        }
    }

    /// Whether a write that failed like this may have had its effect. Means nothing for reads.
    #[must_use]
    pub fn outcome_unknown(&self) -> bool {
        match self {
            // The write was waiting for a session: it was not sent.
            _ if LOGIN.contains(&self.operation()) => false,
            Self::Lost { .. } | Self::Unexpected { .. } => true,
            Self::Deadline { sent, .. } => *sent,
            Self::Status { status: 503, retry_after, .. } => retry_after.is_none(),
            Self::Status { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Whether iLOQ cannot work for now, so that the same call may succeed later.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::NotReached { .. } | Self::Lost { .. } | Self::Deadline { .. } => true,
            Self::Status { status, .. } => matches!(status, 429 | 502 | 503 | 504),
            Self::LoginRefused(result) => *result == CreateSessionResult::Updating,
            _ => false,
        }
    }

    /// Whether iLOQ says in so many words that the entity does not exist: 404, or 400 `ValidationFailed`
    /// with a message that names the id.
    #[must_use]
    pub fn says_absent(&self, id: impl Display) -> bool {
        match self {
            Self::Status { status: 404, .. } => true,
            Self::Status { .. } => self.is_validation_about(&id.to_string()),
            _ => false,
        }
    }

    /// Whether it is a 400 `ValidationFailed` with a message that has `text` in it (in any case).
    #[must_use]
    pub fn is_validation_about(&self, text: &str) -> bool {
        match self {
            Self::Status { status: 400, code: Some(code), message: Some(message), .. } => {
                code.eq_ignore_ascii_case("ValidationFailed")
                    // Field names and ids are ASCII.
                    && message.to_ascii_lowercase().contains(&text.to_ascii_lowercase())
            }
            _ => false,
        }
    }

    /// Whether iLOQ does not know the session any more: 401 with "Invalid session id".
    #[must_use]
    pub fn is_session_lost(&self) -> bool {
        match self {
            Self::Status { status: 401, message: Some(message), .. } => {
                message.to_ascii_lowercase().contains("invalid session id")
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16, code: &str, message: &str, retry_after: Option<u32>) -> Error {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ErrorKind::Status {
            operation: "Persons_Update",
            status,
            code: text(code),
            message: text(message),
            retry_after,
        }
        .into()
    }

    #[test]
    fn what_a_failed_write_may_have_done() {
        for (error, unknown) in [
            (status(400, "", "", None), false),
            (status(429, "", "", None), false),
            (status(500, "", "", None), true),
            (status(502, "", "", Some(1)), true),
            (status(503, "", "", None), true),
            (status(503, "", "", Some(1)), false),
            (ErrorKind::Lost { operation: "x", cause: TransportError::Timeout }.into(), true),
            (
                ErrorKind::NotReached { operation: "x", cause: TransportError::NotConnected("no".into()) }
                    .into(),
                false,
            ),
            (
                ErrorKind::Lost { operation: "Authentication_CreateSession", cause: TransportError::Timeout }
                    .into(),
                false,
            ),
            (ErrorKind::Deadline { operation: "x", sent: true }.into(), true),
            (ErrorKind::Deadline { operation: "x", sent: false }.into(), false),
        ] {
            assert_eq!(error.outcome_unknown(), unknown, "{error}");
        }
    }

    #[test]
    fn only_plain_words_mean_absent() {
        let id = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
        for (error, absent) in [
            (status(404, "", "", None), true),
            (
                status(
                    400,
                    "ValidationFailed",
                    "Invalid value (3FA85F64-5717-4562-B3FC-2C963F66AFA6).",
                    None,
                ),
                true,
            ),
            (status(400, "ValidationFailed", "Something else", None), false),
            (status(400, "", "3fa85f64-5717-4562-b3fc-2c963f66afa6", None), false),
            (status(403, "Forbidden", id, None), false),
            (status(500, "", id, None), false),
        ] {
            assert_eq!(error.says_absent(id), absent, "{error}");
        }
    }

    #[test]
    fn the_text_says_what_iloq_said() {
        assert_eq!(
            status(400, "ValidationFailed", "Too long", None).to_string(),
            "Persons_Update: iLOQ answered 400 (ValidationFailed: Too long)"
        );
        let refused = Error::from(ErrorKind::LoginRefused(CreateSessionResult::Locked));
        assert!(refused.to_string().starts_with("iLOQ refused the login (8): the account is locked"));
    }
}
