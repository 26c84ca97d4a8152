//! Single rows of the answer.

use std::error::Error as _;

use iloq_client::Error;
use iloq_model::Right;
use portal_api::types::{Check, CheckId, CheckStatus};

use super::findings::{Reading, is_refused};

/// All is well.
pub(super) fn pass(id: CheckId, detail: impl Into<String>) -> Check {
    Check { id, status: CheckStatus::Pass, detail: detail.into(), fix: None }
}

/// It works, but somebody should look.
pub(super) fn warn(id: CheckId, detail: impl Into<String>, fix: impl Into<String>) -> Check {
    Check { id, status: CheckStatus::Warn, detail: detail.into(), fix: Some(fix.into()) }
}

/// It has to be put right.
pub(super) fn fail(id: CheckId, detail: impl Into<String>, fix: impl Into<String>) -> Check {
    Check { id, status: CheckStatus::Fail, detail: detail.into(), fix: Some(fix.into()) }
}

/// It could not be looked at, because of `cause`.
pub(super) fn skip(id: CheckId, cause: CheckId) -> Check {
    let detail = format!("Not looked at, because of {cause}.");
    Check { id, status: CheckStatus::Skipped, detail, fix: None }
}

/// What was read for `id`, or the row that says why it was not.
pub(super) fn need<'a, T>(
    id: CheckId,
    reading: &'a Reading<T>,
    what: &str,
    right: Right,
) -> Result<&'a T, Check> {
    match reading {
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) => {
            let fix = if is_refused(error) {
                format!(
                    "In iLOQ Manager, give the API user the right {} ({}).",
                    right.name(),
                    right.meaning()
                )
            } else {
                "Run the check again; if it stays, tell iLOQ's support.".to_owned()
            };
            Err(fail(id, format!("{what} can't be read: {}.", because(error)), fix))
        }
        None => Err(Check {
            id,
            status: CheckStatus::Skipped,
            detail: "Not looked at, because iLOQ stopped answering before.".to_owned(),
            fix: None,
        }),
    }
}

/// What went wrong, without a full stop. A 401 is told by its status alone: its text may repeat a session id.
pub(super) fn because(error: &Error) -> String {
    if error.status() == Some(401) {
        return format!("iLOQ answered 401 to {}", error.operation());
    }
    let text = match error.source() {
        Some(cause) => format!("{error} ({cause})"),
        None => error.to_string(),
    };
    text.trim_end_matches('.').to_owned()
}
