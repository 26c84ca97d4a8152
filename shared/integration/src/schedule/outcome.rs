//! What the job's route answered.

use iloq_client::io::HttpResponse;
use portal_api::types::JobState;
use serde::Deserialize;
use serde_json::{Map, Value};

/// More failed systems than these are only counted.
const NAMED: usize = 5;

/// An answer, reduced to what is logged.
pub(super) struct Outcome {
    /// The HTTP status.
    pub(super) status: u16,
    body: Body,
}

/// An answer of the job's route or a problem; anything else is empty.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    systems: Vec<Line>,
    /// The problem's code.
    code: String,
}

/// What is read of the answer's `JobSystem`.
#[derive(Deserialize)]
struct Line {
    system: String,
    state: JobState,
    problem: Option<Cause>,
}

/// What is read of a problem.
#[derive(Deserialize)]
struct Cause {
    code: String,
}

impl Outcome {
    pub(super) fn of(answer: &HttpResponse) -> Self {
        Self { status: answer.status, body: serde_json::from_slice(&answer.body).unwrap_or_default() }
    }

    /// How many systems are in each state.
    pub(super) fn states(&self) -> Value {
        let mut counts = Map::new();
        for state in JobState::ALL {
            let count = self.body.systems.iter().filter(|line| line.state == *state).count();
            if count > 0 {
                counts.insert(state.name().to_owned(), count.into());
            }
        }
        Value::Object(counts)
    }

    /// What an operator has to know: `Err` unless every system was served.
    pub(super) fn verdict(&self) -> Result<(), String> {
        if self.status != 200 {
            return Err(self.refusal());
        }
        let failed: Vec<_> = self.body.systems.iter().filter(|line| line.state == JobState::Failed).collect();
        if failed.is_empty() {
            return Ok(());
        }
        let code =
            |line: &Line| line.problem.as_ref().map(|problem| problem.code.clone()).unwrap_or_default();
        let named = failed.iter().take(NAMED).map(|line| format!("{} ({})", line.system, code(line)));
        let named = named.collect::<Vec<_>>().join(", ");
        let more = match failed.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Err(format!("{} of {} systems failed: {named}{more}", failed.len(), self.body.systems.len()))
    }

    fn refusal(&self) -> String {
        let next = match self.status {
            401 => "check that the hash of jobs_token is in access_tokens",
            403 => "jobs_token needs the scope jobs",
            404 => "check jobs_url, and that the release which is served there has this job",
            _ => "see the log of the functions",
        };
        let code = &self.body.code;
        let code = if code.is_empty() { String::new() } else { format!(" ({code})") };
        format!("answered {}{code}: {next}", self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16, body: &str) -> Outcome {
        Outcome::of(&HttpResponse { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
    }

    #[test]
    fn failed_systems_are_named_and_many_are_counted() {
        let line = |n: usize| {
            format!(r#"{{"system":"s{n}","state":"failed","problem":{{"code":"iloq-unavailable"}}}}"#)
        };
        let lines: Vec<_> = (0..7).map(line).collect();
        let body =
            format!(r#"{{"job":"retry","systems":[{},{{"system":"x","state":"done"}}]}}"#, lines.join(","));
        let outcome = outcome(200, &body);
        let told = outcome.verdict().unwrap_err();
        assert!(told.starts_with("7 of 8 systems failed: s0 (iloq-unavailable), s1"), "{told}");
        assert!(told.ends_with("s4 (iloq-unavailable) and 2 more"), "{told}");
        assert_eq!(outcome.states(), serde_json::json!({ "done": 1, "failed": 7 }));
    }

    #[test]
    fn what_was_left_out_or_goes_on_is_no_failure() {
        let body = r#"{"systems":[{"system":"a","state":"incomplete"},{"system":"b","state":"skipped","problem":{"code":"in-progress"}}]}"#;
        assert_eq!(outcome(200, body).verdict(), Ok(()));
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let told = outcome(401, r#"{"code":"unauthenticated"}"#).verdict().unwrap_err();
        assert_eq!(
            told,
            "answered 401 (unauthenticated): check that the hash of jobs_token is in access_tokens"
        );
        let told = outcome(500, "<html>").verdict().unwrap_err();
        assert_eq!(told, "answered 500: see the log of the functions");
    }
}
