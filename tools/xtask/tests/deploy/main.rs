//! Every file in `deploy/` is what it says: it parses, and it names only what the manifests and the API have.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy sees the tests' helpers as common code")]
mod cron;
mod files;
mod kubernetes;
mod runtime_config;
