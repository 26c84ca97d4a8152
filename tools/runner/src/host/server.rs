//! The HTTP/1.1 server.

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use anyhow::Result;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

use super::{app::App, call, cron, engine};

/// How long requests that run may take to end at a shutdown.
const GRACE: Duration = Duration::from_secs(10);

/// A running server. Dropping it closes the listener and all connections at once; guests that run end by
/// themselves or at their time limit.
#[must_use = "dropping the handle stops the server"]
pub struct Handle {
    addr: SocketAddr,
    app: Arc<App>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    schedules: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Handle {
    pub(super) fn start(app: Arc<App>, listener: TcpListener) -> Result<Self> {
        let addr = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(Arc::clone(&app), listener, stopped));
        Ok(Self { addr, app, stop, task, schedules: None })
    }

    /// The address it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://ADDR`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Calls the components with a schedule at their times from now on. Once is enough.
    pub fn follow_schedules(&mut self) {
        let app = &self.app;
        self.schedules.get_or_insert_with(|| tokio::spawn(cron::follow(app)));
    }

    /// Sets how many seconds guests' wall clock is ahead of this machine's, for requests that run, too. Schedules
    /// follow it: what became due is called at once.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.app.clock.set_offset(seconds);
    }

    /// Stops taking requests and beginning ticks, lets those that run end (at most 10 s each), and closes.
    pub async fn shutdown(mut self) {
        if let Some(schedules) = self.schedules.take() {
            schedules.abort();
        }
        // Ticks first: they wait for requests to this server.
        let _ = timeout(GRACE, self.app.ticks.acquire_many(engine::TICKS)).await;
        let _ = self.stop.send(true);
        if timeout(GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
        // Guests may go on after their caller has left.
        let all = u32::try_from(self.app.options.concurrency).unwrap_or(u32::MAX);
        let _ = timeout(GRACE, self.app.gate.acquire_many(all.min(engine::REQUESTS))).await;
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(schedules) = &self.schedules {
            schedules.abort();
        }
    }
}

async fn accept(app: Arc<App>, listener: TcpListener, stopped: watch::Receiver<bool>) {
    let mut stop = stopped.clone();
    // Dropped with this task, and with it every connection.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = asked(&mut stop) => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => _ = connections.spawn(serve(Arc::clone(&app), stream, stopped.clone())),
                // Out of file descriptors, or the caller left already: others may still come.
                Err(_) => sleep(Duration::from_millis(20)).await,
            },
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Resolves when the handle asks to stop, or is gone.
async fn asked(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn serve(app: Arc<App>, stream: TcpStream, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| call::answer(Arc::clone(&app), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(60))
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // An error here is the caller's: a broken request, or gone away. A killed guest closes its connection so, too.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = asked(&mut stopped) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
