//! Writes the OpenAPI document to standard output: `cargo run -p portal-api --example openapi`.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let text = portal_api::openapi::text(env!("CARGO_PKG_VERSION")).map_err(io::Error::other)?;
    io::stdout().write_all(text.as_bytes())
}
