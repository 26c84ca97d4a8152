//! All tests, natively; those that serve components take the built files.

use anyhow::Result;

use crate::{
    application::Application,
    command::{in_root, run, works},
};

/// The end-to-end tests that are run once more, on Redis: those in which the store matters and that do not look into
/// SQLite's files (as those of `keys::` do). Left out are also those that measure (`scale`) and that kill the whole
/// process (`sigkill`).
const ON_REDIS: [&str; 5] = ["crash::", "crowd::", "schedules::", "smoke::", "trouble::"];

pub(crate) fn test(app: &Application, rest: &[String]) -> Result<()> {
    app.build()?;
    let nextest = works(&mut in_root(app, &["nextest", "--version"]));
    if nextest && rest.is_empty() {
        // nextest leaves these out. They go first, so that the last lines are its summary.
        let mut doc = in_root(app, &["test", "--quiet", "--workspace", "--doc"]);
        run(&mut doc)?;
    }
    if rest.is_empty() {
        let before: &[&str] = if nextest {
            &["nextest", "run", "--package", "end-to-end", "--"]
        } else {
            &["test", "--package", "end-to-end", "--test", "it", "--"]
        };
        let mut redis = in_root(app, before);
        run(redis
            .args(ON_REDIS)
            .args(["--skip", "keys::"])
            .env(guests::PREBUILT, "1")
            .env("ILOQ_FUNCTIONS_STORE", "redis"))?;
    }
    let args: &[&str] = if nextest { &["nextest", "run", "--workspace"] } else { &["test", "--workspace"] };
    let mut command = in_root(app, args);
    // Each test is a process of its own, and need not ask cargo again.
    command.args(rest).env(guests::PREBUILT, "1");
    run(&mut command)
}
