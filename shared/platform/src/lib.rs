//! The only crate that knows spin-sdk and WASI: outbound HTTP, key-value, variables, clocks, randomness, and the
//! glue between the host's requests and `integration::http`.
//!
//! It also compiles natively, so that the whole workspace can be checked and tested; it runs in a guest only.
//!
//! - [`SpinPlatform`]: everything outside, for one request.
//! - [`serve`]: one incoming request through a handler.

mod clock;
mod http;
mod kv;
mod serve;
mod stream;
mod wait;

pub use clock::WasiClock;
pub use http::WasiHttp;
pub use kv::SpinStore;
pub use serve::{MAX_REQUEST_BODY, serve};

mod platform;
pub use platform::{SpinPlatform, WasiRandom};
