//! The Redis backend. A call to a server that is away fails within seconds, never hangs the guest.

use std::time::Duration;

use anyhow::Result;
use redis::{
    Cmd, FromRedisValue, RedisError, RetryMethod,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::{
    sync::OnceCell,
    time::{Instant, sleep},
};

/// How long a server is waited for: to connect, to answer, and to have read its data.
const PATIENCE: Duration = Duration::from_secs(2);

/// Between two tries while it reads its data.
const PAUSE: Duration = Duration::from_millis(20);

/// Connects at the first use and again after a loss.
pub(crate) struct Redis {
    client: redis::Client,
    connection: OnceCell<ConnectionManager>,
}

impl Redis {
    pub(crate) fn new(url: &str) -> Result<Self> {
        Ok(Self { client: redis::Client::open(url)?, connection: OnceCell::new() })
    }

    async fn connection(&self) -> Result<ConnectionManager, String> {
        let connect = || async {
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(PATIENCE))
                .set_response_timeout(Some(PATIENCE))
                .set_number_of_retries(2);
            self.client.get_connection_manager_with_config(config).await
        };
        self.connection.get_or_try_init(connect).await.cloned().map_err(text)
    }

    /// The answer to a command, which may be sent again while the server still reads its data after a restart.
    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, String> {
        let mut connection = self.connection().await?;
        let until = Instant::now() + PATIENCE;
        loop {
            match command.query_async(&mut connection).await {
                Err(error) if loads(&error) && Instant::now() < until => sleep(PAUSE).await,
                answer => return answer.map_err(text),
            }
        }
    }

    pub(crate) async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.ask(&Cmd::get(key)).await
    }

    pub(crate) async fn set(&self, key: &str, value: Vec<u8>) -> Result<(), String> {
        self.ask(&Cmd::set(key, value)).await
    }

    pub(crate) async fn delete(&self, key: &str) -> Result<(), String> {
        self.ask(&Cmd::del(key)).await
    }

    pub(crate) async fn exists(&self, key: &str) -> Result<bool, String> {
        self.ask(&Cmd::exists(key)).await
    }

    pub(crate) async fn keys(&self) -> Result<Vec<String>, String> {
        let (mut all, mut cursor) = (Vec::new(), 0_u64);
        // SCAN, not KEYS: other clients of the server go on in between. It may give a key twice.
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("COUNT").arg(1000);
            let (next, mut keys): (u64, Vec<String>) = self.ask(&scan).await?;
            all.append(&mut keys);
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }
}

/// Whether the server is there and will serve in a moment.
fn loads(error: &RedisError) -> bool {
    matches!(error.retry_method(), RetryMethod::WaitAndRetry)
}

/// The kind of the error only: its text may name the server.
#[expect(clippy::needless_pass_by_value, reason = "used as a function for map_err")]
fn text(error: RedisError) -> String {
    format!("redis: {}", error.category())
}
