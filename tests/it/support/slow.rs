//! A way to a Redis that takes its time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use redis_server::RedisServer;

/// Passes on what comes, each piece that goes to the server after a while. Dropping it ends it.
pub struct Slow {
    url: String,
    delay_ms: Arc<AtomicU64>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Slow {
    /// In front of `redis`; quick at first.
    pub async fn way_to(redis: &RedisServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let (delay_ms, port) = (Arc::<AtomicU64>::default(), redis.port());
        let delay = Arc::clone(&delay_ms);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                tokio::spawn(pass(from_client, to_server, Arc::clone(&delay)));
                tokio::spawn(pass(from_server, to_client, Arc::default()));
            }
        });
        Self { url, delay_ms, accepting }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// From now on each piece waits so long.
    pub fn delay(&self, delay: Duration) {
        self.delay_ms.store(u64::try_from(delay.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, delay_ms: Arc<AtomicU64>) {
    let mut piece = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        tokio::time::sleep(Duration::from_millis(delay_ms.load(Ordering::SeqCst))).await;
        if to.write_all(&piece[..length]).await.is_err() {
            break;
        }
    }
}
