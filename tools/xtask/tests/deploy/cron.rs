//! Schedules.

use std::collections::BTreeSet;

use crate::files::{all_jobs, every_job_once, job, names, text, toml};

/// The part of a URL or line from `/v1/` up to the next delimiter.
#[track_caller]
fn path(line: &str) -> &str {
    let start = line.find("/v1/").unwrap_or_else(|| panic!("{line} calls nothing"));
    let rest = &line[start..];
    rest.split(['?', '"', ' ']).next().unwrap()
}

#[test]
fn the_folder_has_what_the_readme_lists() {
    let known = ["aka.sh", "crontab", "kubernetes.yaml", "systemd"].map(str::to_owned);
    assert_eq!(names("cron"), BTreeSet::from(known));
    let readme = text("deploy/README.md");
    for name in names("cron") {
        assert!(readme.contains(&format!("cron/{name}")), "{name}");
    }
}

#[test]
fn the_cron_trigger_calls_each_job_with_a_component_of_its_own() {
    let manifest = toml("spin-cron.toml");
    let mut jobs = Vec::new();
    for trigger in manifest["trigger"]["cron"].as_array().unwrap() {
        let component = &manifest["component"][trigger["component"].as_str().unwrap()];
        let variables = &component["variables"];
        jobs.push(job(&format!("/v1/jobs/{}", variables["job"].as_str().unwrap())));
        assert_eq!(variables["jobs_url"].as_str(), Some("{{ jobs_url }}"));
        let allowed = component["allowed_outbound_hosts"].as_array().unwrap();
        assert_eq!(allowed.iter().map(|host| host.as_str().unwrap()).collect::<Vec<_>>(), ["{{ jobs_url }}"]);
        assert!(component.get("key_value_stores").is_none(), "it needs no store");
        assert_eq!(trigger["cron_expression"].as_str().unwrap().split_whitespace().count(), 6);
    }
    every_job_once(jobs, "spin-cron.toml");
}

#[test]
fn akamai_s_scheduler_gets_each_job_every_five_minutes_at_most() {
    let script = text("deploy/cron/aka.sh");
    let create = script.lines().find(|line| line.contains("spin aka cron create")).unwrap();
    for part in ["--name \"$1\"", "--schedule \"$2\"", "\"/v1/jobs/$1?token=$JOBS_TOKEN\""] {
        assert!(create.contains(part), "{create}");
    }
    assert!(script.contains("jobs_by_get=true"));
    assert!(toml("spin.toml")["variables"].as_table().unwrap().contains_key("jobs_by_get"));
    let mut jobs = Vec::new();
    for line in script.lines().filter_map(|line| line.strip_prefix("schedule ")) {
        let (name, times) = line.split_once(' ').unwrap();
        jobs.push(job(&format!("/v1/jobs/{name}")));
        let times = times.trim_matches('"');
        let minute = times.split(' ').next().unwrap();
        let step = minute.strip_prefix("*/").map(|step| step.parse::<u32>().unwrap());
        assert!(step.is_some_and(|step| step >= 5) || minute.parse::<u32>().is_ok(), "{line}");
        assert_eq!(times.split(' ').count(), 5, "{line}");
    }
    every_job_once(jobs, "aka.sh");
}

#[test]
fn the_crontab_calls_each_job() {
    let crontab = text("deploy/cron/crontab");
    let lines = crontab.lines().filter(|line| line.contains("$CALL"));
    let job = |line: &str| {
        assert_eq!(line.split_whitespace().nth(5), Some("iloq-functions"), "the user: {line}");
        job(path(line))
    };
    every_job_once(lines.map(job).collect(), "crontab");
}

#[test]
fn systemd_has_a_timer_for_each_job_and_one_service() {
    let mut files = names("cron/systemd");
    assert!(files.remove("iloq-job@.service"));
    let expected: BTreeSet<_> = all_jobs().iter().map(|job| format!("iloq-job-{job}.timer")).collect();
    assert_eq!(files, expected);
    let service = text("deploy/cron/systemd/iloq-job@.service");
    let start = service.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
    assert!(path(start).ends_with("/%i"), "{start}");
    for of in all_jobs() {
        let timer = text(&format!("deploy/cron/systemd/iloq-job-{of}.timer"));
        assert!(timer.contains(&format!("Unit=iloq-job@{of}.service\n")), "{timer}");
        assert!(timer.lines().any(|line| line.starts_with("OnCalendar=")), "{timer}");
        assert_eq!(job(&path(start).replace("%i", of.name())), of);
    }
}
