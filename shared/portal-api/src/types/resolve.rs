//! The body of `POST …/users/{user}/resolve`.

use iloq_model::PersonId;
use serde_json::{Map, Value};

use super::rules::id;
use crate::json::Reader;
use crate::problem::Problem;

/// How a conflict is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolveRequest {
    /// The user is this person.
    Link(PersonId),
    /// The user is none of them: a new person is made.
    Create,
}

impl ResolveRequest {
    /// Reads and checks the body: either `personId` or `create: true`.
    ///
    /// # Errors
    /// 422 with one error for each wrong member.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::new(body);
        let person = reader.text("personId", id).value();
        let create = reader.flag("create");
        let request = match (person, create) {
            (Some(person), false) => Some(Self::Link(person)),
            (None, true) => Some(Self::Create),
            _ => None,
        };
        if request.is_none() && reader.is_clean() {
            reader.refuse("", "give either personId or create: true".into());
        }
        reader.finish(request)
    }
}
