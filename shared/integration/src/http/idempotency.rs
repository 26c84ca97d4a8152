//! POSTs that are sent again: the final answer is given again, and what was not finished goes on.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use iloq_client::io::Clock;
use portal_api::{
    Code, Problem,
    auth::Principal,
    names, query,
    routes::{Idempotency, Operation},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Answer, Head};
use crate::{platform::Platform, problem::Stop, state::Space};

/// How long a final answer is kept, in milliseconds. The contract asks for a day.
pub const KEPT_MS: i64 = 26 * 60 * 60 * 1000;

/// Where the records lie, below the global prefix.
pub const KEY_PREFIX: &str = "idem:";

/// A request as it is remembered.
#[derive(Debug, Serialize, Deserialize)]
pub struct Remembered {
    /// Hash of the body: the same key with another body is a mistake of the caller.
    pub body: String,
    /// When it was last seen, in milliseconds since the epoch.
    pub at: i64,
    /// The final answer, once there is one.
    pub answer: Option<RememberedAnswer>,
}

/// A final answer.
#[derive(Debug, Serialize, Deserialize)]
pub struct RememberedAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// What is known of a request at its start.
pub enum Kept {
    /// It has its final answer.
    Answer(Answer),
    /// It begins, or goes on; `None`: it has no key.
    GoOn(Option<Keeping>),
}

/// A request with a key that is being worked on.
pub struct Keeping {
    key: String,
    intent: String,
    body: String,
}

impl Keeping {
    /// Looks the request up and notes that it is being worked on.
    ///
    /// # Errors
    /// `idempotency-key-required`, `idempotency-key-reused`, or the store's failure.
    pub fn begin<P: Platform>(
        platform: &P,
        head: &Head,
        principal: Option<&Principal>,
        operation: &Operation,
        body: &[u8],
    ) -> Result<Kept, Problem> {
        let header = head.header("idempotency-key");
        let value = match (operation.idempotency, header) {
            (Idempotency::Ignored, _) | (Idempotency::Optional, None) => return Ok(Kept::GoOn(None)),
            (Idempotency::Required, None) => return Err(Problem::of(Code::IdempotencyKeyRequired)),
            (_, Some(value)) => {
                names::idempotency_key(value).ok_or_else(|| Problem::of(Code::IdempotencyKeyRequired))?
            }
        };
        let token = principal.map_or("", |p| p.name.as_str());
        let (path, _) = query::split(&head.path_and_query);
        let intent = hash(&[token, &head.method, path, value]);
        let keeping = Self { key: format!("{KEY_PREFIX}{intent}"), intent, body: hash_bytes(body) };
        let space = Space::global(platform.store());
        let known = space.get::<Remembered>(&keeping.key).map_err(|e| Stop::from(e).into_problem())?;
        match known {
            Some(known) if known.body != keeping.body => Err(Problem::of(Code::IdempotencyKeyReused)),
            Some(Remembered { answer: Some(answer), .. }) => {
                let replayed = Answer::kept(answer.status, answer.headers, answer.body.into_bytes());
                Ok(Kept::Answer(replayed.with_header("idempotency-replayed", "true")))
            }
            Some(_) => Ok(Kept::GoOn(Some(keeping))),
            None => {
                keeping.remember(platform, None).map_err(Stop::into_problem)?;
                Ok(Kept::GoOn(Some(keeping)))
            }
        }
    }

    /// Tells this request from others: equal if it is sent again.
    pub fn intent(&self) -> &str {
        &self.intent
    }

    /// Keeps the answer if it is final. If that can't be stored, a repeated request does the work again,
    /// which converges.
    pub fn end<P: Platform>(&self, platform: &P, outcome: &Result<Answer, Problem>, request_id: &str) {
        let made;
        let answer = match outcome {
            Ok(answer) if answer.status != 202 => answer,
            Err(problem) if is_final(problem) => {
                made = Answer::problem(problem, request_id);
                &made
            }
            _ => return,
        };
        if let Ok(body) = String::from_utf8(answer.body.clone()) {
            let kept = RememberedAnswer { status: answer.status, headers: answer.headers.clone(), body };
            let _ = self.remember(platform, Some(kept));
        }
    }

    fn remember<P: Platform>(&self, platform: &P, answer: Option<RememberedAnswer>) -> Result<(), Stop> {
        let at = platform.clock().now().timestamp_millis();
        let remembered = Remembered { body: self.body.clone(), at, answer };
        Ok(Space::global(platform.store()).put(&self.key, &remembered)?)
    }
}

fn is_final(problem: &Problem) -> bool {
    (400..500).contains(&problem.status())
        && !matches!(problem.code, Code::InProgress | Code::SystemSuspended)
}

fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(hasher.finalize())
}

fn hash_bytes(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}
