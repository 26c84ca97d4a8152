//! The application's own manifest: every path has the component that the design gives it.

use std::path::Path;

use runner::Manifest;

/// The most specific of the manifest's routes for a path, as the host and Spin choose it.
fn owner(path: &str) -> String {
    let manifest =
        Manifest::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml"))).unwrap();
    let routes = manifest.trigger.http.iter().map(|t| (t.route.as_str(), t.component.as_str()));
    runner::owner(routes, path).unwrap().to_owned()
}

#[test]
fn every_path_has_its_component() {
    for (path, component) in [
        ("/v1/systems", "systems"),
        ("/v1/systems/s1", "systems"),
        ("/v1/systems/s1/check", "systems"),
        ("/v1/systems/s1/structure/sync", "sync-structure"),
        ("/v1/systems/s1/doors", "sync-structure"),
        ("/v1/systems/s1/time-profiles", "sync-structure"),
        ("/v1/systems/s1/users", "sync-users"),
        ("/v1/systems/s1/users/sync", "sync-users"),
        ("/v1/systems/s1/users/u1", "sync-users"),
        ("/v1/systems/s1/users/u1/resolve", "sync-users"),
        ("/v1/systems/s1/changes", "sync-users"),
        ("/v1/jobs/tick", "jobs"),
        ("/v1/systems/s1/retries/r1", "jobs"),
        ("/v1/systems/s1/retries", "meta"),
        ("/v1/systems/s1/runs", "meta"),
        ("/v1/systems/s1/runs/r1", "meta"),
        ("/v1/systems/s1/runs/r1/items", "meta"),
        ("/v1/systems/s1/audit", "meta"),
        ("/v1/systems/s1/structure", "meta"),
        ("/v1/status", "meta"),
        ("/healthz", "meta"),
        ("/metrics", "meta"),
        ("/openapi.json", "meta"),
        ("/", "meta"),
        ("/nothing/here", "meta"),
    ] {
        assert_eq!(owner(path), component, "{path}");
    }
}

#[test]
fn a_fixed_segment_wins_over_a_parameter_in_whatever_order_they_are_written() {
    let routes = [("/a/:x", "parameter"), ("/...", "rest"), ("/a/b", "fixed")];
    assert_eq!(runner::owner(routes, "/a/b"), Some("fixed"));
    assert_eq!(runner::owner(routes, "/a/c"), Some("parameter"));
    assert_eq!(runner::owner(routes, "/a/c/d"), Some("rest"));
}
