//! How a host is set up.

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::{
    effects::{Effects, Nothing},
    runtime_config::RuntimeConfig,
};

/// Where the lines go that guests write to stderr and stdout, and the host's own about traps.
#[derive(Clone, Default)]
pub enum LogSink {
    /// This process's stderr.
    #[default]
    Stderr,
    /// Nowhere.
    Off,
    /// Collected, one entry a line, as `component: line`.
    Memory(Arc<Mutex<Vec<String>>>),
}

impl LogSink {
    pub(crate) fn line(&self, component: &str, line: &str) {
        match self {
            Self::Stderr => eprintln!("{component}: {line}"),
            Self::Off => {}
            Self::Memory(lines) => {
                lines
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .push(format!("{component}: {line}"));
            }
        }
    }
}

/// A builder: every method takes and gives the options.
#[derive(Clone)]
pub struct Options {
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) defaults: BTreeMap<String, String>,
    pub(crate) read_environment: bool,
    pub(crate) state_dir: PathBuf,
    pub(crate) target_dir: Option<PathBuf>,
    pub(crate) cache_dir: Option<PathBuf>,
    pub(crate) runtime_config: RuntimeConfig,
    pub(crate) request_limit: Duration,
    pub(crate) clock_offset: i64,
    pub(crate) pooling: bool,
    pub(crate) concurrency: usize,
    pub(crate) effects: Arc<dyn Effects>,
    pub(crate) log: LogSink,
}

impl fmt::Debug for Options {
    /// Without the values of variables: some are secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.variables.keys().collect();
        f.debug_struct("Options")
            .field("variables", &names)
            .field("state_dir", &self.state_dir)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// The defaults: SQLite in `state_dir`, 60 s for a request, pooling, 80 requests at once, the log on stderr,
    /// no variables from the environment.
    #[must_use]
    pub fn new(state_dir: impl Into<PathBuf>) -> Self {
        Self {
            variables: BTreeMap::new(),
            defaults: BTreeMap::new(),
            read_environment: false,
            state_dir: state_dir.into(),
            target_dir: None,
            cache_dir: None,
            runtime_config: RuntimeConfig::default(),
            request_limit: Duration::from_secs(60),
            clock_offset: 0,
            pooling: true,
            concurrency: 80,
            effects: Arc::new(Nothing),
            log: LogSink::default(),
        }
    }

    /// Gives an application variable its value.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Gives an application variable a default in place of the manifest's. One that the manifest does not
    /// declare is nothing.
    #[must_use]
    pub fn default_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.defaults.insert(name.into(), value.into());
        self
    }

    /// Whether variables are also read from `SPIN_VARIABLE_<NAME>`.
    #[must_use]
    pub fn read_environment(mut self, yes: bool) -> Self {
        self.read_environment = yes;
        self
    }

    /// The folder that stands for `target/` in the manifest's `source` paths.
    #[must_use]
    pub fn target_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.target_dir = Some(folder.into());
        self
    }

    /// The folder where compiled components are kept between starts. A start with all of them there takes
    /// milliseconds, one without takes some tenths of a second for each.
    #[must_use]
    pub fn cache_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache_dir = Some(folder.into());
        self
    }

    /// Key-value backends and certificate authorities.
    #[must_use]
    pub fn runtime_config(mut self, config: RuntimeConfig) -> Self {
        self.runtime_config = config;
        self
    }

    /// The longest that a guest may take for one request.
    #[must_use]
    pub fn request_limit(mut self, limit: Duration) -> Self {
        self.request_limit = limit;
        self
    }

    /// Seconds that guests' wall clock is ahead of this machine's.
    #[must_use]
    pub fn clock_offset(mut self, seconds: i64) -> Self {
        self.clock_offset = seconds;
        self
    }

    /// Whether instances come from a pool. It reserves 18 GB of address space: turn it off under `ulimit -v`.
    #[must_use]
    pub fn pooling(mut self, yes: bool) -> Self {
        self.pooling = yes;
        self
    }

    /// How many guests may run at once, at most 100 with pooling; more requests wait.
    #[must_use]
    pub fn concurrency(mut self, guests: usize) -> Self {
        self.concurrency = guests.max(1);
        self
    }

    /// An observer of effects.
    #[must_use]
    pub fn effects(mut self, effects: Arc<dyn Effects>) -> Self {
        self.effects = effects;
        self
    }

    /// Where log lines go.
    #[must_use]
    pub fn log(mut self, sink: LogSink) -> Self {
        self.log = sink;
        self
    }
}
