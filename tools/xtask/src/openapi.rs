//! The OpenAPI document in `docs/`.

use anyhow::{Context, Result};

use crate::application::Application;

/// Writes what the code says; a test of `portal-api` fails while the two differ.
pub(crate) fn write(app: &Application) -> Result<()> {
    let text = portal_api::openapi::text(env!("CARGO_PKG_VERSION"))?;
    let path = app.workspace.root.join("docs/openapi.json");
    std::fs::write(&path, text).with_context(|| path.display().to_string())
}
