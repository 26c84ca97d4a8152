//! Runtime configurations, with the members that Spin's backends have.

use std::collections::BTreeSet;

use crate::files::{names, toml};

/// File, type, members that it must have, members that it may have.
const FILES: [(&str, &str, &[&str], &[&str]); 4] = [
    ("sqlite.toml", "spin", &["path"], &[]),
    ("redis.toml", "redis", &["url"], &[]),
    ("azure-cosmos.toml", "azure_cosmos", &["account", "database", "container"], &["key"]),
    (
        "aws-dynamodb.toml",
        "aws_dynamo",
        &["region", "table", "consistent_read"],
        &["access_key", "secret_key", "token"],
    ),
];

#[test]
fn each_configures_the_store_that_the_components_open() {
    let known: BTreeSet<_> = FILES.iter().map(|(file, ..)| (*file).to_owned()).collect();
    assert_eq!(names("runtime-config"), known);
    let components = toml("spin.toml")["component"].as_table().unwrap().clone();
    for (file, kind, must, may) in FILES {
        let config = toml(&format!("deploy/runtime-config/{file}"));
        assert_eq!(config.keys().collect::<Vec<_>>(), ["key_value_store"], "{file}");
        let stores = config["key_value_store"].as_table().unwrap();
        for (label, store) in stores {
            for (id, component) in &components {
                let opened = component["key_value_stores"].as_array().unwrap();
                assert!(
                    opened.iter().any(|opens| opens.as_str() == Some(label)),
                    "{file}: {id} opens no {label}"
                );
            }
            let store = store.as_table().unwrap();
            assert_eq!(store["type"].as_str(), Some(kind), "{file}");
            assert!(must.iter().all(|name| store.contains_key(*name)), "{file}: {must:?}");
            let known = |name: &str| name == "type" || must.contains(&name) || may.contains(&name);
            assert!(store.keys().all(|name| known(name)), "{file}: {store:?}");
        }
        assert_eq!(stores.len(), 1, "{file}: there is one store");
    }
}

#[test]
fn what_was_written_is_read_at_once() {
    let dynamo = toml("deploy/runtime-config/aws-dynamodb.toml");
    assert_eq!(dynamo["key_value_store"]["default"]["consistent_read"].as_bool(), Some(true));
}
