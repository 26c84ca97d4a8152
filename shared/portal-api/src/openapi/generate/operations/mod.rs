//! What the document says of each operation beside its row in the route table.

mod keys;
mod logs;
mod operation;
mod phones;
mod structure;
mod systems;
mod users;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use crate::{Code, Feed, ItemsAnswer, List, Run};

/// Gives the schema of a type, by its name where it has one.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The codes that a call of any component that asks iLOQ can end with.
const ILOQ: &[Code] = &[
    Code::SystemSuspended,
    Code::LockGroupChoiceNeeded,
    Code::IloqLoginRefused,
    Code::IloqRightsMissing,
    Code::IloqRefused,
    Code::IloqUnexpectedAnswer,
    Code::IloqUnavailable,
];

/// What is said of an operation.
pub(super) struct OperationDoc {
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) text: &'static str,
    pub(super) body: Option<SchemaOf>,
    pub(super) answers: Vec<AnswerDoc>,
    pub(super) problems: Vec<Code>,
}

/// An answer that is a success.
pub(super) struct AnswerDoc {
    pub(super) status: u16,
    pub(super) text: &'static str,
    pub(super) schema: Option<SchemaOf>,
    /// Media types that are text, and what they hold.
    pub(super) texts: Vec<(&'static str, &'static str)>,
    /// Whether the header `Location` tells where the run can be watched.
    pub(super) location: bool,
}

/// All operations of the document.
pub(super) fn all() -> impl Iterator<Item = OperationDoc> {
    [
        systems::operations(),
        structure::operations(),
        users::operations(),
        keys::operations(),
        phones::operations(),
        logs::operations(),
        operation::operations(),
    ]
    .into_iter()
    .flatten()
}

impl OperationDoc {
    fn named(id: &'static str, summary: &'static str) -> Self {
        Self { id, summary, text: "", body: None, answers: Vec::new(), problems: Vec::new() }
    }

    fn text(mut self, text: &'static str) -> Self {
        self.text = text;
        self
    }

    fn body<T: JsonSchema>(mut self) -> Self {
        self.body = Some(|generator| generator.subschema_for::<T>());
        self
    }

    fn answer<T: JsonSchema>(self, status: u16, text: &'static str) -> Self {
        self.with(status, text, Some(|generator| generator.subschema_for::<T>()))
    }

    /// 200 with a page of a list.
    fn page<T: JsonSchema>(self) -> Self {
        self.answer::<List<T>>(200, "A page.")
    }

    /// 200 with a page of a feed.
    fn feed<T: JsonSchema>(self) -> Self {
        self.answer::<Feed<T>>(200, "A page.")
    }

    /// 200, or 207 if an item failed, with what was done with each key.
    fn items(self) -> Self {
        self.answer::<ItemsAnswer>(200, "What was done with each key.")
            .answer::<ItemsAnswer>(207, "At least one item failed.")
    }

    /// The same of one key.
    fn item(self) -> Self {
        self.answer::<ItemsAnswer>(200, "What was done with the key.")
            .answer::<ItemsAnswer>(207, "The item failed.")
    }

    /// 202: the time of the call did not suffice, and the run goes on later.
    fn cut<T: JsonSchema>(self, text: &'static str) -> Self {
        let mut doc = self.answer::<T>(202, text);
        doc.answers
            .iter_mut()
            .filter(|answer| answer.status == 202)
            .for_each(|answer| answer.location = true);
        doc
    }

    /// 204.
    fn done(self, text: &'static str) -> Self {
        self.with(204, text, None)
    }

    /// 200 with text alone.
    fn text_answer(self, text: &'static str, media: &'static str) -> Self {
        self.with(200, text, None).also(media, text)
    }

    /// The answer before in another form, as text.
    fn also(mut self, media: &'static str, text: &'static str) -> Self {
        self.answers.iter_mut().for_each(|answer| answer.texts.push((media, text)));
        self
    }

    /// What any call can end with that asks iLOQ.
    fn iloq(self) -> Self {
        self.problems(ILOQ)
    }

    fn problems(mut self, codes: &[Code]) -> Self {
        self.problems.extend(codes);
        self
    }

    fn with(mut self, status: u16, text: &'static str, schema: Option<SchemaOf>) -> Self {
        self.answers.push(AnswerDoc { status, text, schema, texts: Vec::new(), location: false });
        self
    }
}

/// A run that the time of the call did not suffice for.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct IncompleteRun {
    /// The run.
    run: Run,
}

/// An OpenAPI document.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct OpenApiDocument(Map<String, Value>);
