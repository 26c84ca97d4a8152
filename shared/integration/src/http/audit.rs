//! The audit trail: every write and every refused write, by calls and by jobs.

use std::time::Duration;

use iloq_client::io::Clock;
use portal_api::{
    Problem, Time,
    auth::Principal,
    names,
    routes::{Match, Method, Operation},
    types::AuditEntry,
};

use super::{Answer, Head, serve::new_id};
use crate::{
    platform::{Platform, Store},
    state::{Space, Stream, SystemRecord},
};

/// Sequences of the trail: many requests append at the same moment.
const SHARDS: u8 = 16;

/// How long a store that failed is left alone before the entry is tried once more.
const PAUSE: Duration = Duration::from_millis(100);

/// Operations that are POST and change nothing.
const READS: &[&str] = &["checkSystem"];

/// A write that is being made.
pub struct Audit {
    token: String,
    actor: Option<String>,
    request_id: String,
    action: String,
    target: String,
}

/// The trail of a system.
#[must_use]
pub fn audit_entries<'a, S: Store>(space: &'a Space<'a, S>) -> Stream<'a, S> {
    Stream::new(space, "audit", SHARDS)
}

impl Audit {
    /// The write that the request makes; `None` for reads. What is refused before the operation is known is
    /// noted under its method.
    pub fn of(
        head: &Head,
        request_id: &str,
        principal: Option<&Principal>,
        matched: &Match,
        operation: Option<&Operation>,
    ) -> Option<Self> {
        let writes = match operation {
            Some(operation) => operation.method != Method::Get && !READS.contains(&operation.id),
            None => false,
        };
        let principal = principal.filter(|_| writes)?;
        let target = matched
            .parameter("user")
            .or_else(|| matched.parameter("key"))
            .or_else(|| matched.parameter("id"));
        let kind = ["user", "key", "id"].into_iter().find(|name| matched.parameter(name).is_some());
        Some(Self {
            token: principal.name.clone(),
            actor: names::actor(head.header("x-actor")).map(str::to_owned),
            request_id: request_id.to_owned(),
            action: operation.map_or_else(|| head.method.clone(), |o| o.id.to_owned()),
            target: match (kind, target) {
                (Some("id"), Some(id)) => format!("retry:{id}"),
                (Some(kind), Some(id)) => format!("{kind}:{id}"),
                _ => format!("system:{}", matched.system().unwrap_or_default()),
            },
        })
    }

    /// A write by a job.
    #[must_use]
    pub fn of_job(job: &str, token: &str, request_id: &str, system: &str) -> Self {
        Self {
            token: token.to_owned(),
            actor: None,
            request_id: request_id.to_owned(),
            action: format!("job:{job}"),
            target: format!("system:{system}"),
        }
    }
}

/// Notes the outcome of a call. A trail that can't be written does not undo what was done: it is logged.
pub async fn write<P: Platform>(
    platform: &P,
    system: &str,
    record: &SystemRecord,
    audit: Audit,
    outcome: &Result<Answer, Problem>,
) {
    let outcome = match outcome {
        Ok(answer) if answer.status == 202 => "pending".to_owned(),
        Ok(_) => "done".to_owned(),
        Err(problem) => problem.code.name().to_owned(),
    };
    let space = Space::system(platform.store(), system, &record.incarnation);
    append(platform, &space, audit, outcome).await;
}

/// Notes one write with its outcome.
pub async fn append<P: Platform>(platform: &P, space: &Space<'_, P::Store>, audit: Audit, outcome: String) {
    let now = platform.clock().now();
    let nonce = new_id(platform.random());
    let Audit { token, actor, request_id, action, target } = audit;
    let entry = AuditEntry { at: Time::new(now), token, actor, request_id, action, target, outcome };
    let trail = audit_entries(space);
    let put = || trail.append(&nonce, now.timestamp_millis(), &nonce, vec![&entry]);
    if put().is_ok() {
        return;
    }
    platform.clock().sleep(PAUSE).await;
    if put().is_err() {
        platform.log(r#"{"event":"audit_lost","level":"error"}"#);
    }
}
