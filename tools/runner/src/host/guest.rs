//! A guest at work: a fresh instance with its limits, and how it ended.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use wasmtime::{Store, UpdateDeadline};

use super::{ctx::Ctx, scope::Scope};
use crate::effects::Outcome;

/// A store for one instance, which is stopped when it computes beyond the time limit.
pub(super) fn store(scope: &Arc<Scope>) -> Store<Ctx> {
    let end = Instant::now() + scope.app.options.request_limit;
    let mut store = Store::new(&scope.app.engine, Ctx::new(scope));
    store.limiter(|ctx| &mut ctx.memory);
    store.set_epoch_deadline(1);
    // Stops a guest that computes; the timer in `run` stops one that waits in a host call.
    store.epoch_deadline_callback(move |_| {
        Ok(if Instant::now() >= end { UpdateDeadline::Interrupt } else { UpdateDeadline::Yield(1) })
    });
    store
}

/// Runs a guest to its end, at most for the time limit. Why it was stopped is logged; `None` with its end is
/// what `running` gave.
pub(super) async fn run<T>(
    scope: &Scope,
    running: impl Future<Output = wasmtime::Result<T>>,
) -> Result<T, Outcome> {
    let limit: Duration = scope.app.options.request_limit;
    tokio::select! {
        biased;
        () = scope.kill.notified() => Err(Outcome::Killed),
        ended = tokio::time::timeout(limit, running) => match ended {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(trap(scope, &error)),
            Err(_) => Err(out_of_time(scope)),
        },
    }
}

fn trap(scope: &Scope, error: &wasmtime::Error) -> Outcome {
    if matches!(error.downcast_ref(), Some(wasmtime::Trap::Interrupt)) {
        return out_of_time(scope);
    }
    // The root cause is one line; the whole chain is a page of unnamed frames.
    scope.log(&format!("the guest trapped: {}", error.root_cause()));
    Outcome::Trapped
}

fn out_of_time(scope: &Scope) -> Outcome {
    scope.log(&format!("the guest was stopped after {:?}", scope.app.options.request_limit));
    Outcome::OutOfTime
}
