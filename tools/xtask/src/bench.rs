//! The benchmark: the components as they are built, the host as it is deployed.

use anyhow::Result;

use crate::{
    application::Application,
    command::{in_root, run},
};

pub(crate) fn bench(app: &Application, rest: &[String]) -> Result<()> {
    app.build()?;
    let mut command = in_root(app, &["run", "--quiet", "--release", "--package", "bench", "--"]);
    run(command.args(rest).env(guests::PREBUILT, "1"))
}
