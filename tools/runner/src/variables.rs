//! The values of variables: `--variable`, then `SPIN_VARIABLE_<NAME>`, then the host's default, then the
//! manifest's.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use crate::manifest::{Manifest, expand};

/// Every application variable with its value. Its `Debug` shows names only: some values are secret.
pub(crate) struct Values(BTreeMap<String, String>);

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Values {
    /// Resolves all variables of the manifest.
    ///
    /// # Errors
    /// A required variable without a value, or a given one that the manifest does not declare.
    pub(crate) fn resolve(
        manifest: &Manifest,
        given: &BTreeMap<String, String>,
        defaults: &BTreeMap<String, String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        if let Some(name) = given.keys().find(|name| !manifest.variables.contains_key(*name)) {
            bail!("the manifest declares no variable `{name}`");
        }
        let (mut values, mut missing) = (BTreeMap::new(), Vec::new());
        for (name, variable) in &manifest.variables {
            let from_environment = || environment(&format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase()));
            let default = || defaults.get(name).cloned().or_else(|| variable.default.clone());
            let value = given.get(name).cloned().or_else(from_environment).or_else(default);
            match value {
                Some(value) => _ = values.insert(name.clone(), value),
                None => missing.push(name.as_str()),
            }
        }
        if !missing.is_empty() {
            bail!(
                "no value for the required variable(s) {}: give each by `--variable NAME=VALUE` or in the \
                 environment as SPIN_VARIABLE_NAME",
                missing.join(", ")
            );
        }
        Ok(Self(values))
    }

    /// `template` with the variables put in.
    pub(crate) fn expand(&self, template: &str) -> Result<String> {
        expand(template, |name| self.0.get(name).cloned())
    }

    /// What one component sees.
    pub(crate) fn of_component(&self, id: &str, manifest: &Manifest) -> Result<BTreeMap<String, String>> {
        let component = manifest.component.get(id).with_context(|| format!("no component `{id}`"))?;
        let expand = |(name, template): (&String, &String)| {
            let value =
                self.expand(template).with_context(|| format!("`component.{id}.variables.{name}`"))?;
            Ok((name.clone(), value))
        };
        component.variables.iter().map(expand).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        spin_manifest_version = 2
        application = { name = "x" }
        [variables]
        token = { required = true, secret = true }
        pace = { default = "25" }
        [component.a]
        source = "a.wasm"
        variables = { token = "Bearer {{ token }}" }
    "#;

    fn manifest() -> Manifest {
        Manifest::parse(MANIFEST, std::path::Path::new(".")).unwrap()
    }

    #[test]
    fn a_missing_required_variable_is_named() {
        let error = Values::resolve(&manifest(), &BTreeMap::new(), &BTreeMap::new(), |_| None)
            .unwrap_err()
            .to_string();
        assert!(error.contains("required variable(s) token"), "{error}");
    }

    #[test]
    fn the_command_line_wins_over_the_environment_and_that_over_the_default() {
        let given = BTreeMap::from([("token".to_owned(), "flag".to_owned())]);
        let environment = |name: &str| (name != "OTHER").then(|| format!("{name} from env"));
        let defaults = BTreeMap::from([("pace".to_owned(), "host".to_owned())]);
        let values = Values::resolve(&manifest(), &given, &defaults, environment).unwrap();
        assert_eq!(values.expand("{{ token }} {{ pace }}").unwrap(), "flag SPIN_VARIABLE_PACE from env");
        let values = Values::resolve(&manifest(), &given, &defaults, |_| None).unwrap();
        assert_eq!(values.expand("{{ pace }}").unwrap(), "host", "and the host's over the manifest's");
    }

    #[test]
    fn a_component_sees_only_what_its_table_names() {
        let given = BTreeMap::from([("token".to_owned(), "t".to_owned())]);
        let values = Values::resolve(&manifest(), &given, &BTreeMap::new(), |_| None).unwrap();
        let seen = values.of_component("a", &manifest()).unwrap();
        assert_eq!(seen, BTreeMap::from([("token".to_owned(), "Bearer t".to_owned())]));
        assert_eq!(format!("{values:?}"), r#"{"pace", "token"}"#, "values stay out of Debug");
    }

    #[test]
    fn an_undeclared_variable_is_refused() {
        let given = BTreeMap::from([("tokn".to_owned(), "t".to_owned())]);
        let error = Values::resolve(&manifest(), &given, &BTreeMap::new(), |_| None).unwrap_err().to_string();
        assert!(error.contains("no variable `tokn`"), "{error}");
    }
}
