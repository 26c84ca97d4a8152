//! One table of every path of the API: who owns it, and what each method needs.

mod component;
mod find;
mod table;

pub use component::{BUILT, BUILT_JOBS, Component, Job};
pub use find::{Match, find, find_among};
pub use table::ROUTES;

use crate::auth::Scope;
use crate::words::words;

words! {
    /// The verbs that some path takes. Others are 405 everywhere.
    Method {
        /// Reads.
        Get = "GET",
        /// Starts something; takes an idempotency key.
        Post = "POST",
        /// Saves; converges when repeated.
        Put = "PUT",
        /// Removes; converges when repeated.
        Delete = "DELETE",
    }
}

/// A path and what can be done at it.
#[derive(Debug)]
pub struct Route {
    /// The path with `{name}` for each parameter.
    pub template: &'static str,
    /// The component that owns the path.
    pub component: Component,
    /// One operation for each method.
    pub operations: &'static [Operation],
}

/// One method at one path.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The verb.
    pub method: Method,
    /// The name of the operation in the OpenAPI document, and of the action in the audit trail.
    pub id: &'static str,
    /// Who may call it.
    pub access: Access,
    /// What is done with the body.
    pub body: Body,
    /// Whether an idempotency key is taken.
    pub idempotency: Idempotency,
    /// The query parameters it takes, apart from `token`.
    pub query: &'static [Parameter],
    /// Exists only while the variable `jobs_by_get` is `true`; a token of scope `jobs` may then come as `?token=`.
    pub by_get: bool,
}

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Whoever signs the body: iLOQ's webhook.
    Signed,
    /// A token of this scope or a wider one.
    Token(Scope),
}

/// What is done with a request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// It is ignored.
    None,
    /// It is one JSON object; an empty one is `{}`.
    Json,
    /// It is taken as it came.
    Raw,
}

/// What is done with the header `Idempotency-Key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// Ignored.
    Ignored,
    /// Taken if it is there.
    Optional,
    /// Needed: without it 400 `idempotency-key-required`.
    Required,
}

/// A query parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its form.
    pub form: Form,
}

/// The form of a query parameter's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A whole number from 1 to 1000 (100).
    Limit,
    /// An opaque cursor.
    Cursor,
    /// `true` or `false` (`false`).
    Flag,
    /// Any text, up to 200 characters.
    Text,
    /// One of some words, which the operation checks.
    Word,
    /// A moment in RFC 3339.
    Moment,
}
