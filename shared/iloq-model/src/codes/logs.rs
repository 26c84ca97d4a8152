//! Codes of the audit trail and of webhooks.

use super::codes;

codes! {
    /// `LockStateConfirmation.KeyHolderResponse` (table `KeyHolderResponseType`).
    pub enum KeyHolderResponse {
        None = 0, "no answer yet";
        Opened = 1, "the holder says the lock was opened";
        Closed = 2, "the holder says the lock was closed";
        NeverAnswered = 3, "the holder never answered";
    }

    /// State of a webhook payload (table `EventState`).
    pub enum PayloadState {
        Created = 1, "about to be sent";
        Delivered = 2, "delivered";
        Retrying = 3, "sent without success, will be sent again";
        GivenUp = 4, "given up after too many attempts";
    }
}
