//! The application in a cluster.

use std::collections::{BTreeMap, BTreeSet};

use portal_api::routes;
use serde_json::Value;

use crate::files::{every_job_once, job, names, tokens, toml, yaml};

fn app() -> Value {
    let mut documents = yaml("deploy/spinkube/app.yaml");
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

/// The secrets' contents by name and key.
fn secrets() -> BTreeMap<(String, String), String> {
    let mut all = BTreeMap::new();
    for secret in yaml("deploy/spinkube/secrets.yaml") {
        assert_eq!((&secret["apiVersion"], &secret["kind"]), (&"v1".into(), &"Secret".into()));
        let name = secret["metadata"]["name"].as_str().unwrap();
        for (key, value) in secret["stringData"].as_object().unwrap() {
            all.insert((name.to_owned(), key.clone()), value.as_str().unwrap().to_owned());
        }
    }
    all
}

#[track_caller]
fn secret(reference: &Value) -> String {
    let part = |name: &str| reference[name].as_str().unwrap().to_owned();
    let key = (part("name"), part("key"));
    secrets().get(&key).cloned().unwrap_or_else(|| panic!("{key:?} is not in secrets.yaml"))
}

#[test]
fn the_app_gives_every_variable_that_is_required_and_none_that_is_unknown() {
    assert_eq!(names("spinkube"), BTreeSet::from(["app.yaml".to_owned(), "secrets.yaml".to_owned()]));
    let app = app();
    assert_eq!((&app["apiVersion"], &app["kind"]), (&"core.spinkube.dev/v1alpha1".into(), &"SpinApp".into()));
    assert_eq!(app["spec"]["executor"], "containerd-shim-spin");
    let declared = toml("spin.toml")["variables"].as_table().unwrap().clone();
    let given: BTreeMap<&str, &Value> = app["spec"]["variables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|variable| (variable["name"].as_str().unwrap(), variable))
        .collect();
    for (name, variable) in &declared {
        let is = |what: &str| variable.get(what).and_then(toml::Value::as_bool).unwrap_or_default();
        assert!(!is("required") || given.contains_key(name.as_str()), "{name} is required");
        let from_secret = given.get(name.as_str()).is_none_or(|given| given["valueFrom"].is_object());
        assert!(!is("secret") || from_secret, "{name} is a secret");
    }
    assert!(given.keys().all(|name| declared.contains_key(*name)), "{given:?}");
    for (name, variable) in given {
        if variable["valueFrom"].is_object() {
            let value = secret(&variable["valueFrom"]["secretKeyRef"]);
            assert!(!value.is_empty(), "{name}");
        }
    }
}

#[test]
fn the_secrets_are_what_the_functions_take() {
    let secrets = secrets();
    let of = |name: &str, key: &str| &secrets[&(name.to_owned(), key.to_owned())];
    let scopes = tokens(of("iloq-functions", "access-tokens"));
    assert!(scopes.contains("jobs"), "a token for the schedules: {scopes:?}");
    let (id, key) = of("iloq-functions", "encryption-keys").split_once(':').unwrap();
    assert!(!id.is_empty() && key.len() == 44 && key.ends_with('='), "32 bytes in base64");
    let name = app()["spec"]["runtimeConfig"]["loadFromSecret"].as_str().unwrap().to_owned();
    let config: toml::Table = of(&name, "runtime-config.toml").parse().unwrap();
    let example = toml("deploy/runtime-config/redis.toml");
    let members = |config: &toml::Table| -> Vec<String> {
        config["key_value_store"]["default"].as_table().unwrap().keys().cloned().collect()
    };
    assert_eq!(members(&config), members(&example));
}

#[test]
fn probes_ask_a_public_route() {
    for probe in ["readiness", "liveness"] {
        let app = app();
        let path = app["spec"]["checks"][probe]["httpGet"]["path"].as_str().unwrap();
        let found = routes::find(path).unwrap();
        assert!(matches!(found.least_access(), routes::Access::Public), "{path}");
    }
}

#[test]
fn a_cron_job_calls_each_job_at_the_service_of_the_app() {
    let mut jobs = Vec::new();
    for cron in yaml("deploy/cron/kubernetes.yaml") {
        assert_eq!((&cron["apiVersion"], &cron["kind"]), (&"batch/v1".into(), &"CronJob".into()));
        let spec = &cron["spec"];
        assert_eq!(spec["schedule"].as_str().unwrap().split_whitespace().count(), 5, "{spec:#}");
        assert_eq!(spec["timeZone"], "Etc/UTC");
        let pod = &spec["jobTemplate"]["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        let args: Vec<&str> =
            container["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
        let url = args.iter().find_map(|arg| arg.strip_prefix("http://")).unwrap();
        let (host, path) = url.split_at(url.find('/').unwrap());
        assert_eq!(host, app()["metadata"]["name"].as_str().unwrap(), "the Service has the app's name");
        let called = job(path);
        assert_eq!(cron["metadata"]["name"], format!("iloq-{called}"));
        let env = &container["env"][0];
        assert!(args.contains(&format!("%{}", env["name"].as_str().unwrap()).as_str()), "{args:?}");
        assert!(!secret(&env["valueFrom"]["secretKeyRef"]).is_empty());
        // A call may take a slice and the margin; the pod has to outlive it.
        let at = args.iter().position(|arg| *arg == "--max-time").unwrap();
        let limit: i64 = args[at + 1].parse().unwrap();
        assert!(
            limit >= 35 && spec["jobTemplate"]["spec"]["activeDeadlineSeconds"].as_i64().unwrap() > limit
        );
        jobs.push(called);
    }
    every_job_once(jobs, "kubernetes.yaml");
}
