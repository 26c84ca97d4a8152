//! The body of `POST …/keys/{key}/replace`.

use iloq_model::KeyId;
use serde_json::{Map, Value};

use crate::json::Reader;
use crate::problem::Problem;
use crate::types::rules::id;

/// Which key takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplaceKey {
    /// The free key that gets rights and limits of the old one.
    pub new_key_id: KeyId,
    /// Whether the old key goes on the block list; `true` unless the request says otherwise.
    pub block_old: bool,
}

impl ReplaceKey {
    /// Reads and checks the body.
    ///
    /// # Errors
    /// 422 with one error for each wrong member.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::new(body);
        let new_key = reader.text("newKeyId", id);
        let new_key = reader.need("newKeyId", new_key);
        let block_old = reader.flag_or("blockOld", true);
        reader.finish(new_key.map(|new_key_id| Self { new_key_id, block_old }))
    }

    /// Whether the new key is another one than `old`, the one in the path.
    ///
    /// # Errors
    /// 422 `invalid-request` that points at `newKeyId`.
    pub fn check(&self, old: KeyId) -> Result<(), Problem> {
        if self.new_key_id == old {
            Err(Problem::invalid("/newKeyId", "must be another key than the one that is replaced"))
        } else {
            Ok(())
        }
    }
}
