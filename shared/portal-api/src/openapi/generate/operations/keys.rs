//! Keys and their rights.

use super::OperationDoc;
use crate::openapi::generate::requests::{AttachKeys, PutAccessRights, PutKeys, RefreshKeys, ReplaceKey};
use crate::{Code, KeyView, RefreshAnswer};

pub(super) fn operations() -> Vec<OperationDoc> {
    vec![
        OperationDoc::named("listKeys", "Keys")
            .text("Read from iLOQ now; rights as they were last refreshed, or read now with `user`. `type` is one \
                 of `key`, `fob`, `mobile`, `tag`; `available=true` leaves only keys that nobody has and that are \
                 not hidden, deleted, returned or on the block list; `user` leaves only that user's.")
            .page::<KeyView>()
            .iloq()
            .problems(&[Code::SetupIncomplete, Code::UnknownUser, Code::UserConflict]),
        OperationDoc::named("getKey", "A key")
            .text("Read from iLOQ now, with its rights.")
            .answer::<KeyView>(200, "The key.")
            .iloq()
            .problems(&[Code::UnknownKey]),
        OperationDoc::named("refreshKeys", "Read keys from iLOQ anew")
            .text("At most 50 keys by their ids, or all of one user's. An order that waits is tried again.")
            .body::<RefreshKeys>()
            .answer::<RefreshAnswer>(200, "The keys.")
            .answer::<RefreshAnswer>(207, "At least one could not be read.")
            .iloq()
            .problems(&[Code::SetupIncomplete, Code::UnknownUser, Code::UserConflict]),
        OperationDoc::named("replaceKey", "Let another key take over")
            .text("Copies rights and limits of the key in the path to a free key, attaches that to the same user \
                 and orders it. Then the old key goes on the block list, unless `blockOld` is false.")
            .body::<ReplaceKey>()
            .items()
            .iloq()
            .problems(&[Code::KeyAttachedToAnotherUser, Code::KeyUnmodifiable, Code::UnknownKey, Code::UserBlocked]),
        OperationDoc::named("attachKeys", "Give keys to a user")
            .text("The API rights of each key are then exactly these, and that is ordered. The user's other keys \
                 stay. What is wrong with one key fails that item alone.")
            .body::<AttachKeys>()
            .items()
            .iloq()
            .problems(&[Code::SetupIncomplete, Code::UnknownUser, Code::UserBlocked, Code::UserConflict]),
        OperationDoc::named("putUserKeys", "Say which keys of a type a user has")
            .text("Exactly these keys of the type, each with exactly these API rights; the user's other keys of the \
                 type are taken away. Keys of other types stay; one that is named fails its item with \
                 `invalid-request`.")
            .body::<PutKeys>()
            .items()
            .iloq()
            .problems(&[Code::SetupIncomplete, Code::UnknownUser, Code::UserBlocked, Code::UserConflict]),
        OperationDoc::named("detachKey", "Take a key away from a user")
            .text("Its API rights go, that is ordered, then it is detached. A phone key is returned, or deleted if \
                 it was never programmed; if iLOQ allows neither, the outcome is `pending`, its API rights are \
                 taken off and that is ordered, and the jobs try again; `effective` is there once the order is \
                 placed. Allowed for a blocked user, too.")
            .item()
            .iloq()
            .problems(&[Code::SetupIncomplete, Code::UnknownKey, Code::UnknownUser, Code::UserConflict]),
        OperationDoc::named("listDrift", "Keys whose wanted and programmed rights differ")
            .text("Longest first, as last refreshed. Keys on the block list are not among them.")
            .page::<KeyView>()
            .iloq(),
        OperationDoc::named("putAccessRights", "Say which API rights a user's keys have")
            .text("Exactly these API rights on each key that is named, as far as the API user sees them, and that \
                 is ordered. Rights of other types, limits, and what lies outside the API user's zones stay.")
            .body::<PutAccessRights>()
            .items()
            .iloq()
            .problems(&[Code::SetupIncomplete, Code::UnknownUser, Code::UserBlocked, Code::UserConflict]),
    ]
}
