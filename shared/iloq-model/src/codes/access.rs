//! Codes of access rights.

use super::codes;

codes! {
    /// `SecurityAccess.Type` (table `PniSecurityAccessType`).
    pub enum AccessRightType {
        Key = 0, "made by iLOQ for a key on the block list";
        Standard = 1, "a standard right: changes need iLOQ Manager and a programming token";
        Mask = 2, "not in use";
        Api = 3, "an API right: changes can be ordered through the API";
    }

    /// `SecurityAccess.Status` (table `PniSecurityAccessStatus`).
    pub enum AccessRightStatus {
        Active = 0, "active";
        NotInUse = 1, "no longer in use";
        BlockListed = 2, "on the block list";
        BlockListedKey = 3, "on the block list because of a key";
        Blocked = 4, "blocked";
    }

    /// `SecurityAccess.AccessMode` (table `EnuSecurityAccessMode`).
    pub enum AccessMode {
        Visible = 0, "shown";
        Hidden = 1, "hidden";
    }

    /// Answer of `GET Keys/{id}/SecurityAccesses/CanAdd` (table `CanAddSecurityAccessLink`). Here 1 is the go-ahead.
    pub enum CanAddAccessRight {
        NotSet = 0, "no result was set";
        Ok = 1, "a right can be added";
        KeyUnmodifiable = 2, "the key cannot be changed, for example because it is on the block list";
        TooManyRights = 3, "the key has as many rights as it can hold";
    }

    /// Answer of `GET Keys/{id}/SecurityAccesses/{id}/CanDelete` (table `CanDeleteSecurityAccessLink`). Here 1 is the go-ahead.
    pub enum CanDeleteAccessRight {
        NotSet = 0, "no result was set";
        Ok = 1, "the right can be removed";
        KeyUnmodifiable = 2, "the key cannot be changed, for example because it is on the block list";
        NotOnKey = 3, "the key does not have this right";
    }
}
