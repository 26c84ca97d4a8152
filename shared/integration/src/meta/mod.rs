//! What is asked about the functions themselves: health, status, runs, retries, the audit trail.

mod metrics;
mod runs;
mod status;

use portal_api::{
    Code, Problem, cursor,
    types::{AuditEntry, Feed, Health, List},
};

use crate::{
    http::{Answer, Call, audit_entries},
    jobs,
    platform::Platform,
    problem::Stop,
    users,
};

/// The release.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Carries out the operation of a call.
///
/// # Errors
/// What the caller is told.
pub async fn handle<P: Platform>(call: Call<'_, P>) -> Result<Answer, Stop> {
    match call.operation.id {
        "getHealth" => Ok(Answer::json(200, &Health { status: "ok", version: VERSION })),
        "getOpenApi" => Ok(open_api()),
        "getStatus" => status::status(&call),
        "getMetrics" => metrics::metrics(&call),
        "listRuns" => runs::list(&call),
        "getRun" => runs::get(&call),
        "listRunItems" => runs::items(&call),
        "listRetries" => retries(&call),
        "listAudit" => {
            let trail = audit_entries(&call.system()?.space);
            let (items, next) = users::feed::<AuditEntry, P>(&call, "audit", &trail)?;
            Ok(Answer::json(200, &Feed { items, next }))
        }
        _ => Err(Problem::of(Code::NotFound).into()),
    }
}

fn open_api() -> Answer {
    Answer::text(200, "application/json", portal_api::openapi::served().to_vec())
}

/// `GET …/retries`.
fn retries<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let after = match call.query.cursor() {
        None => String::new(),
        Some(text) => cursor::decode::<1>("cursor", "retries", text)?.concat(),
    };
    let all = jobs::all_retries(call.system()?)?;
    let mut items: Vec<_> = all.into_iter().filter(|retry| retry.id > after).collect();
    let more = items.len() > call.query.limit();
    items.truncate(call.query.limit());
    let next = items.last().filter(|_| more).map(|last| cursor::encode("retries", &[&last.id]));
    Ok(Answer::json(200, &List { items, next }))
}
