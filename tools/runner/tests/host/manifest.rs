//! What a manifest may not say.

use std::path::Path;

use runner::{Host, Manifest, Options};

const GOOD: &str = r#"
spin_manifest_version = 2
application = { name = "x" }
[[trigger.http]]
route = "/a/:one/b"
component = "a"
[component.a]
source = "a.wasm"
"#;

fn refused(text: &str) -> String {
    format!("{:#}", Manifest::parse(text, Path::new(".")).unwrap_err())
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    for (line, name) in [
        ("files = [\"x\"]", "files"),
        ("ai_models = [\"x\"]", "ai_models"),
        ("sqlite_databases = [\"x\"]", "sqlite_databases"),
        ("[[trigger.redis]]\nchannel = \"x\"\ncomponent = \"a\"", "redis"),
    ] {
        let error = refused(&format!("{GOOD}{line}\n"));
        assert!(error.contains(&format!("unknown field `{name}`")), "{error}");
    }
    assert!(refused(&GOOD.replace("version = 2", "version = 1")).contains("only 2 is supported"));
}

#[test]
fn two_routes_for_the_same_paths_are_refused() {
    let twice = format!("{GOOD}[[trigger.http]]\nroute = \"/a/:two/b\"\ncomponent = \"a\"\n");
    assert!(refused(&twice).contains("match the same paths"));
}

#[test]
fn a_route_to_no_component_is_refused() {
    assert!(refused(&GOOD.replace("[component.a]", "[component.b]")).contains("there is no `component.a`"));
}

#[test]
fn a_variable_is_required_or_has_a_default() {
    assert!(
        refused(&format!("variables = {{ x = {{}} }}\n{GOOD}"))
            .contains("needs `required = true` or a `default`")
    );
}

#[tokio::test]
async fn a_start_without_the_file_or_a_required_variable_fails_with_its_name() {
    let state = tempfile::tempdir().unwrap();
    let manifest = Manifest::parse(GOOD, state.path()).unwrap();
    let error = format!("{:#}", Host::load(&manifest, Options::new(state.path())).await.unwrap_err());
    assert!(error.contains("a.wasm does not exist"), "{error}");
    let manifest =
        Manifest::parse(&format!("variables = {{ x = {{ required = true }} }}\n{GOOD}"), state.path())
            .unwrap();
    let error = format!("{:#}", Host::load(&manifest, Options::new(state.path())).await.unwrap_err());
    assert!(error.contains("required variable(s) x"), "{error}");
}

#[test]
fn a_schedule_has_a_component_and_six_fields() {
    let schedule = |component: &str, expression: &str| {
        format!("{GOOD}[[trigger.cron]]\ncomponent = \"{component}\"\ncron_expression = \"{expression}\"\n")
    };
    assert!(Manifest::parse(&schedule("a", "0 */5 * * * *"), Path::new(".")).is_ok());
    assert!(refused(&schedule("b", "0 */5 * * * *")).contains("there is no `component.b`"));
    let error = refused(&schedule("a", "*/5 * * * *"));
    assert!(error.contains("the schedule of component `a`") && error.contains("seconds first"), "{error}");
}
