//! Phone keys, limits in time, and blocking.

use super::OperationDoc;
use crate::openapi::generate::requests::{
    BlockUser, Nothing, PutLimits, ResendMobileKey, SendMobileKey, UnblockUser,
};
use crate::{BlockListEntry, Code, LimitsAnswer, LimitsView, MobileKeyAnswer};

pub(super) fn operations() -> Vec<OperationDoc> {
    vec![
        OperationDoc::named("sendMobileKey", "Make a phone key and send it")
            .text("What can be checked is checked before iLOQ is changed; that a phone number is in use only iLOQ \
                 knows, and then the half-made key is removed. `limits` are on the key before it is sent; a time \
                 that the clock shows twice is taken with a `warning`. If a step fails, the same call with the \
                 same `Idempotency-Key` goes on.")
            .body::<SendMobileKey>()
            .answer::<MobileKeyAnswer>(201, "The key, on its way to the phone.")
            .iloq()
            .problems(&[Code::InvalidEmail, Code::InvalidPhoneNumber, Code::InvalidTimeLimit, Code::LicenceLimit, Code::MissingContact, Code::NeedsManager, Code::NotAnApiRight, Code::OrderRefused, Code::PhoneNumberInUse, Code::SetupIncomplete, Code::TooManyLimits, Code::TooManyRights, Code::UnknownAccessRight, Code::UnknownUser, Code::UserBlocked, Code::UserConflict]),
        OperationDoc::named("resendMobileKey", "Send a phone key again")
            .text("A key that is programmed is only sent again with `force`, for a person with a new phone. If \
                 iLOQ's answer is lost, the item's outcome is `unknown`: it is not sent again by itself.")
            .body::<ResendMobileKey>()
            .answer::<MobileKeyAnswer>(200, "The key, with one more invitation counted.")
            .iloq()
            .problems(&[Code::AlreadyProgrammed, Code::InvalidEmail, Code::InvalidPhoneNumber, Code::MissingContact, Code::NeedsManager, Code::PhoneNumberInUse, Code::SetupIncomplete, Code::UnknownKey, Code::UserBlocked, Code::UserConflict]),
        OperationDoc::named("getLimits", "A key's limits in time")
            .text("Read from iLOQ now. What is answered can be put again.")
            .answer::<LimitsView>(200, "The limits.")
            .iloq()
            .problems(&[Code::UnknownKey]),
        OperationDoc::named("putLimits", "Limit a key in time")
            .text("A member that is left out stays as it is; `null` (or an empty list) removes the limit. Then the \
                 key is ordered. Weekly rows are copied from the time profile. Limits outside the API user's \
                 zones stay.\n\n\
                 Refused with `invalid-time-limit`: a start that is not before the end, a time that summer time \
                 skips, a time profile whose stored times are not on the quarter of an hour.")
            .body::<PutLimits>()
            .answer::<LimitsAnswer>(200, "The limits as they are now.")
            .answer::<LimitsAnswer>(207, "The item failed.")
            .iloq()
            .problems(&[Code::InvalidTimeLimit, Code::KeyUnmodifiable, Code::TooManyLimits, Code::UnknownKey, Code::UserBlocked]),
        OperationDoc::named("blockUser", "Block a user")
            .text("First the user is flagged, which stops all else that is on its way for the user. `leaver`: API \
                 rights go, that is ordered, and physical keys are detached, unless `keepKeys` is true. `lost`: \
                 physical keys with a right go on the block list, which is ordered; nothing else is done to them. \
                 Phone keys are returned in both cases; one that iLOQ keeps for now is emptied, and returned \
                 later. Repeating changes nothing.")
            .body::<BlockUser>()
            .items()
            .iloq()
            .problems(&[Code::SetupIncomplete, Code::UnknownUser, Code::UserConflict]),
        OperationDoc::named("unblockUser", "Unblock a user")
            .text("Keys come off the block list. `restore` gives back only what blocking took and is still missing, \
                 on keys that still exist and are free or the user's, with rights that can still be given. Phones \
                 need a new invitation.")
            .body::<UnblockUser>()
            .items()
            .iloq()
            .problems(&[Code::SetupIncomplete, Code::UnknownUser, Code::UserConflict]),
        OperationDoc::named("listBlockList", "The block list")
            .text("Read from iLOQ now: the keys that the API user sees.")
            .page::<BlockListEntry>()
            .iloq(),
        OperationDoc::named("blockKey", "Put a key on the block list")
            .text("Then the list is ordered. A key without any right can't be listed. A key that is on the list \
                 already is `unchanged`.")
            .body::<Nothing>()
            .item()
            .iloq()
            .problems(&[Code::KeyUnmodifiable, Code::UnknownKey]),
        OperationDoc::named("unblockKey", "Take a key off the block list")
            .text("Then the list is ordered. A key that is not on the list is `unchanged`.")
            .item()
            .iloq()
            .problems(&[Code::KeyUnmodifiable, Code::UnknownKey]),
    ]
}
