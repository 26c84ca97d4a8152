//! Request bodies: JSON without surprises, read member by member so that all that is wrong is told at once.

mod patch;
mod reader;
mod strict;

pub use patch::Patch;
pub use reader::{Fault, Reader, Wrong};
pub use strict::{check_content_type, parse_object};

/// A name from a request, cut so that it can be repeated in an answer.
#[must_use]
pub fn shorten(name: &str) -> String {
    const MOST: usize = 64;
    let mut short: String =
        name.chars().take(MOST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if name.chars().count() > MOST {
        short.push('…');
    }
    short
}

/// RFC 6901: `~` and `/` inside a member's name are escaped.
#[must_use]
pub fn escape_pointer(name: &str) -> String {
    shorten(name).replace('~', "~0").replace('/', "~1")
}
