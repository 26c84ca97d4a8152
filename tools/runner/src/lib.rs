//! The embedded host: serves the components of a Spin manifest with wasmtime, for development, tests and small
//! installations.
//!
//! - [`Manifest`]: what `spin.toml` says; anything it cannot honour is refused by name.
//! - [`Options`] and [`Host`]: compiles the components, and serves them on a listener.
//! - [`build`]: builds the components that a manifest names, where their sources are at hand.
//! - [`Effects`]: an observer of every store access and outbound request, which may stop the guest there.
//! - [`story`]: a made-up locking system with the functions in front of it, to try out and to watch.
//! - [`cli`]: the command line of the binary.

pub mod build;
pub mod cli;
mod effects;
mod host;
mod manifest;
mod options;
mod outbound;
mod routing;
mod runtime_config;
mod signals;
mod store;
pub mod story;
mod variables;

pub use effects::{DieAt, Effect, EffectKind, Effects, HostCalls, Moment, Outcome, Report, Verdict};
pub use host::{Handle, Host, Planned, Route};
pub use manifest::{Component, CronTrigger, Manifest, Trigger, Variable};
pub use options::{LogSink, Options};
pub use routing::owner;
pub use runtime_config::{ClientTls, KeyValueStore, RuntimeConfig};
