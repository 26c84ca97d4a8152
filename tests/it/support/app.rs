//! The application of `spin.toml` in a host of the test's own.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
};

use redis_server::RedisServer;
use runner::{Effects, Handle, Host, LogSink, Manifest, Options};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use super::{Portal, State, Watcher};

/// A token that may do everything.
pub const TOKEN: &str = "token-of-the-administrator";

/// What secrets are sealed with.
fn ring_key() -> String {
    "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()
}

/// The variable `access_tokens` for entries of name, scope, systems and token.
pub fn tokens(entries: &[(&str, &str, &str, &str)]) -> String {
    let hash = |token: &str| hex::encode(Sha256::digest(token));
    let entry = |(name, scope, systems, token): &(&str, &str, &str, &str)| {
        format!("{name}:{scope}:{systems}:{}", hash(token))
    };
    entries.iter().map(entry).collect::<Vec<_>>().join(" ")
}

/// How an application is to be served.
pub struct Setup {
    variables: BTreeMap<String, String>,
    schedules: bool,
    redis: Option<String>,
    left: Option<State>,
}

/// The application while it is served. Dropping it stops it.
pub struct App {
    pub portal: Portal,
    pub handle: Handle,
    pub watcher: Arc<Watcher>,
    pub log: Arc<Mutex<Vec<String>>>,
    pub state: State,
}

impl Setup {
    /// An empty store, the administrator's token, iLOQ on loopback addresses.
    pub fn new() -> Self {
        let variables = [
            ("access_tokens", tokens(&[("admin", "admin", "*", TOKEN)])),
            ("encryption_keys", ring_key()),
            ("iloq_extra_origin", "http://127.0.0.1:*".to_owned()),
        ];
        Self {
            variables: variables.map(|(name, value)| (name.to_owned(), value)).into(),
            schedules: false,
            redis: None,
            left: None,
        }
    }

    /// On the store that an application has left.
    pub fn on(mut self, state: State) -> Self {
        self.left = Some(state);
        self
    }

    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// Keeps its state in a Redis.
    pub fn on_redis(self, redis: &RedisServer) -> Self {
        self.on_redis_at(redis.url())
    }

    /// The same, by another way to it.
    pub fn on_redis_at(mut self, url: String) -> Self {
        self.redis = Some(url);
        self
    }

    /// A place for its state.
    pub fn state(&self) -> State {
        State::new(self.redis.clone())
    }

    /// Serves `spin-cron.toml`, whose schedules follow the clock that the test turns.
    pub fn with_schedules(mut self) -> Self {
        self.schedules = true;
        self.variable("jobs_token", TOKEN)
    }

    /// The variables as the command line takes them.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    pub async fn start(mut self) -> App {
        let state = match self.left.take() {
            Some(state) => state,
            None => self.state(),
        };
        let (watcher, log) = (Arc::new(Watcher::default()), Arc::<Mutex<Vec<String>>>::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let file = if self.schedules { "spin-cron.toml" } else { "spin.toml" };
        let manifest = Manifest::load(&manifest().with_file_name(file)).unwrap();
        let mut options = Options::new(state.folder())
            .runtime_config(state.runtime_config())
            .effects(Arc::clone(&watcher) as Arc<dyn Effects>)
            .log(LogSink::Memory(Arc::clone(&log)));
        for (name, value) in self.variables {
            options = options.variable(name, value);
        }
        let options =
            options.default_variable("jobs_url", format!("http://{}", listener.local_addr().unwrap()));
        let options = runner::build::prepare(&manifest, options).unwrap();
        let host = Host::load(&manifest, options).await.unwrap();
        let mut handle = host.serve(listener).unwrap();
        if self.schedules {
            handle.follow_schedules();
        }
        App { portal: Portal::new(handle.url(), TOKEN), handle, watcher, log, state }
    }
}

/// The application's manifest.
pub fn manifest() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../spin.toml")
}

impl App {
    pub async fn start() -> Self {
        Setup::new().start().await
    }

    /// Ends it as an operator would, and gives the store back.
    pub async fn stop(self) -> State {
        let Self { handle, state, .. } = self;
        handle.shutdown().await;
        state
    }
}
