//! `{{ name }}` in component variables and allowed hosts.

use anyhow::{Context, Result};

/// Puts the values of `lookup` in place of `{{ name }}`.
///
/// # Errors
/// An open `{{`, or a name that `lookup` does not know.
pub(crate) fn expand(template: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<String> {
    let (mut out, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, tail) =
            after.split_once("}}").with_context(|| format!("`{template}`: `{{{{` without `}}}}`"))?;
        let name = name.trim();
        let value = lookup(name).with_context(|| format!("`{template}`: no variable `{name}`"))?;
        out.push_str(before);
        out.push_str(&value);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::expand;

    fn lookup(name: &str) -> Option<String> {
        (name == "who").then(|| "world".to_owned())
    }

    #[test]
    fn names_are_replaced_wherever_they_stand() {
        assert_eq!(expand("hello {{ who }}, {{who}}!", lookup).unwrap(), "hello world, world!");
        assert_eq!(expand("nothing here", lookup).unwrap(), "nothing here");
    }

    #[test]
    fn unknown_names_and_open_braces_are_errors() {
        assert!(expand("{{ other }}", lookup).unwrap_err().to_string().contains("no variable `other`"));
        assert!(expand("{{ who", lookup).is_err());
    }
}
