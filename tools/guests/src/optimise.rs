//! Binaryen's `wasm-opt` over a built component: about a seventh smaller.
//!
//! `wasm-opt` reads core modules only, so the largest module of the component is taken out, optimised, and put back:
//! its imports and exports stay what they were, and nothing else in the component knows its content. The component's
//! custom sections, names for debuggers above all, are left out: no host needs them, and they are 10 kB.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use anyhow::{Context, Result, bail};

/// What rustc's `wasm32-wasip2` modules use; `wasm-opt` assumes none of it by itself.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];
/// The section ids of a custom section and of a core module in a component (component model, binary format).
const CUSTOM: u8 = 0;
const CORE_MODULE: u8 = 1;
/// The folder of what was optimised before. Its number changes with what is done here, else the old would be taken.
const KEPT: &str = "optimised-2";
/// The preamble of a component: magic, version, layer.
const PREAMBLE: usize = 8;

/// Whether `wasm-opt` can be run. Without it components are built all the same, only larger.
#[must_use]
pub fn can_optimise() -> bool {
    Command::new("wasm-opt").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Optimises the components in `files`, in their place. What was optimised before is taken from the folder
/// [`KEPT`] beside them.
pub(crate) fn optimise(files: &[PathBuf]) -> Result<()> {
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    let (mut rest, mut outcome) = (files, Ok(()));
    while !rest.is_empty() && outcome.is_ok() {
        let (now, later) = rest.split_at(at_once.min(rest.len()));
        rest = later;
        outcome = thread::scope(|scope| {
            let running: Vec<_> = now.iter().map(|file| scope.spawn(|| one(file))).collect();
            running.into_iter().try_for_each(|thread| match thread.join() {
                Ok(outcome) => outcome,
                Err(panic) => std::panic::resume_unwind(panic),
            })
        });
    }
    outcome
}

fn one(file: &Path) -> Result<()> {
    let (Some(folder), Some(name)) = (file.parent(), file.file_stem()) else { return Ok(()) };
    let kept = folder.join(KEPT);
    fs::create_dir_all(&kept).with_context(|| kept.display().to_string())?;
    let (before, after) = (kept.join(with(name, ".in.wasm")), kept.join(with(name, ".out.wasm")));
    let built = fs::read(file).with_context(|| file.display().to_string())?;
    if fs::read(&after).is_ok_and(|bytes| bytes == built) {
        return Ok(());
    }
    if !(after.is_file() && fs::read(&before).is_ok_and(|bytes| bytes == built)) {
        let smaller = smaller(&built, &kept, name).with_context(|| file.display().to_string())?;
        // In this order: what is cut off in between is begun again.
        let _ = fs::remove_file(&after);
        fs::write(&before, &built).with_context(|| before.display().to_string())?;
        replace(&after, &smaller)?;
    }
    replace(file, &fs::read(&after).with_context(|| after.display().to_string())?)
}

/// By a rename: cargo's own copy is the same file by another link, and a host may be reading this one.
fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    let fresh = file.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&fresh, bytes).with_context(|| fresh.display().to_string())?;
    fs::rename(&fresh, file).with_context(|| file.display().to_string())
}

fn smaller(component: &[u8], folder: &Path, name: &OsStr) -> Result<Vec<u8>> {
    let sections = sections(component)?;
    let module = largest_module(&sections)?;
    let (from, to) = (folder.join(with(name, ".core.wasm")), folder.join(with(name, ".small.wasm")));
    fs::write(&from, module.content(component)?).with_context(|| from.display().to_string())?;
    let output = Command::new("wasm-opt").arg("-Oz").args(FEATURES).arg(&from).arg("-o").arg(&to).output();
    let output = output.context("wasm-opt cannot be run")?;
    if !output.status.success() {
        bail!("wasm-opt failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let smaller = fs::read(&to).with_context(|| to.display().to_string())?;
    for file in [from, to] {
        fs::remove_file(&file).with_context(|| file.display().to_string())?;
    }
    without_customs(component, &sections, module, &smaller)
}

fn with(name: &OsStr, ending: &str) -> PathBuf {
    let mut name = name.to_owned();
    name.push(ending);
    name.into()
}

/// Where a section is in its component.
struct Section {
    id: u8,
    /// Its id byte.
    start: usize,
    /// The first byte of its content.
    content: usize,
    /// The byte after it.
    end: usize,
}

impl Section {
    fn content<'a>(&self, component: &'a [u8]) -> Result<&'a [u8]> {
        component.get(self.content..self.end).context("a section is longer than the component")
    }
}

fn sections(component: &[u8]) -> Result<Vec<Section>> {
    let (mut sections, mut start) = (Vec::new(), PREAMBLE);
    while let Some(id) = component.get(start) {
        let (size, content) = read_size(component, start + 1)?;
        let section = Section { id: *id, start, content, end: content + size };
        start = section.end;
        sections.push(section);
    }
    Ok(sections)
}

fn largest_module(sections: &[Section]) -> Result<&Section> {
    let modules = sections.iter().filter(|section| section.id == CORE_MODULE);
    modules
        .max_by_key(|module| module.end - module.content)
        .context("it has no core module: it is no component")
}

/// The component without its custom sections, and with `content` in the place of `module`.
fn without_customs(
    component: &[u8],
    sections: &[Section],
    module: &Section,
    content: &[u8],
) -> Result<Vec<u8>> {
    let mut whole = component.get(..PREAMBLE).context("the component is cut off")?.to_vec();
    for section in sections.iter().filter(|section| section.id != CUSTOM) {
        if section.start == module.start {
            whole.push(CORE_MODULE);
            write_size(&mut whole, content.len());
            whole.extend_from_slice(content);
        } else {
            let bytes = component.get(section.start..section.end);
            whole.extend_from_slice(bytes.context("a section is longer than the component")?);
        }
    }
    Ok(whole)
}

/// An unsigned LEB128 number, and where it ends.
fn read_size(bytes: &[u8], mut at: usize) -> Result<(usize, usize)> {
    let mut size = 0;
    for shift in (0..usize::BITS.min(35)).step_by(7) {
        let byte = *bytes.get(at).context("the component is cut off")?;
        at += 1;
        size |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok((size, at));
        }
    }
    bail!("a section's size has more than 32 bits")
}

fn write_size(bytes: &mut Vec<u8>, mut size: usize) {
    loop {
        let low = u8::try_from(size & 0x7f).unwrap_or_default();
        size >>= 7;
        if size == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREAMBLE_BYTES: [u8; PREAMBLE] = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

    fn component(sections: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = PREAMBLE_BYTES.to_vec();
        for (id, content) in sections {
            bytes.push(*id);
            write_size(&mut bytes, content.len());
            bytes.extend_from_slice(content);
        }
        bytes
    }

    #[test]
    fn the_largest_module_is_replaced_and_custom_sections_go() {
        let large = vec![7; 300];
        let before = component(&[
            (CUSTOM, b"name"),
            (CORE_MODULE, b"shim"),
            (CORE_MODULE, &large),
            (11, b"export"),
            (CUSTOM, b"producers"),
        ]);
        let sections = sections(&before).unwrap();
        let module = largest_module(&sections).unwrap();
        assert_eq!(module.content(&before).unwrap(), large);
        let after = without_customs(&before, &sections, module, b"smaller").unwrap();
        assert_eq!(after, component(&[(CORE_MODULE, b"shim"), (CORE_MODULE, b"smaller"), (11, b"export")]));
    }

    #[test]
    fn sizes_are_read_as_they_are_written() {
        for size in [0, 1, 127, 128, 16_383, 16_384, 755_233, u32::MAX as usize] {
            let mut bytes = Vec::new();
            write_size(&mut bytes, size);
            assert_eq!(read_size(&bytes, 0).unwrap(), (size, bytes.len()));
        }
        // As linkers write it when they do not know the size yet.
        assert_eq!(read_size(&[0x83, 0x80, 0x80, 0x80, 0x00], 0).unwrap(), (3, 5));
    }

    #[test]
    fn what_is_cut_off_or_no_component_is_said() {
        assert!(largest_module(&sections(&component(&[(CUSTOM, b"name")])).unwrap()).is_err());
        let cut = component(&[(CORE_MODULE, b"module")]);
        let cut = &cut[..cut.len() - 1];
        let sections = sections(cut).unwrap();
        assert!(largest_module(&sections).unwrap().content(cut).is_err());
        assert!(read_size(&[0xff; 6], 0).is_err());
    }
}
