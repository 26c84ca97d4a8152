//! What each component needs from its host, what it offers, and how large it is: a change of any of them is seen
//! in review, as a change of `wit/golden.toml`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use wasmparser::{Parser, Payload};

use crate::application::Application;

/// The largest component, in bytes: beyond it a host takes noticeably long to compile one.
const LARGEST: u64 = 3_000_000;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Surface {
    /// Bytes of the `.wasm` file when the list was written: for information.
    size: u64,
    exports: BTreeSet<String>,
    imports: BTreeSet<String>,
}

type Golden = BTreeMap<String, Surface>;

fn file(app: &Application) -> PathBuf {
    app.workspace.root.join("wit/golden.toml")
}

fn read_all(app: &Application) -> Result<Golden> {
    let folder = app.workspace.root.to_string_lossy();
    let read = |id: &String| {
        let path = app.workspace.wasm(id);
        let bytes = std::fs::read(&path).with_context(|| format!("{}: build first", path.display()))?;
        if bytes.windows(folder.len()).any(|part| part == folder.as_bytes()) {
            bail!("{} names the folder {folder}: another machine would build another one", path.display());
        }
        Ok((id.clone(), surface(&bytes).with_context(|| path.display().to_string())?))
    };
    app.components.iter().map(read).collect()
}

fn surface(bytes: &[u8]) -> Result<Surface> {
    let mut surface = Surface { size: bytes.len() as u64, ..Surface::default() };
    // Only the outermost component's: what is inside is linked already.
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    surface.imports.insert(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    surface.exports.insert(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(surface)
}

/// Compares with the golden file, or writes it.
pub(crate) fn check(app: &Application, bless: bool) -> Result<()> {
    let (now, path) = (read_all(app)?, file(app));
    if bless {
        let text = format!(
            "# Imports, exports and sizes of the components. Written by `cargo xtask surface --bless`.\n\n{}",
            toml::to_string_pretty(&now)?
        );
        return std::fs::write(&path, text).with_context(|| path.display().to_string());
    }
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let golden: Golden = toml::from_str(&text).with_context(|| path.display().to_string())?;
    let differences = differences(&golden, &now);
    if !differences.is_empty() {
        bail!(
            "the components are not what wit/golden.toml says:\n{}\nIf that is meant: cargo xtask surface --bless",
            differences.join("\n")
        );
    }
    Ok(())
}

fn differences(golden: &Golden, now: &Golden) -> Vec<String> {
    let mut lines = Vec::new();
    let ids: BTreeSet<_> = golden.keys().chain(now.keys()).collect();
    for id in ids {
        let (Some(old), Some(new)) = (golden.get(id), now.get(id)) else {
            let what = if golden.contains_key(id) { "is gone" } else { "is new" };
            lines.push(format!("  {id} {what}"));
            continue;
        };
        for (kind, old, new) in
            [("import", &old.imports, &new.imports), ("export", &old.exports, &new.exports)]
        {
            lines.extend(new.difference(old).map(|name| format!("  {id}: new {kind} {name}")));
            lines.extend(old.difference(new).map(|name| format!("  {id}: {kind} {name} is gone")));
        }
        if new.size > LARGEST {
            lines.push(format!("  {id}: {} bytes, more than {LARGEST}", new.size));
        }
    }
    lines
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(crate) fn sizes(app: &Application) -> Result<()> {
    for (id, surface) in read_all(app)? {
        println!("{:>9} {id}", surface.size);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(size: u64, imports: &[&str]) -> Golden {
        let imports = imports.iter().map(|&name| name.to_owned()).collect();
        BTreeMap::from([("a".to_owned(), Surface { size, imports, exports: BTreeSet::new() })])
    }

    #[test]
    fn sizes_are_information_up_to_the_largest() {
        assert!(differences(&one(1000, &[]), &one(LARGEST, &[])).is_empty());
        assert_eq!(
            differences(&one(1000, &[]), &one(LARGEST + 1, &[])),
            ["  a: 3000001 bytes, more than 3000000"]
        );
    }

    #[test]
    fn imports_that_come_and_go_are_named() {
        let lines = differences(&one(1, &["old"]), &one(1, &["new"]));
        assert_eq!(lines, ["  a: new import new", "  a: import old is gone"]);
    }

    #[test]
    fn components_that_come_and_go_are_named() {
        assert_eq!(differences(&Golden::new(), &one(1, &[])), ["  a is new"]);
        assert_eq!(differences(&one(1, &[]), &Golden::new()), ["  a is gone"]);
    }

    #[test]
    fn a_component_without_anything_has_an_empty_surface() {
        // The preamble of a component, and nothing else.
        let empty = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
        assert_eq!(surface(&empty).unwrap(), Surface { size: 8, ..Surface::default() });
    }
}
