//! The answers that are no success, shared by all operations that have the same ones.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::operation::{path_parameters, reference};
use super::operations::OperationDoc;
use crate::problem::Code;
use crate::routes::{Access, Body, Idempotency, Operation, Route};

/// The shared answers: which codes each of them can have.
#[derive(Default)]
pub(super) struct Problems {
    known: Vec<(u16, Vec<Code>)>,
}

impl Problems {
    /// One answer for each status that a problem of this operation can have.
    pub(super) fn responses(
        &mut self,
        route: &Route,
        operation: &Operation,
        doc: &OperationDoc,
    ) -> Map<String, Value> {
        let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        for code in codes(route, operation, doc) {
            by_status.entry(code.status()).or_default().push(code);
        }
        let mut responses = Map::new();
        for (status, codes) in by_status {
            responses.insert(status.to_string(), reference("responses", &self.name(status, codes)));
        }
        responses
    }

    /// The name of the shared answer: the status, and a number if there are several of it.
    fn name(&mut self, status: u16, codes: Vec<Code>) -> String {
        let same = |known: &(u16, Vec<Code>)| known.0 == status && known.1 == codes;
        let index = self.known.iter().position(same).unwrap_or_else(|| {
            self.known.push((status, codes));
            self.known.len() - 1
        });
        self.name_of(index)
    }

    fn name_of(&self, index: usize) -> String {
        let status = self.known.get(index).map_or(0, |known| known.0);
        let number = self.known.iter().take(index).filter(|known| known.0 == status).count() + 1;
        if number == 1 { format!("Problem{status}") } else { format!("Problem{status}-{number}") }
    }

    /// The shared answers, for the components of the document; `schema` is that of a problem.
    pub(super) fn into_components(self, schema: &Value) -> Map<String, Value> {
        let names = (0..self.known.len()).map(|index| self.name_of(index));
        names
            .zip(&self.known)
            .map(|(name, (status, codes))| (name, problem(*status, codes, schema)))
            .collect()
    }
}

/// The codes that an operation can end with: those of all its like, and those that are said of it.
fn codes(route: &Route, operation: &Operation, doc: &OperationDoc) -> BTreeSet<Code> {
    let mut codes = BTreeSet::from([Code::Internal]);
    if matches!(operation.access, Access::Token(_)) {
        codes.extend([Code::Unauthenticated, Code::InsufficientScope, Code::StoreUnavailable]);
    }
    let signed = operation.access == Access::Signed;
    if signed {
        codes.extend([Code::Unauthenticated, Code::BodyTooLarge, Code::StoreUnavailable]);
    }
    let mut inner = path_parameters(route);
    if inner.any(|name| name == "system") && operation.id != "putSystem" && !signed {
        codes.insert(Code::UnknownSystem);
    }
    if path_parameters(route).next().is_some() {
        codes.insert(Code::NotFound);
    }
    if operation.body == Body::Json {
        codes.extend([
            Code::MalformedJson,
            Code::BodyTooLarge,
            Code::UnsupportedMediaType,
            Code::InvalidRequest,
        ]);
    }
    // A parameter that the operation does not know, at least.
    if !signed {
        codes.insert(Code::InvalidRequest);
    }
    match operation.idempotency {
        Idempotency::Ignored => {}
        Idempotency::Optional => codes.extend([Code::IdempotencyKeyReused, Code::InProgress]),
        Idempotency::Required => {
            codes.extend([Code::IdempotencyKeyRequired, Code::IdempotencyKeyReused, Code::InProgress]);
        }
    }
    codes.extend(&doc.problems);
    codes
}

fn problem(status: u16, codes: &[Code], schema: &Value) -> Value {
    let lines: Vec<String> =
        codes.iter().map(|code| format!("`{}`: {}.", code.name(), code.title())).collect();
    let mut headers = Map::new();
    headers.insert("X-Request-Id".into(), reference("headers", "requestId"));
    if codes.iter().any(|code| code.retry_after().is_some()) {
        headers.insert("Retry-After".into(), reference("headers", "retryAfter"));
    }
    if status == 401 {
        headers.insert("WWW-Authenticate".into(), reference("headers", "authenticate"));
    }
    json!({
        "description": lines.join("\n\n"),
        "headers": headers,
        "content": { "application/problem+json": { "schema": schema } },
    })
}
