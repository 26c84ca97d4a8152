//! Builds the components: for the runner before it serves, for `cargo xtask`, and for tests.
//!
//! - [`Workspace`]: where the sources and cargo's target folder are, and the one cargo call that builds.
//! - [`ensure_target`]: installs the `wasm32-wasip2` target where it is missing.

mod toolchain;
mod workspace;

pub use toolchain::{TARGET, ensure_target};
pub use workspace::{PREBUILT, PROFILE, Workspace};
