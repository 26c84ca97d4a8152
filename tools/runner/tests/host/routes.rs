//! The application's own manifest: every path has the component that the design gives it.

use std::path::Path;

use portal_api::routes::{BUILT, Component, ROUTES};
use runner::Manifest;

/// The most specific of the manifest's routes for a path, as the host and Spin choose it.
fn owner(path: &str) -> String {
    let manifest =
        Manifest::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml"))).unwrap();
    let routes = manifest.trigger.http.iter().map(|t| (t.route.as_str(), t.component.as_str()));
    runner::owner(routes, path).unwrap().to_owned()
}

#[test]
fn every_path_of_the_api_goes_to_the_component_that_owns_it() {
    for route in ROUTES {
        let path = route.template.replace(['{', '}'], "");
        // Paths of what is not built yet belong to `meta`, which answers that there is nothing.
        let built = BUILT.contains(&route.component);
        let component = if built { route.component.name() } else { Component::Meta.name() };
        assert_eq!(owner(&path), component, "{path}");
    }
}

#[test]
fn every_other_path_goes_to_meta() {
    for path in
        ["/", "/nothing/here", "/v1/systems/s1/structure", "/v1/systems/s1/users/u1/nothing", "/v1/jobs"]
    {
        assert_eq!(owner(path), "meta", "{path}");
    }
}

#[test]
fn a_fixed_segment_wins_over_a_parameter_in_whatever_order_they_are_written() {
    let routes = [("/a/:x", "parameter"), ("/...", "rest"), ("/a/b", "fixed")];
    assert_eq!(runner::owner(routes, "/a/b"), Some("fixed"));
    assert_eq!(runner::owner(routes, "/a/c"), Some("parameter"));
    assert_eq!(runner::owner(routes, "/a/c/d"), Some("rest"));
}
