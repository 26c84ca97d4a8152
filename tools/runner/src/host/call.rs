//! One incoming request: a fresh instance, its limits, its answer.

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use anyhow::{Context, Result};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use tokio::{
    sync::{OwnedSemaphorePermit, oneshot},
    time::Instant,
};
use wasmtime::Store;
use wasmtime_wasi_http::{
    WasiHttpView,
    p2::{
        bindings::{ProxyPre, http::types::Scheme},
        body::HyperOutgoingBody,
    },
};

use super::{app::App, ctx::Ctx, guest, scope::Scope};
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
    let scope = Scope::begin(&app, &component);
    let (head, waiting) = oneshot::channel();
    let guest = match Guest::prepare(&scope, request, head, arrived) {
        Ok(guest) => guest,
        Err(error) => {
            scope.log(&error.to_string());
            return Ok(bare(StatusCode::BAD_REQUEST));
        }
    };
    // A task of its own: the body is written after the head is out, and a caller who goes away stops nothing.
    let task = tokio::spawn(guest.run(permit));
    match waiting.await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(code)) => {
            scope.log(&format!("the answer was an error: {code:?}"));
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
}

impl Guest {
    fn prepare(scope: &Arc<Scope>, request: Request<Incoming>, head: Head, arrived: Instant) -> Result<Self> {
        let proxy = scope.component.http.clone().context("the component has no route")?;
        let mut store = guest::store(scope);
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
        Ok(Self { scope: Arc::clone(scope), proxy, store, request, out, status, line, arrived })
    }

    /// Runs the guest to its end; `permit` is held so long, so that the pool never overflows.
    async fn run(self, permit: OwnedSemaphorePermit) -> Outcome {
        let Self { scope, proxy, mut store, request, out, status, line, arrived } = self;
        let running = async move {
            let instance = proxy.instantiate_async(&mut store).await?;
            instance.wasi_http_incoming_handler().call_handle(&mut store, request, out).await
        };
        let outcome = match guest::run(&scope, running).await {
            Ok(()) if status.load(Ordering::SeqCst) == 0 => {
                scope.log("the guest ended without an answer");
                Outcome::Trapped
            }
            Ok(()) => Outcome::Finished,
            Err(outcome) => outcome,
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
            calls: scope.calls(),
            elapsed: arrived.elapsed(),
        });
        outcome
    }
}
