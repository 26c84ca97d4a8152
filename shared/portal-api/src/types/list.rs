//! Pages.

use serde::Serialize;

/// A page of a list. It may be short or empty and still have `next`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "{T}Page"))]
pub struct List<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; `null` at the end.
    pub next: Option<String>,
}

/// A page of a feed: there is always a cursor to come back with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "{T}Feed"))]
pub struct Feed<T> {
    /// The items, oldest first.
    pub items: Vec<T>,
    /// What to send as `?after=` next time.
    pub next: String,
}
