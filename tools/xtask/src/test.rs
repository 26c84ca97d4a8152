//! All tests, natively; those that serve components take the built files.

use anyhow::Result;

use crate::{
    application::Application,
    command::{in_root, run, works},
    packages,
};

/// The end-to-end tests that are run once more, on Redis, are all but these.
const NOT_ON_REDIS: [&str; 5] = [
    // They measure, as `log_scale::` does, and are compared with what was measured on SQLite.
    "scale::",
    "log_files::",
    // They bring a Redis of their own in any case.
    "redis::",
    "redis_trouble::",
    "two_processes::",
];

pub(crate) fn test(app: &Application, rest: &[String]) -> Result<()> {
    packages::need("redis-server", "redis-server")?;
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
        for name in NOT_ON_REDIS {
            redis.args(["--skip", name]);
        }
        run(redis.env(guests::PREBUILT, "1").env("ILOQ_FUNCTIONS_STORE", "redis"))?;
    }
    let args: &[&str] = if nextest { &["nextest", "run", "--workspace"] } else { &["test", "--workspace"] };
    let mut command = in_root(app, args);
    // Each test is a process of its own, and need not ask cargo again.
    command.args(rest).env(guests::PREBUILT, "1");
    run(&mut command)
}
