//! Keep-alive connections, shared by all guests.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;
use http::{Request, Response, Uri, uri::Scheme};
use http_body_util::BodyExt;
use hyper::client::conn::http1::SendRequest;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::{body::Timed, connect};
use crate::runtime_config::ClientTls;

/// What Spin gives a limit that the guest does not set.
const UNSET: Duration = Duration::from_secs(600);
/// An idle connection is not used again after this: servers close theirs at about this age.
const IDLE: Duration = Duration::from_secs(30);
/// Idle connections kept for one origin.
const MOST_IDLE: usize = 32;

/// Component (only where it has authorities of its own), TLS, host, port.
type Origin = (Option<String>, bool, String, u16);

struct Idle {
    sender: SendRequest<WasiBody>,
    since: Instant,
}

/// The outbound client of a host.
pub(crate) struct Client {
    idle: Mutex<BTreeMap<Origin, Vec<Idle>>>,
    public: TlsConnector,
    own: Vec<(ClientTls, TlsConnector)>,
}

impl Client {
    pub(crate) fn new(own: &[ClientTls]) -> Result<Arc<Self>> {
        let with_roots = |tls: &ClientTls| Ok((tls.clone(), connect::connector(Some(&tls.ca_roots_file))?));
        let own = own.iter().map(with_roots).collect::<Result<_>>()?;
        Ok(Arc::new(Self { idle: Mutex::default(), public: connect::connector(None)?, own }))
    }

    /// Sends the request; the body of the answer is read by the caller. Dropping the future or the body closes
    /// the connection. A request that found its idle connection closed before a byte was written goes out again
    /// on a new one; nothing else is repeated.
    pub(crate) async fn send(
        self: Arc<Self>,
        component: &str,
        mut request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Response<WasiBody>, Error> {
        let start = Instant::now();
        let first_byte = start + options.first_byte_timeout.unwrap_or(UNSET);
        let connected_by = (start + options.connect_timeout.unwrap_or(UNSET)).min(first_byte);
        let (origin, tls) = self.origin(component, request.uri())?;
        // Origin form: the scheme and the authority go on the wire for proxies only.
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = path.parse().map_err(|_| Error::HttpRequestUriInvalid)?;
        loop {
            let (mut sender, reused) = match self.take(&origin) {
                Some(sender) => (sender, true),
                None => {
                    let connecting = connect::connect(&origin.2, origin.3, tls.as_ref());
                    (
                        timeout_at(connected_by, connecting)
                            .await
                            .map_err(|_| Error::ConnectionTimeout)??,
                        false,
                    )
                }
            };
            let sent = timeout_at(first_byte, sender.try_send_request(request)).await;
            match sent.map_err(|_| Error::ConnectionReadTimeout)? {
                Ok(response) => {
                    self.keep_when_done(origin, sender);
                    let silence = options.between_bytes_timeout.unwrap_or(UNSET);
                    return Ok(response.map(|body| Timed::new(body, silence).boxed_unsync()));
                }
                Err(mut failed) => match failed.take_message() {
                    Some(unsent) if reused => request = unsent,
                    _ => return Err(failed.into_error().into()),
                },
            }
        }
    }

    fn origin(&self, component: &str, uri: &Uri) -> Result<(Origin, Option<TlsConnector>), Error> {
        let host = uri.host().ok_or(Error::HttpRequestUriInvalid)?.to_ascii_lowercase();
        let https = uri.scheme() == Some(&Scheme::HTTPS);
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        if !https {
            return Ok(((None, false, host, port), None));
        }
        let is_for = |tls: &ClientTls| {
            tls.hosts.contains(&host)
                && (tls.component_ids.is_empty() || tls.component_ids.iter().any(|id| id == component))
        };
        let own = self.own.iter().find(|(tls, _)| is_for(tls)).map(|(_, connector)| connector);
        // A connection made with own authorities is never given to a component that does not trust them.
        let trusted_by = own.is_some().then(|| component.to_owned());
        Ok(((trusted_by, true, host, port), Some(own.unwrap_or(&self.public).clone())))
    }

    /// The connection that was used last: the least likely to have been closed by the server.
    fn take(&self, origin: &Origin) -> Option<SendRequest<WasiBody>> {
        let mut all = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = all.get_mut(origin)?;
        let youngest = Instant::now().checked_sub(IDLE);
        idle.retain(|i| i.sender.is_ready() && youngest.is_none_or(|limit| i.since >= limit));
        idle.pop().map(|i| i.sender)
    }

    fn keep_when_done(self: Arc<Self>, origin: Origin, mut sender: SendRequest<WasiBody>) {
        tokio::spawn(async move {
            // Ready when the answer's body has been read to its end; an error when it was dropped before.
            if sender.ready().await.is_ok() {
                let mut all = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                let idle = all.entry(origin).or_default();
                if idle.len() < MOST_IDLE {
                    idle.push(Idle { sender, since: Instant::now() });
                }
            }
        });
    }
}
