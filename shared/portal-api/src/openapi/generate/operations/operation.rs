//! Jobs, runs, retries, audit, health.

use super::{OpenApiDocument, OperationDoc};
use crate::openapi::generate::requests::Nothing;
use crate::{AuditEntry, Code, Health, JobAnswer, Retry, RetryAnswer, Run, StatusAnswer, SyncItem};

pub(super) fn operations() -> Vec<OperationDoc> {
    vec![
        OperationDoc::named("runJob", "Run a job for all systems that the token covers")
            .text("Unfinished work and what waited longest come first. One system's failure or slowness stops no \
                 other, and a tick while another runs does no harm.\n\n\
                 For schedulers that can only GET: while the variable `jobs_by_get` is `true`, GET of this path does \
                 the same, and a token of scope `jobs` may come as the query parameter `token`.")
            .body::<Nothing>()
            .answer::<JobAnswer>(200, "What was done in each system."),
        OperationDoc::named("retryNow", "Try waiting or parked work again now")
            .body::<Nothing>()
            .answer::<RetryAnswer>(200, "It worked.")
            .answer::<RetryAnswer>(202, "It waits again, with its new problem.")
            .iloq(),
        OperationDoc::named("giveUpRetry", "Give up waiting or parked work")
            .done("It is not tried any more."),
        OperationDoc::named("listRuns", "Runs, newest first")
            .text("`job` is the name of a job. Kept at least 7 days.")
            .page::<Run>(),
        OperationDoc::named("getRun", "A run")
            .answer::<Run>(200, "The run.")
            .problems(&[Code::UnknownRun]),
        OperationDoc::named("listRunItems", "What a run did to each user")
            .page::<SyncItem>()
            .problems(&[Code::UnknownRun]),
        OperationDoc::named("listRetries", "What waits to be tried again, or is parked after 10 tries")
            .page::<Retry>(),
        OperationDoc::named("listAudit", "The audit trail, oldest first")
            .text("Every write and every refused write, by calls and by jobs.")
            .feed::<AuditEntry>()
            .problems(&[Code::CursorExpired]),
        OperationDoc::named("getHealth", "Whether the functions run")
            .answer::<Health<'static>>(200, "They do."),
        OperationDoc::named("getStatus", "How each system is")
            .answer::<StatusAnswer>(200, "The systems that the token covers."),
        OperationDoc::named("getMetrics", "The same for Prometheus")
            .text_answer("Prometheus text format.", "text/plain"),
        OperationDoc::named("getOpenApi", "This document")
            .answer::<OpenApiDocument>(200, "OpenAPI 3.1."),
    ]
}
