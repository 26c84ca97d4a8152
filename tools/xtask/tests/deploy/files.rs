//! Files of the repository.

use std::{collections::BTreeSet, path::PathBuf};

use portal_api::{
    auth::Tokens,
    routes::{self, BUILT_JOBS, Job},
};
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::Value;

pub(crate) fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn toml(path: &str) -> toml::Table {
    text(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names of the files in a folder of `deploy/`.
pub(crate) fn names(folder: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join("deploy").join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The documents of a YAML file.
pub(crate) fn yaml(path: &str) -> Vec<Value> {
    let text = text(path);
    let documents = Yaml::load_from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    documents.iter().map(plain).collect()
}

fn plain(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => (*value).into(),
        Yaml::Value(Scalar::Integer(value)) => (*value).into(),
        Yaml::Value(Scalar::FloatingPoint(value)) => value.into_inner().into(),
        Yaml::Value(Scalar::String(value)) => value.to_string().into(),
        Yaml::Sequence(items) => items.iter().map(plain).collect(),
        Yaml::Mapping(members) => {
            let member =
                |(name, value): (&Yaml<'_>, &Yaml<'_>)| (name.as_str().unwrap().to_owned(), plain(value));
            Value::Object(members.iter().map(member).collect())
        }
        other => panic!("{other:?} has no place in a manifest"),
    }
}

/// The job that an address calls. It has to exist.
#[track_caller]
pub(crate) fn job(path: &str) -> Job {
    let found = routes::find(path).unwrap_or_else(|| panic!("{path} is no route"));
    found.job().unwrap_or_else(|| panic!("{path} names no job"))
}

/// Each job once.
#[track_caller]
pub(crate) fn every_job_once(mut jobs: Vec<Job>, what: &str) {
    jobs.sort_unstable();
    assert_eq!(jobs, all_jobs(), "{what}");
}

pub(crate) fn all_jobs() -> Vec<Job> {
    let mut all = BUILT_JOBS.to_vec();
    all.sort_unstable();
    all
}

/// An example of `access_tokens` that the functions take; gives the scopes.
#[track_caller]
pub(crate) fn tokens(text: &str) -> BTreeSet<String> {
    assert!(Tokens::parse(text).faults().is_empty(), "{text}");
    let scope = |entry: &str| entry.split(':').nth(1).unwrap().to_owned();
    text.split_whitespace().map(scope).collect()
}
