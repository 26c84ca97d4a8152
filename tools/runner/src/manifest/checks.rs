//! What the types cannot say about a manifest.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

use super::{Manifest, Schedule};

pub(super) fn check(manifest: &Manifest) -> Result<()> {
    let version = manifest.spin_manifest_version;
    ensure!(version == 2, "`spin_manifest_version` is {version}; only 2 is supported");
    for (name, variable) in &manifest.variables {
        ensure!(
            is_variable_name(name),
            "`variables.{name}`: a name is lower case letters, digits and single `_`"
        );
        match (variable.required, &variable.default) {
            (true, Some(_)) => bail!("`variables.{name}` is `required` and has a `default`: one of the two"),
            (false, None) => bail!("`variables.{name}` needs `required = true` or a `default`"),
            _ => {}
        }
    }
    for (id, component) in &manifest.component {
        for name in component.variables.keys() {
            ensure!(is_variable_name(name), "`component.{id}.variables.{name}` is no variable name");
        }
    }
    let mut seen = BTreeMap::new();
    for trigger in &manifest.trigger.http {
        let (route, id) = (&trigger.route, &trigger.component);
        ensure!(route.starts_with('/'), "route `{route}` must begin with `/`");
        ensure!(manifest.component.contains_key(id), "route `{route}`: there is no `component.{id}`");
        // Routes that differ in parameter names only match the same paths, and one would silently win.
        if let Some(other) = seen.insert(shape(route), route) {
            bail!("routes `{other}` and `{route}` match the same paths");
        }
    }
    for trigger in &manifest.trigger.cron {
        let id = &trigger.component;
        let what = || format!("the schedule of component `{id}`");
        ensure!(manifest.component.contains_key(id), "{}: there is no `component.{id}`", what());
        Schedule::parse(&trigger.cron_expression).with_context(what)?;
    }
    Ok(())
}

fn shape(route: &str) -> String {
    let parts = route.split('/').map(|part| if part.starts_with(':') { ":" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Spin's rule: `[a-z][a-z0-9]*` words joined by single underscores.
pub(crate) fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('_')
        && !name.contains("__")
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
