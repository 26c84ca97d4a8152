//! Outbound HTTP: who may be called, over which connections, within which times.

mod allow;
mod body;
mod connect;
mod pool;

pub(crate) use allow::AllowedHosts;
pub(crate) use pool::Client;
