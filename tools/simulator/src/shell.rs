//! The simulator over TCP.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::{
    Response,
    body::{Bytes, Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::{
    http::{Ending, Reply, Request},
    simulator::Simulator,
    webhooks::Delivery,
};

/// The largest body taken.
const LARGEST_BODY: usize = 64 << 20;
/// How often due webhook deliveries are looked for.
const DELIVERY_PAUSE: Duration = Duration::from_millis(200);
/// How long a subscriber may take.
const DELIVERY_TIME: Duration = Duration::from_secs(5);

/// A simulator that listens. It stops when this is dropped.
#[derive(Debug)]
pub struct Handle {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The simulator itself.
    pub simulator: Simulator,
    stop: watch::Sender<bool>,
}

impl Handle {
    /// The address to give to a client as iLOQ's.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/iloqws", self.addr)
    }

    /// Stops listening and closes all connections.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// Serves `simulator` on `listener` until the handle is dropped.
///
/// # Errors
/// When the listener has no address.
pub fn serve(listener: TcpListener, simulator: Simulator) -> std::io::Result<Handle> {
    let addr = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(accept(listener, simulator.clone(), stopped.clone()));
    tokio::spawn(deliver(simulator.clone(), stopped));
    Ok(Handle { addr, simulator, stop })
}

async fn accept(listener: TcpListener, simulator: Simulator, mut stopped: watch::Receiver<bool>) {
    let closing = stopped.clone();
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                tokio::spawn(connection(stream, simulator.clone(), closing.clone()));
            }
        }
    }
}

async fn connection(stream: TcpStream, simulator: Simulator, mut stopped: watch::Receiver<bool>) {
    let service = service_fn(move |request| {
        let simulator = simulator.clone();
        async move { respond(&simulator, request).await }
    });
    let serving = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = stopped.wait_for(|stop| *stop) => {}
        // An error is how a connection is dropped on purpose.
        _ = serving => {}
    }
}

type Body = BoxBody<Bytes, std::io::Error>;

/// Answers one request. An error closes the connection without an answer.
async fn respond(
    simulator: &Simulator,
    request: hyper::Request<Incoming>,
) -> Result<Response<Body>, std::io::Error> {
    let in_flight = simulator.enter();
    let (head, body) = request.into_parts();
    let body = http_body_util::Limited::new(body, LARGEST_BODY).collect().await;
    let body = body.map_err(|error| std::io::Error::other(error.to_string()))?.to_bytes();
    let headers = head
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let request = Request {
        method: head.method.as_str().to_owned(),
        path_and_query: head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        headers: headers.collect(),
        body,
    };
    let reply = simulator.handle_in(&in_flight, &request);
    if !reply.delay.is_zero() {
        tokio::time::sleep(reply.delay).await;
    }
    match reply.ending {
        Ending::Whole => response(reply, None),
        Ending::Cut(keep) => response(reply, Some(keep)),
        Ending::Dropped => Err(std::io::Error::other("dropped on purpose")),
        Ending::Hung => std::future::pending().await,
    }
}

fn response(reply: Reply, keep: Option<usize>) -> Result<Response<Body>, std::io::Error> {
    let mut builder = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        builder = builder.header(*name, value);
    }
    let body = match keep {
        None => Full::new(reply.body).map_err(|never: Infallible| match never {}).boxed(),
        Some(keep) => {
            builder = builder.header("content-length", reply.body.len());
            let kept = reply.body.slice(..keep.min(reply.body.len()));
            BoxBody::new(CutBody { kept: Some(kept), rested: false })
        }
    };
    builder.body(body).map_err(std::io::Error::other)
}

/// The beginning of a body, then an error that closes the connection.
struct CutBody {
    kept: Option<Bytes>,
    rested: bool,
}

impl hyper::body::Body for CutBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if let Some(kept) = self.kept.take().filter(|kept| !kept.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(kept))));
        }
        if !self.rested {
            // One more turn, so that what is kept has been written before the connection closes.
            self.rested = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(std::io::Error::other("cut on purpose"))))
    }
}

/// Sends webhook deliveries as they become due.
async fn deliver(simulator: Simulator, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(DELIVERY_PAUSE) => {}
        }
        for delivery in simulator.take_due_deliveries() {
            let simulator = simulator.clone();
            tokio::spawn(async move {
                let sent = tokio::time::timeout(DELIVERY_TIME, post(&delivery)).await;
                simulator.delivered(delivery.payload, sent.ok().flatten());
            });
        }
    }
}

/// The status that the subscriber answers. Only plain HTTP is spoken.
async fn post(delivery: &Delivery) -> Option<u16> {
    let uri: hyper::Uri = delivery.url.parse().ok()?;
    if uri.scheme_str() != Some("http") {
        return None;
    }
    let host = uri.host()?;
    let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(80))).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let driver = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = hyper::Request::post(path).header("host", uri.authority()?.as_str());
    for (name, value) in &delivery.headers {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(Bytes::from(delivery.body.clone()))).ok()?;
    let answer = sender.send_request(request).await.ok()?;
    driver.abort();
    Some(answer.status().as_u16())
}
