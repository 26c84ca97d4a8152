//! Packs `docs/openapi.json`, which one component serves from its own memory: without white space, deflated to
//! a seventh.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let variable = |name: &str| env::var(name).map_err(io::Error::other);
    let source = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("../../docs/openapi.json");
    println!("cargo::rerun-if-changed={}", source.display());
    let target = Path::new(&variable("OUT_DIR")?).join("openapi.min.deflate");
    let text = minify(&fs::read_to_string(source)?);
    fs::write(target, miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 10))
}

/// Drops white space outside strings.
fn minify(text: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    text.chars()
        .filter(|&c| {
            let keep = inside || !c.is_ascii_whitespace();
            if c == '"' && !escaped {
                inside = !inside;
            }
            escaped = inside && c == '\\' && !escaped;
            keep
        })
        .collect()
}
