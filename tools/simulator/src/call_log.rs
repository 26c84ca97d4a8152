//! What was asked, and what came of it.

use std::collections::BTreeMap;

use hyper::body::Bytes;
use serde::Serialize;

/// One request and its answer. Passwords are never kept: CreateSession's body is left out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CallEntry {
    /// Counts from 1.
    pub sequence: u64,
    /// When it came in, UTC, by the simulator's clock.
    pub at: String,
    /// The operation's name in iLOQ's document; empty if the path led nowhere.
    pub operation: &'static str,
    /// The verb.
    pub method: String,
    /// Path and query as sent.
    pub path: String,
    /// The ids in the path, then those of the entity in the body.
    pub ids: Vec<String>,
    /// The status that the operation gave, before a fault changed the answer.
    pub status: u16,
    /// The session id that was sent.
    pub session: Option<String>,
    /// The size of the request's body in bytes.
    pub request_bytes: usize,
    /// The size of the answer's body in bytes.
    pub answer_bytes: usize,
    /// How many requests were being answered when this one came in, itself included.
    pub in_flight: usize,
    /// Whether it was a write that took effect.
    pub effect: bool,
    /// The fault that was put on it.
    pub fault: Option<String>,
    /// The `traceparent` header.
    pub traceparent: Option<String>,
    /// The body as text; `None` for CreateSession.
    #[serde(skip)]
    pub body: Option<Bytes>,
}

/// All calls since the start or the last reset.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallLog {
    entries: Vec<CallEntry>,
    counts: BTreeMap<&'static str, u64>,
    effects: BTreeMap<&'static str, u64>,
    max_in_flight: usize,
    sequence: u64,
}

/// Calls counted by operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// All calls.
    pub total: u64,
    /// Calls by operation name.
    pub calls: BTreeMap<&'static str, u64>,
    /// Writes that took effect, by operation name.
    pub effects: BTreeMap<&'static str, u64>,
    /// The most requests that were being answered at a time.
    pub max_in_flight: usize,
}

impl CallLog {
    pub(crate) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    pub(crate) fn push(&mut self, entry: CallEntry) {
        *self.counts.entry(entry.operation).or_default() += 1;
        if entry.effect {
            *self.effects.entry(entry.operation).or_default() += 1;
        }
        self.max_in_flight = self.max_in_flight.max(entry.in_flight);
        self.entries.push(entry);
    }

    pub(crate) fn entries(&self) -> &[CallEntry] {
        &self.entries
    }

    pub(crate) fn counters(&self) -> Counters {
        Counters {
            total: self.counts.values().sum(),
            calls: self.counts.clone(),
            effects: self.effects.clone(),
            max_in_flight: self.max_in_flight,
        }
    }

    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}
