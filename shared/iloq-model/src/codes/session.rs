//! Codes around signing in.

use super::codes;

codes! {
    /// `Result` of `CreateSession` (table `CreateSessionResultType`). Only 1 is success, whatever the HTTP status.
    pub enum CreateSessionResult {
        NotSet = 0, "no result was set";
        Ok = 1, "signed in";
        InterfaceVersion = 2, "the server does not accept this version of the interface";
        HttpsRequired = 3, "the server wants HTTPS";
        Updating = 4, "the server's database is being updated, nobody can sign in for now";
        WrongCredentials = 5, "the user name, the password or the service code is wrong";
        DatabaseTooOld = 6, "the database is too old for this server: the service address is probably wrong";
        LockedNow = 7, "too many failed attempts: the account has just been locked";
        Locked = 8, "the account is locked, the attempt was not looked at";
        PasswordExpired = 9, "the password has expired or has to be changed";
        Cancelled = 10, "the user cancelled the single sign-on";
        DatabaseTooNew = 11, "the database is too new for this server: the service address is probably wrong";
    }

    /// `LockGroup.State`.
    pub enum LockGroupState {
        InUse = 0, "in use";
        NotInUse = 1, "not in use";
    }
}

impl CreateSessionResult {
    /// Whether another attempt with the same credentials can only do harm (it may prolong a lock-out).
    #[must_use]
    pub fn must_not_be_retried(self) -> bool {
        matches!(self, Self::WrongCredentials | Self::LockedNow | Self::Locked | Self::PasswordExpired)
    }
}
