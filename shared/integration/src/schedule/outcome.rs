//! What the job's route answered.

use iloq_client::io::HttpResponse;
use portal_api::types::JobState;
use serde_json::{Map, Value};

/// More failed systems than these are only counted.
const NAMED: usize = 5;

/// An answer, reduced to what is logged.
pub(super) struct Outcome {
    /// The HTTP status.
    pub(super) status: u16,
    systems: Vec<Line>,
    /// The problem's code of an answer that is a problem.
    code: String,
}

/// What became of one system.
struct Line {
    system: String,
    state: JobState,
    /// The problem's code.
    code: String,
}

impl Outcome {
    /// Reads what it knows, and passes over the rest: the answer may be of a later release, or of something else.
    pub(super) fn of(answer: &HttpResponse) -> Self {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let systems = body["systems"].as_array().into_iter().flatten().filter_map(Line::read).collect();
        Self { status: answer.status, systems, code: text(&body["code"]) }
    }

    /// How many systems are in each state.
    pub(super) fn states(&self) -> Value {
        let mut counts = Map::new();
        for state in JobState::ALL {
            let count = self.systems.iter().filter(|line| line.state == *state).count();
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
        let failed: Vec<_> = self.systems.iter().filter(|line| line.state == JobState::Failed).collect();
        if failed.is_empty() {
            return Ok(());
        }
        let named = failed.iter().take(NAMED).map(|line| format!("{} ({})", line.system, line.code));
        let named = named.collect::<Vec<_>>().join(", ");
        let more = match failed.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Err(format!("{} of {} systems failed: {named}{more}", failed.len(), self.systems.len()))
    }

    fn refusal(&self) -> String {
        let next = match self.status {
            401 => "check that the hash of jobs_token is in access_tokens",
            403 => "jobs_token needs the scope jobs",
            404 => "check jobs_url, and that the release which is served there has this job",
            _ => "see the log of the functions",
        };
        let code = if self.code.is_empty() { String::new() } else { format!(" ({})", self.code) };
        format!("answered {}{code}: {next}", self.status)
    }
}

impl Line {
    fn read(line: &Value) -> Option<Self> {
        let state = JobState::parse(line["state"].as_str()?)?;
        Some(Self { system: text(&line["system"]), state, code: text(&line["problem"]["code"]) })
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
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

    /// A later release may know more states, and something else than the route may answer.
    #[test]
    fn a_line_that_is_not_understood_hides_no_other() {
        let lines = [
            r#"{"system":"x","state":"resting"}"#,
            r#"{"system":7,"state":"failed","problem":{"code":"internal"}}"#,
            r#"{"system":"a","state":"failed","problem":{"title":"?"}}"#,
            r#"{"system":"b","state":"failed","problem":null}"#,
            "5",
        ];
        let all = outcome(200, &format!(r#"{{"code":null,"systems":[{}]}}"#, lines.join(",")));
        assert_eq!(all.states(), serde_json::json!({ "failed": 3 }));
        assert_eq!(all.verdict().unwrap_err(), "3 of 3 systems failed:  (internal), a (), b ()");
        let told = outcome(403, r#"{"code":"insufficient-scope","systems":5}"#).verdict().unwrap_err();
        assert!(told.starts_with("answered 403 (insufficient-scope)"), "{told}");
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
