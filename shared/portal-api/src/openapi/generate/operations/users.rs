//! Users, and what changed.

use super::{IncompleteRun, OperationDoc};
use crate::openapi::generate::requests::{ResolveRequest, SyncUsersRequest, UserInput};
use crate::{Change, Code, DeleteAnswer, SyncAnswer, User};

pub(super) fn operations() -> Vec<OperationDoc> {
    vec![
        OperationDoc::named("listUsers", "Users")
            .text("`state` is one of `linked`, `pending`, `conflict`, `gone`, `undeletable`; `q` is a part of a \
                 name, an address or an id.")
            .page::<User>(),
        OperationDoc::named("getUser", "A user")
            .text("The id of an adopted user answers 404 with `movedTo`.")
            .answer::<User>(200, "The user.")
            .problems(&[Code::UnknownUser]),
        OperationDoc::named("putUser", "Save a user here and in iLOQ")
            .text("A member that is left out stays as it is; `null` (or an empty text) clears it. A new user needs \
                 a first or a last name. With `iloqPersonId` the portal adopts a user that a sync found in iLOQ. \
                 If iLOQ can't be reached or the system is suspended, the user is kept and written by the jobs \
                 (202).")
            .body::<UserInput>()
            .answer::<User>(200, "Saved.")
            .answer::<User>(201, "New and saved.")
            .answer::<User>(202, "Kept here; iLOQ follows (`pending`).")
            .iloq()
            .problems(&[Code::InvalidEmail, Code::InvalidPhoneNumber, Code::UserConflict]),
        OperationDoc::named("deleteUser", "Delete a user here and in iLOQ")
            .answer::<DeleteAnswer>(200, "What became of it.")
            .answer::<DeleteAnswer>(202, "Deleted here; iLOQ follows (`pending`).")
            .iloq()
            .problems(&[Code::UnknownUser]),
        OperationDoc::named("syncUsers", "Full two-way sync of users")
            .text("Needs `infoFields.email` in the settings (a name, or `null`). One user's failure stops nobody \
                 else and is tried again alone. Answers all items but the unchanged, at most 1,000; the rest is \
                 at `/v1/systems/{system}/runs/{run}/items`. If the removal brake holds removals the run is \
                 `halted`, and `allowRemovals` with its id lets exactly those through.")
            .body::<SyncUsersRequest>()
            .answer::<SyncAnswer>(200, "To the end, or halted.")
            .cut::<IncompleteRun>("Cut by the time limit; the next call or the job goes on.")
            .iloq()
            .problems(&[Code::SetupIncomplete, Code::UnknownRun]),
        OperationDoc::named("resolveUser", "Decide a conflict")
            .body::<ResolveRequest>()
            .answer::<User>(200, "The user as it is now.")
            .answer::<User>(202, "Decided; iLOQ follows (`pending`).")
            .iloq()
            .problems(&[Code::UnknownUser, Code::UserConflict]),
        OperationDoc::named("listChanges", "What runs found and the portal has to apply")
            .text("At least once, in order for each user or key, kept 30 days.")
            .feed::<Change>()
            .problems(&[Code::CursorExpired]),
    ]
}
