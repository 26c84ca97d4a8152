//! What can be wrong with JSON.

use std::fmt;

use serde::de::{Expected, Unexpected};

/// What is wrong, in general.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is not JSON.
    Syntax,
    /// It ends too early.
    CutOff,
    /// Something follows it.
    Trailing,
    /// It is JSON, but has not the form that was expected.
    Form,
}

/// JSON that can't be read. One pointer, so that results stay small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    kind: Kind,
    /// From the outside in: `.name` and `[3]`.
    path: String,
    detail: String,
}

impl Error {
    #[cold]
    pub(crate) fn new(kind: Kind, detail: String) -> Self {
        Self(Box::new(Inner { kind, path: String::new(), detail }))
    }

    /// The same error, seen from the object whose member `name` it is about.
    #[cold]
    pub(crate) fn in_member(mut self, name: &str) -> Self {
        self.0.path = format!(".{name}{}", self.0.path);
        self
    }

    /// The same error, seen from the list whose element `index` it is about.
    #[cold]
    pub(crate) fn in_element(mut self, index: usize) -> Self {
        self.0.path = format!("[{index}]{}", self.0.path);
        self
    }

    /// What is wrong, in general: says nothing of the content.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }
}

/// Stands between path and detail of an error that passes through another's: no text of ours has it.
const BETWEEN: char = '\u{1f}';

/// An error on its way through a reader that knows nothing of paths.
pub(crate) struct WithPath(pub(crate) Error);

impl fmt::Display for WithPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.0.path.as_str() {
            "" => out.write_str(&self.0.0.detail),
            path => write!(out, "{path}{BETWEEN}{}", self.0.0.detail),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.path.as_str() {
            "" => out.write_str(&self.0.detail),
            path => write!(out, "{}: {}", path.trim_start_matches('.'), self.0.detail),
        }
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    #[cold]
    fn custom<T: fmt::Display>(detail: T) -> Self {
        let text = detail.to_string();
        match text.split_once(BETWEEN) {
            // Of an object that was read by its members (`WithPath`).
            Some((path, detail)) => {
                Self(Box::new(Inner { kind: Kind::Form, path: path.to_owned(), detail: detail.to_owned() }))
            }
            None => Self::new(Kind::Form, text),
        }
    }

    #[cold]
    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("invalid type: {}, expected {expected}", Found(unexpected)))
    }

    #[cold]
    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("invalid value: {}, expected {expected}", Found(unexpected)))
    }
}

/// Serde's words for what was found, but without the number of a float: writing one takes 20 kB of code.
struct Found<'a>(Unexpected<'a>);

impl fmt::Display for Found<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Unexpected::Bool(value) => write!(out, "boolean `{value}`"),
            Unexpected::Signed(value) => write!(out, "integer `{value}`"),
            Unexpected::Unsigned(value) => write!(out, "integer `{value}`"),
            Unexpected::Float(_) => out.write_str("floating point number"),
            Unexpected::Str(text) => write!(out, "string {text:?}"),
            Unexpected::Seq => out.write_str("sequence"),
            Unexpected::Map => out.write_str("map"),
            Unexpected::Other(what) => out.write_str(what),
            _ => out.write_str("something else"),
        }
    }
}
