//! All tests, natively; those that serve components take the built files.

use anyhow::Result;

use crate::{
    application::Application,
    command::{in_root, run, works},
};

pub(crate) fn test(app: &Application, rest: &[String]) -> Result<()> {
    app.build()?;
    let nextest = works(&mut in_root(app, &["nextest", "--version"]));
    if nextest && rest.is_empty() {
        // nextest leaves these out. They go first, so that the last lines are its summary.
        let mut doc = in_root(app, &["test", "--quiet", "--workspace", "--doc"]);
        run(&mut doc)?;
    }
    let args: &[&str] = if nextest { &["nextest", "run", "--workspace"] } else { &["test", "--workspace"] };
    let mut command = in_root(app, args);
    // Each test is a process of its own, and need not ask cargo again.
    command.args(rest).env(guests::PREBUILT, "1");
    run(&mut command)
}
