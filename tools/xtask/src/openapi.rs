//! The OpenAPI document in `docs/`.

use anyhow::{Context, Result, ensure};

use crate::{application::Application, command::in_root};

/// Writes what the code says; a test of `portal-api` fails while the two differ.
pub(crate) fn write(app: &Application) -> Result<()> {
    let mut command = in_root(app, &["run", "--quiet", "--package", "portal-api", "--example", "openapi"]);
    let output = command.stderr(std::process::Stdio::inherit()).output().context("cargo cannot be run")?;
    ensure!(output.status.success(), "the document could not be made");
    let path = app.workspace.root.join("docs/openapi.json");
    std::fs::write(&path, output.stdout).with_context(|| path.display().to_string())
}
