//! One incoming request: a fresh instance, its limits, its answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, oneshot},
    time::Instant,
};
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi_http::{
    WasiHttpView,
    p2::{
        bindings::{ProxyPre, http::types::Scheme},
        body::HyperOutgoingBody,
    },
};

use super::{app::App, ctx::Ctx, scope::Scope};
use crate::effects::{Outcome, Report};

/// The guest was killed: the connection closes without an answer.
#[derive(Debug)]
pub(super) struct Killed;

impl std::fmt::Display for Killed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the guest was killed")
    }
}

impl std::error::Error for Killed {}

type Answer = Response<HyperOutgoingBody>;

/// Answers a request. Errors of the guest are 500 without a body; what was wrong is in the log.
pub(super) async fn answer(app: Arc<App>, request: Request<Incoming>) -> Result<Answer, Killed> {
    let arrived = Instant::now();
    let Some(found) = app.router.best_match(request.uri().path()) else {
        return Ok(bare(StatusCode::NOT_FOUND));
    };
    let component = Arc::clone(found.handler());
    let Ok(permit) = Arc::clone(&app.gate).acquire_owned().await else {
        return Ok(bare(StatusCode::SERVICE_UNAVAILABLE));
    };
    let scope = Arc::new(Scope {
        number: app.counters.requests.fetch_add(1, Ordering::SeqCst) + 1,
        app: Arc::clone(&app),
        component,
        kill: Notify::new(),
        peak_memory: AtomicUsize::new(0),
    });
    let (head, waiting) = oneshot::channel();
    let guest = match Guest::prepare(&scope, request, head, arrived) {
        Ok(guest) => guest,
        Err(error) => {
            scope.app.options.log.line(&scope.component.id, &error.to_string());
            return Ok(bare(StatusCode::BAD_REQUEST));
        }
    };
    // A task of its own: the body is written after the head is out, and a caller who goes away stops nothing.
    let task = tokio::spawn(guest.run(permit));
    match waiting.await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(code)) => {
            scope.app.options.log.line(&scope.component.id, &format!("the answer was an error: {code:?}"));
            Ok(bare(StatusCode::INTERNAL_SERVER_ERROR))
        }
        Err(_) => match task.await {
            Ok(Outcome::Killed) => Err(Killed),
            _ => Ok(bare(StatusCode::INTERNAL_SERVER_ERROR)),
        },
    }
}

fn bare(status: StatusCode) -> Answer {
    let mut answer = Response::new(Empty::new().map_err(|never| match never {}).boxed_unsync());
    *answer.status_mut() = status;
    answer
}

type Head = oneshot::Sender<Result<Answer, wasmtime_wasi_http::p2::bindings::http::types::ErrorCode>>;

struct Guest {
    scope: Arc<Scope>,
    proxy: ProxyPre<Ctx>,
    store: Store<Ctx>,
    request: wasmtime::component::Resource<wasmtime_wasi_http::p2::types::HostIncomingRequest>,
    out: wasmtime::component::Resource<wasmtime_wasi_http::p2::types::HostResponseOutparam>,
    status: Arc<AtomicU16>,
    line: String,
    arrived: Instant,
    limit: Duration,
}

impl Guest {
    fn prepare(scope: &Arc<Scope>, request: Request<Incoming>, head: Head, arrived: Instant) -> Result<Self> {
        let limit = scope.app.options.request_limit;
        let end = Instant::now() + limit;
        let mut store = Store::new(&scope.app.engine, Ctx::new(scope));
        store.limiter(|ctx| &mut ctx.memory);
        store.set_epoch_deadline(1);
        // Stops a guest that computes; the timer in `run` stops one that waits in a host call.
        store.epoch_deadline_callback(move |_| {
            Ok(if Instant::now() >= end { UpdateDeadline::Interrupt } else { UpdateDeadline::Yield(1) })
        });
        let line = format!("{} {}", request.method(), request.uri());
        let status = Arc::new(AtomicU16::new(0));
        let seen = Arc::clone(&status);
        let mut http = store.data_mut().http();
        let request = http.new_incoming_request(Scheme::Http, request)?;
        let out = http.new_response_outparam_from_callback(move |answer| {
            seen.store(answer.as_ref().map_or(0, |answer| answer.status().as_u16()), Ordering::SeqCst);
            // The caller may have gone away.
            let _ = head.send(answer);
        })?;
        Ok(Self {
            scope: Arc::clone(scope),
            proxy: scope.component.proxy.clone(),
            store,
            request,
            out,
            status,
            line,
            arrived,
            limit,
        })
    }

    /// Runs the guest to its end; `permit` is held so long, so that the pool never overflows.
    async fn run(self, permit: OwnedSemaphorePermit) -> Outcome {
        let Self { scope, proxy, mut store, request, out, status, line, arrived, limit } = self;
        let running = async move {
            let instance = proxy.instantiate_async(&mut store).await?;
            instance.wasi_http_incoming_handler().call_handle(&mut store, request, out).await
        };
        let outcome = tokio::select! {
            biased;
            () = scope.kill.notified() => Outcome::Killed,
            ended = tokio::time::timeout(limit, running) => match ended {
                Ok(Ok(())) if status.load(Ordering::SeqCst) == 0 => {
                    scope.app.options.log.line(&scope.component.id, "the guest ended without an answer");
                    Outcome::Trapped
                }
                Ok(Ok(())) => Outcome::Finished,
                Ok(Err(error)) => trap(&scope, &error),
                Err(_) => out_of_time(&scope),
            },
        };
        drop(permit);
        let status = status.load(Ordering::SeqCst);
        scope.app.options.effects.ended(&Report {
            request: scope.number,
            component: scope.component.id.clone(),
            line,
            status: (status != 0).then_some(status),
            outcome,
            peak_memory: scope.peak_memory.load(Ordering::Relaxed),
            elapsed: arrived.elapsed(),
        });
        outcome
    }
}

fn trap(scope: &Scope, error: &wasmtime::Error) -> Outcome {
    if matches!(error.downcast_ref(), Some(wasmtime::Trap::Interrupt)) {
        return out_of_time(scope);
    }
    // The root cause is one line; the whole chain is a page of unnamed frames.
    scope.app.options.log.line(&scope.component.id, &format!("the guest trapped: {}", error.root_cause()));
    Outcome::Trapped
}

fn out_of_time(scope: &Scope) -> Outcome {
    let line = format!("the guest was stopped after {:?}", scope.app.options.request_limit);
    scope.app.options.log.line(&scope.component.id, &line);
    Outcome::OutOfTime
}
