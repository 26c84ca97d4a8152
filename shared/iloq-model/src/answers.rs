//! Answers that only wrap something.

use crate::record::record;
use crate::{CreateSessionResult, DateText, Key, LockLogData, PersonId, RightsMask, Secret};

record! {
    /// Answer of `POST CreateSession`.
    pub struct CreateSessionAnswer [
        /// Whether the login succeeded; the HTTP status does not say so.
        result: CreateSessionResult = "Result",
    ] {
        /// The session id, if it succeeded.
        secret session_id: Secret = "SessionID",
    }
}

record! {
    /// Answer of `POST SetLockgroup`.
    pub struct SetLockGroupAnswer [
        /// What the API user may do.
        rights: RightsMask = "RightsMask",
    ] {}
}

record! {
    /// Answer of `POST Persons`.
    pub struct InsertedPersons [] {
        /// The ids of the new persons.
        listed ids: PersonId = "PersonIds",
    }
}

record! {
    /// Answer of `GET Persons/{id}/Keys`.
    pub struct KeysOfPerson [] {
        /// The keys.
        listed keys: Key = "Keys",
    }
}

record! {
    /// Answer of the two calls `GetLockLogDataBy…`.
    pub struct LockLogDataAnswer [] {
        /// The rows.
        listed rows: LockLogData = "LockLogs",
        /// From when on (UTC).
        nullable from: DateText = "StartDateUtc",
        /// Until when (UTC).
        nullable until: DateText = "EndDateUtc",
    }
}
