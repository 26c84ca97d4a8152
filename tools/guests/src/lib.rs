//! Builds the components: for the runner before it serves, for `cargo xtask`, and for tests.
//!
//! - [`Workspace`]: where the sources and cargo's target folder are, and the one cargo call that builds.
//! - [`ensure_target`]: installs the `wasm32-wasip2` target where it is missing; [`has_std_source`]: the source of the
//!   standard library, which is compiled along.
//! - [`can_optimise`]: whether what is built is made smaller by Binaryen's `wasm-opt`.

mod optimise;
mod toolchain;
mod workspace;

pub use optimise::can_optimise;
pub use toolchain::{TARGET, ensure_target, has_std_source};
pub use workspace::{PREBUILT, PROFILE, Workspace};
