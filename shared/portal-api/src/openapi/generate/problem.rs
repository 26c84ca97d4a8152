//! Schemas of problems: they are written member by member, so their shape is told here.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::{Candidate, Code, FieldError, IloqCause, Problem};

/// A problem inside an item: all members of a problem but `requestId`.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
struct ItemProblem {
    /// `urn:iloq-functions:problem:` and the code.
    r#type: String,
    /// What the code says, for people.
    title: String,
    /// The HTTP status.
    status: u16,
    /// The stable code.
    code: Code,
    /// For people: what happened and what to do next.
    detail: String,
    /// Whether the same request may succeed later without anybody changing anything.
    retryable: bool,
    /// The members that are wrong.
    #[schemars(default, skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<FieldError>>,
    /// What iLOQ answered.
    #[schemars(default, skip_serializing_if = "Option::is_none")]
    iloq: Option<IloqCause>,
    /// Of a `user-conflict`: the persons that could be the user.
    #[schemars(default, skip_serializing_if = "Option::is_none")]
    candidates: Option<Vec<Candidate>>,
    /// Of an `unknown-user`: the id under which the portal adopted the user.
    #[schemars(default, skip_serializing_if = "Option::is_none")]
    moved_to: Option<String>,
}

/// An answer that is no success (RFC 9457).
#[derive(JsonSchema)]
#[schemars(rename = "Problem", rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct Answered {
    #[schemars(flatten)]
    problem: ItemProblem,
    /// The id of the request, as in the header `X-Request-Id`.
    request_id: String,
}

impl JsonSchema for Problem {
    fn schema_name() -> Cow<'static, str> {
        ItemProblem::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        ItemProblem::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        ItemProblem::json_schema(generator)
    }
}
