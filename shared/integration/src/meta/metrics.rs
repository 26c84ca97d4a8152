//! `GET /metrics`: the status in Prometheus' text format.

use std::fmt::Write as _;

use portal_api::types::{IloqRequests, SystemState};

use super::status;
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
};

/// Renders the metrics.
///
/// # Errors
/// The store's failure.
pub fn metrics<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let systems = status::systems(call)?;
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str, lines: Vec<(String, String)>| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in lines {
            let _ = writeln!(text, "{name}{{{labels}}} {value}");
        }
    };
    let label = |system: &str| format!("system=\"{system}\"");
    family(
        "iloq_functions_info",
        "gauge",
        "The release.",
        vec![(format!("version=\"{}\"", super::VERSION), "1".to_owned())],
    );
    family(
        "iloq_functions_system_active",
        "gauge",
        "1 if iLOQ is called for the system, 0 if it is suspended.",
        systems
            .iter()
            .map(|s| (label(&s.system), u8::from(s.state == SystemState::Active).to_string()))
            .collect(),
    );
    family(
        "iloq_functions_retries_waiting",
        "gauge",
        "Work that failed and is tried again.",
        systems.iter().map(|s| (label(&s.system), s.retries_waiting.to_string())).collect(),
    );
    family(
        "iloq_functions_retries_parked",
        "gauge",
        "Work that failed ten times.",
        systems.iter().map(|s| (label(&s.system), s.retries_parked.to_string())).collect(),
    );
    family(
        "iloq_functions_revocations_overdue",
        "gauge",
        "Keys that hold revoked rights for too long.",
        systems.iter().map(|s| (label(&s.system), s.revocations_overdue.to_string())).collect(),
    );
    family(
        "iloq_functions_invitations_expired",
        "gauge",
        "Invitations of phone keys that are unanswered for 7 days or longer.",
        systems.iter().map(|s| (label(&s.system), s.invitations_expired.to_string())).collect(),
    );
    family(
        "iloq_functions_orders_refused",
        "gauge",
        "Orders that iLOQ refused and that wait, by the result of CanOrder.",
        systems
            .iter()
            .flat_map(|s| s.orders_refused.iter().map(|(code, count)| (s.system.as_str(), code, count)))
            .map(|(system, code, count)| (format!("{},code=\"{code}\"", label(system)), count.to_string()))
            .collect(),
    );
    family(
        "iloq_functions_log_lag_seconds",
        "gauge",
        "By how much the access log is behind iLOQ's.",
        systems.iter().filter_map(|s| Some((label(&s.system), s.log_lag_seconds?.to_string()))).collect(),
    );
    family(
        "iloq_functions_job_last_success_timestamp_seconds",
        "gauge",
        "When a job last ended without failure.",
        systems
            .iter()
            .flat_map(|s| s.last_success.iter().map(|(job, at)| (s.system.as_str(), job, at)))
            .map(|(system, job, at)| {
                (format!("{},job=\"{job}\"", label(system)), (at.millis() / 1000).to_string())
            })
            .collect(),
    );
    let of_jobs = |value: fn(&IloqRequests) -> String| {
        let requests = systems.iter().flat_map(|s| s.iloq_requests.iter().map(move |(job, r)| (s, job, r)));
        requests.map(|(s, job, r)| (format!("{},job=\"{job}\"", label(&s.system)), value(r))).collect()
    };
    family(
        "iloq_functions_iloq_requests_total",
        "counter",
        "Requests that jobs have sent to iLOQ.",
        of_jobs(|requests| requests.count.to_string()),
    );
    family(
        "iloq_functions_iloq_request_milliseconds_total",
        "counter",
        "How long these took; by their number, it is iLOQ's latency.",
        of_jobs(|requests| requests.milliseconds.to_string()),
    );
    Ok(Answer::text(200, "text/plain; version=0.0.4; charset=utf-8", text.into_bytes()))
}
