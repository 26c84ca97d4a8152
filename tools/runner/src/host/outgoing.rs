//! Outbound requests of guests: allowed addresses only, observed, over the shared client.

use std::sync::Arc;

use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::scope::{Scope, Step};
use crate::effects::{EffectKind, Moment};

pub(super) struct Outgoing(pub(super) Arc<Scope>);

type Background = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = Result<(http::Response<WasiBody>, Background), Error>;

impl WasiHttpHooks for Outgoing {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Background,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let scope = Arc::clone(&self.0);
        Box::new(async move {
            let response = send(&scope, request, options.unwrap_or_default()).await?;
            // The connection is driven by a task of its own, so there is nothing left to do here.
            Ok((response, Box::new(async { Ok(()) }) as Background))
        })
    }
}

async fn send(
    scope: &Scope,
    request: http::Request<WasiBody>,
    options: RequestOptions,
) -> Result<http::Response<WasiBody>, Error> {
    if !scope.component.allowed.allows(request.uri()) {
        let origin =
            format!("{}://{}", request.uri().scheme_str().unwrap_or(""), request.uri().host().unwrap_or(""));
        let line = format!("a request to {origin} was refused: it is not in allowed_outbound_hosts");
        scope.app.options.log.line(&scope.component.id, &line);
        return Err(Error::HttpRequestDenied);
    }
    scope.count(|calls| calls.outbound += 1);
    let effect = scope.effect(EffectKind::Outbound, request.method().as_str(), &request.uri().to_string());
    match scope.ask(Moment::Before, &effect).await {
        Step::Go => {}
        Step::Fail => return Err(Error::ConnectionRefused),
        Step::Killed => std::future::pending().await,
    }
    let response = Arc::clone(&scope.app.client).send(&scope.component.id, request, options).await?;
    match scope.ask(Moment::After, &effect).await {
        Step::Go => Ok(response),
        Step::Fail => Err(Error::HttpProtocolError),
        Step::Killed => std::future::pending().await,
    }
}
