//! From iLOQ's answers to what the operations give back.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use iloq_model::{LockLogData, LockLogDataAnswer};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;

use crate::bodies::LogWindow;
use crate::call::Call;
use crate::decode::decode;
use crate::io::{Clock, Random, SessionKeeper, Transport};
use crate::{Client, Error, ErrorKind, Lookup};

impl<T: Transport, C: Clock, R: Random, K: SessionKeeper> Client<T, C, R, K> {
    pub(crate) async fn answer<A: DeserializeOwned>(&self, call: Call) -> Result<A, Error> {
        let body = self.call(&call).await?;
        decode(call.operation, &body)
    }

    pub(crate) async fn read<A: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: impl Into<String>,
    ) -> Result<A, Error> {
        self.answer(Call::get(operation, path)).await
    }

    pub(crate) async fn list<A: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
    ) -> Result<Vec<A>, Error> {
        self.answer(Call::get(operation, path).listing()).await
    }

    /// A write whose answer has nothing to say: any 2xx will do.
    pub(crate) async fn write(&self, call: Call) -> Result<(), Error> {
        self.call(&call).await.map(drop)
    }

    /// One entity by its id. Null is iLOQ's word that there is none; another id than the one asked for is not.
    pub(crate) async fn entity<A: DeserializeOwned, I: Display + PartialEq>(
        &self,
        operation: &'static str,
        path: String,
        id: I,
        id_of: impl FnOnce(&A) -> I,
    ) -> Result<Lookup<A>, Error> {
        let answer = self.read(operation, path).await.map(Lookup::Found);
        match absent_or(answer, &id.to_string())? {
            Lookup::Found(Some(found)) if id_of(&found) == id => Ok(Lookup::Found(found)),
            Lookup::Found(Some(_)) => {
                Err(ErrorKind::Unexpected { operation, detail: "it is about another id".to_owned() }.into())
            }
            Lookup::Found(None) | Lookup::Absent => Ok(Lookup::Absent),
        }
    }

    pub(crate) async fn log(
        &self,
        operation: &'static str,
        path: &str,
        from: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<Vec<LockLogData>, Error> {
        let window = LogWindow { start_date_utc: from.map(Into::into), end_date_utc: until.map(Into::into) };
        let answer: LockLogDataAnswer = self.answer(Call::ask(operation, path, &window)?.listing()).await?;
        Ok(answer.rows)
    }
}

/// Turns iLOQ's word that `id` does not exist into an outcome.
pub(crate) fn absent_or<A>(result: Result<Lookup<A>, Error>, id: &str) -> Result<Lookup<A>, Error> {
    match result {
        Err(error) if error.says_absent(id) => Ok(Lookup::Absent),
        result => result,
    }
}

/// All that a value in a query may not hold as it is: the unreserved characters of RFC 3986 remain.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a value for a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, IN_QUERY).to_string()
}
