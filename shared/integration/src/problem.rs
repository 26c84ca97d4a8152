//! From what went wrong to what the caller is told.

use iloq_client::{Error, ErrorKind};
use portal_api::{Code, IloqCause, Problem};

use crate::{
    seal::SealError,
    state::{Fault, StateError, Suspension},
};

/// Anything that stops a job's step. One type, so that `?` works throughout; what the caller sees is
/// decided in one place.
#[derive(Debug)]
pub enum Stop {
    /// iLOQ refused, was not reached, or answered nonsense.
    Iloq(Error),
    /// The key-value store failed.
    State(StateError),
    /// A stored secret can't be opened.
    Seal(SealError),
    /// A rule of ours says no.
    Problem(Problem),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Iloq(error)
    }
}

impl From<StateError> for Stop {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl From<SealError> for Stop {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Stop {
    /// Whether the same step may work later without anybody doing anything.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Iloq(error) => error.is_unavailable(),
            Self::State(error) => matches!(**error, Fault::Store(_)),
            Self::Seal(_) => false,
            Self::Problem(problem) => problem.code.retryable(),
        }
    }

    /// Whether no step of the run can work: iLOQ or the store is away, or the login is refused.
    #[must_use]
    pub fn stops_everybody(&self) -> bool {
        match self {
            Self::Iloq(error) => {
                error.is_unavailable()
                    || matches!(
                        **error,
                        ErrorKind::LoginRefused(_)
                            | ErrorKind::NoLockGroup
                            | ErrorKind::LockGroupChoice(_)
                            | ErrorKind::Address { .. }
                    )
            }
            Self::State(_) | Self::Seal(_) => true,
            Self::Problem(problem) => {
                matches!(problem.code, Code::SystemSuspended | Code::StoreUnavailable | Code::IloqUnavailable)
            }
        }
    }

    /// Whether nothing else that waits can be tried either. An iLOQ that does not answer is no such reason: it may be this
    /// one request that it does not answer, and others would wait for it for ever.
    #[must_use]
    pub fn stops_the_job(&self) -> bool {
        matches!(self, Self::State(_) | Self::Seal(_)) || self.stops_login()
    }

    /// Whether iLOQ is left alone until the settings are put again.
    #[must_use]
    pub fn stops_login(&self) -> bool {
        match self {
            Self::Iloq(error) => error.login_refused().is_some_and(Suspension::is_due_to),
            Self::Problem(problem) => problem.code == Code::SystemSuspended,
            _ => false,
        }
    }

    /// Whether the user is blocked.
    #[must_use]
    pub fn is_block(&self) -> bool {
        self.is(Code::UserBlocked)
    }

    /// Whether it is this problem of ours.
    #[must_use]
    pub fn is(&self, code: Code) -> bool {
        matches!(self, Self::Problem(problem) if problem.code == code)
    }

    /// What the caller is told.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Problem(problem) => problem,
            other => other.problem(),
        }
    }

    /// The same of something that still stops.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::Iloq(error) => of_iloq(error),
            Self::State(error) => of_state(error),
            Self::Seal(error) => Problem::new(
                Code::Internal,
                format!(
                    "{error}. Put the key that sealed it back into the variable encryption_keys, or put the system's settings with the password again."
                ),
            ),
            Self::Problem(problem) => problem.clone(),
        }
    }
}

/// A suspended system.
#[must_use]
pub fn suspended(suspension: &Suspension) -> Problem {
    Problem::new(Code::SystemSuspended, format!(
            "{}. No further login is tried, since that could lengthen a lock-out: correct the settings and put them again.",
            suspension.because()
        ))
        .with_iloq(login_cause(suspension.result))
}

fn login_cause(result: i32) -> IloqCause {
    let meaning = iloq_model::CreateSessionResult::from_code(result).meaning();
    IloqCause::operation("Authentication_CreateSession").with_result("Result", i64::from(result), meaning)
}

fn of_state(error: &StateError) -> Problem {
    match **error {
        Fault::Store(_) => Problem::new(
            Code::StoreUnavailable,
            "The key-value store did not answer. Nothing is lost: send the same request again.",
        )
        .retry_in(5),
        _ => Problem::new(Code::Internal, format!("{error}.")),
    }
}

/// What iLOQ's error means for the caller.
#[must_use]
pub fn of_iloq(error: &Error) -> Problem {
    let operation = error.operation();
    match &**error {
        ErrorKind::LoginRefused(result) if !error.is_unavailable() => {
            let next = match result.code() {
                5 => "Check user name, password and service code, then put the settings again",
                7 | 8 => "Wait until iLOQ lifts the lock-out (or have it lifted in Manager), then put the settings again",
                9 => "Set a new password for the API user in Manager, without forced change, then put the settings again",
                3 => "Use an https:// service address",
                6 | 11 => "Check the service address: it probably belongs to another iLOQ service",
                _ => "Check the settings, then try again",
            };
            Problem::new(Code::IloqLoginRefused, format!("iLOQ refused the login: {}. {next}.", result.meaning()))
                .with_iloq(login_cause(result.code()))
        }
        ErrorKind::LockGroupChoice(groups) => {
            let names: Vec<_> = groups.iter().map(|(id, name)| format!("{name} ({id})")).collect();
            Problem::new(Code::LockGroupChoiceNeeded, format!(
                "The API user sees several locking systems: {}. Put the id of one into lockGroupId of the settings.",
                names.join(", ")
            ))
        }
        ErrorKind::NoLockGroup => Problem::new(Code::SetupIncomplete,
            "The API user sees no locking system (or not the one in lockGroupId). Give the user access in Manager, or correct lockGroupId.",
        ),
        ErrorKind::Address { .. } => Problem::new(Code::IloqUnexpectedAnswer, format!("{error}. Check the service address, or allow the address with the variable iloq_extra_origin."))
            .with_iloq(IloqCause::operation(operation)),
        _ if error.is_unavailable() => Problem::new(Code::IloqUnavailable, format!("{error}. Send the request again later; what was saved until then goes on by itself."))
            .retry_in(retry_after(error))
            .with_iloq(with_status(operation, error)),
        ErrorKind::Status { status: 403, message, .. } => Problem::new(Code::IloqRightsMissing, format!(
                "iLOQ refuses {operation}{}. Give the API user the right in Manager; POST …/check names what is missing.",
                said(error, message.as_deref())
            ))
            .with_iloq(with_status(operation, error)),
        ErrorKind::Status { message, status, .. } => Problem::new(Code::IloqRefused, format!(
                "iLOQ refused {operation} with status {status}{}. Correct what it names and try again.",
                said(error, message.as_deref())
            ))
            .with_iloq(with_status(operation, error)),
        _ => Problem::new(Code::IloqUnexpectedAnswer, format!("{error}. Check that the service address is that of an iLOQ 5 Series service; if it is, tell iLOQ's support."))
            .with_iloq(with_status(operation, error)),
    }
}

/// When to try again, in seconds: what iLOQ asks for, else half a minute.
fn retry_after(error: &Error) -> u32 {
    error.retry_after().unwrap_or(30)
}

fn with_status(operation: &str, error: &Error) -> IloqCause {
    let cause = IloqCause::operation(operation);
    match error.status() {
        Some(status) => cause.with_status(status),
        None => cause,
    }
}

/// iLOQ's own words, except where they may repeat a session id or what was sent to log in.
fn said(error: &Error, message: Option<&str>) -> String {
    let harmless = error.status() != Some(401) && !error.operation().starts_with("Authentication_");
    message
        .filter(|m| harmless && !m.is_empty())
        .map(|m| format!(": {}", m.trim_end_matches('.')))
        .unwrap_or_default()
}
