//! `spin-cron.toml`: what `spin.toml` says, and beside it a schedule for each job.
//!
//! It is a file of its own because a host without the cron trigger refuses a manifest that has one. It is written
//! from `spin.toml`, so that the two cannot drift apart.

use anyhow::{Context, Result, ensure};

use crate::application::Application;

/// Job, when (six fields, seconds first, UTC), and why so often. Spread over the minute, so that they do not begin
/// all at once.
const SCHEDULES: [(&str, &str, &str); 7] = [
    ("retry", "20 * * * * *", "what failed waits a minute at least before it is tried again"),
    ("pull-logs", "5 * * * * *", "costs one call to iLOQ where nothing new has arrived"),
    ("refresh-keys", "35 */5 * * * *", "orders that wait, phones that answer, keys that were programmed"),
    ("sync-users", "50 */15 * * * *", "persons that were changed in Manager"),
    ("sync-structure", "10 7 * * * *", "doors, zones and access rights change rarely"),
    ("renew-subscriptions", "15 12 4 * * *", "a subscription is renewed weeks before it ends"),
    ("housekeeping", "40 17 2 * * *", "lists the whole store: once a day is enough"),
];

/// The manifest with schedules, made of the one without.
pub(crate) fn with_schedules(manifest: &str) -> Result<String> {
    let (head, rest) = manifest.split_once("spin_manifest_version").context("no spin_manifest_version")?;
    ensure!(head.lines().all(|line| line.starts_with('#')), "something stands before the version");
    let (before, after) = rest.split_once("\n[variables]\n").context("no [variables]")?;
    let (variables, components) = after.split_once("\n\n").context("[variables] has no end")?;
    let mut text = format!(
        "# spin.toml with schedules, for hosts with Spin's cron trigger (Spin with its plug-in `trigger-cron`, and this\n\
         # repository's own host). Written by `cargo xtask schedules`: change spin.toml instead.\n\
         spin_manifest_version{before}\n[variables]\n{variables}\n\
         # Where the functions are served: the schedules call them there. An origin without a path.\n\
         jobs_url = {{ default = \"http://127.0.0.1:3000\" }}\n\
         # A token of scope `jobs`, whose hash is in access_tokens.\n\
         jobs_token = {{ required = true, secret = true }}\n\n{components}"
    );
    for (job, expression, why) in SCHEDULES {
        text += &schedule(job, expression, why);
    }
    Ok(text)
}

fn schedule(job: &str, expression: &str, why: &str) -> String {
    let id = format!("schedule-{job}");
    format!(
        r#"
# {why}
[[trigger.cron]]
component = "{id}"
cron_expression = "{expression}"

[component.{id}]
description = "Calls the job {job} at its times"
source = "target/wasm32-wasip2/guest/schedule.wasm"
allowed_outbound_hosts = ["{{{{ jobs_url }}}}"]

[component.{id}.variables]
job = "{job}"
jobs_url = "{{{{ jobs_url }}}}"
jobs_token = "{{{{ jobs_token }}}}"
slice_seconds = "{{{{ slice_seconds }}}}"

[component.{id}.build]
command = "cargo build --package schedule --profile guest --target wasm32-wasip2"
watch = ["functions/schedule/**/*.rs", "shared/**/*.rs", "Cargo.toml"]
"#
    )
}

/// Writes the file.
pub(crate) fn write(app: &Application) -> Result<()> {
    let read = app.workspace.root.join("spin.toml");
    let text = std::fs::read_to_string(&read).with_context(|| read.display().to_string())?;
    let path = app.workspace.root.join("spin-cron.toml");
    std::fs::write(&path, with_schedules(&text)?).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

    #[test]
    fn the_file_is_what_is_written_from_the_manifest() {
        let read = |name: &str| std::fs::read_to_string(format!("{ROOT}/{name}")).unwrap();
        let (plain, cron) = (read("spin.toml"), read("spin-cron.toml"));
        assert!(with_schedules(&plain).unwrap() == cron, "run `cargo xtask schedules`");
    }

    #[test]
    fn apart_from_schedules_both_say_the_same() {
        let read = |name: &str| std::fs::read_to_string(format!("{ROOT}/{name}")).unwrap();
        let parsed = |name: &str| read(name).parse::<toml::Table>().unwrap();
        let (plain, mut cron) = (parsed("spin.toml"), parsed("spin-cron.toml"));
        let table = |of: &mut toml::Table, name: &str| of[name].as_table_mut().unwrap().clone();
        let mut variables = table(&mut cron, "variables");
        assert!(variables.remove("jobs_url").is_some() && variables.remove("jobs_token").is_some());
        let mut triggers = table(&mut cron, "trigger");
        let schedules = triggers.remove("cron").unwrap();
        assert_eq!(schedules.as_array().unwrap().len(), SCHEDULES.len());
        let mut components = table(&mut cron, "component");
        components.retain(|id, _| !id.starts_with("schedule-"));
        cron.insert("variables".to_owned(), variables.into());
        cron.insert("trigger".to_owned(), triggers.into());
        cron.insert("component".to_owned(), components.into());
        assert_eq!(cron, plain);
    }
}
