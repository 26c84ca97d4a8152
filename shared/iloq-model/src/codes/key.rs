//! Codes of keys.

use super::codes;

codes! {
    /// `Key.State`: the life of the record, not what is on the key.
    pub enum KeyState {
        Planning = 0, "being planned";
        HandedOver = 1, "handed over to a person";
        Hidden = 2, "hidden";
        Deleted = 3, "deleted, kept for the log";
        Returned = 4, "returned";
    }

    /// `Key.ProgrammingState` (table `PniLogicalState`): how far the last change has got.
    pub enum ProgrammingState {
        Planning = 0, "there are changes that have not been ordered";
        Ordered = 1, "ordered, waiting to be fetched (a phone: sent)";
        Fetched = 2, "fetched for programming, not confirmed yet";
        Programmed = 3, "programmed";
        Zeroed = 4, "emptied (locks only)";
        Cancelled = 5, "cancelled (iLOQ's own use)";
        Obsolete = 6, "out of date (iLOQ's own use)";
        OnProgrammingKey = 7, "on the programming key, not confirmed yet";
        Error = -1, "programming failed";
    }

    /// `Key.StampSource`.
    pub enum StampSource {
        Typed = 0, "typed by a user";
        ReadFromKey = 1, "read from the key, cannot be edited";
        FromDatabase = 2, "taken from the database";
    }

    /// `Key.TagKeySource`.
    pub enum TagKeySource {
        Typed = 0, "typed by a user";
        ReadFromKey = 1, "read from the key, cannot be edited";
    }

    /// Answer of `GET Keys/{id}/CanOrder` (table `CanOrderKeyResultType`).
    pub enum CanOrder {
        Ok = 0, "the changes can be ordered";
        NeedsManager = 1, "the pending changes have to be ordered in iLOQ Manager with a programming token";
        WrongKeyType = 2, "only phone keys, 5 Series keys and external tags can be ordered";
        LicenceLimit = 3, "the licence limit is reached: return keys or buy more";
        NotInPlanning = 4, "nothing is waiting to be ordered";
        KeyIdTooLarge = 5, "the key's number is too large";
        RightOutsideZones = 6, "the new key has access rights outside the zones of the API user";
        LimitOutsideZones = 7, "the new key has time limits outside the zones of the API user";
        BlockListed = 8, "the key is on the block list";
        PhoneNumberMissing = 9, "the phone key has no phone number";
        EmailMissing = 10, "messages go by e-mail but the phone key has no e-mail address";
        TooManyLimits = 11, "there are too many time limits on the key";
        MainZoneMissing = 12, "the key needs a main zone";
        NoPerson = 13, "the key has no person";
        TagMissing = 14, "the external tag has no tag number";
        Failed = -1, "iLOQ could not make the check";
    }

    /// Answer of `GET Keys/{id}/CanReturn` (table `CanReturnKeyResultType`).
    pub enum CanReturn {
        Ok = 0, "the key can be returned";
        NeedsManager = 1, "the key has to be returned in iLOQ Manager with a programming token";
        WrongKeyType = 2, "only phone keys and external tags can be returned through the API";
        NeverProgrammed = 3, "the key was never programmed: delete it instead";
        BlockListed = 4, "the key is on the block list";
    }

    /// Answer of `GET Keys/{id}/CanDelete` (table `CanDeleteKeyResult`).
    pub enum CanDeleteKey {
        Ok = 0, "the key can be deleted";
        Programmed = 1, "the key has been programmed: return it instead";
        InProgramming = 2, "the key has been given to programming: return it instead";
        BlockListed = 3, "the key is on the block list: take it off and return it";
    }

    /// Answer of `GET Keys/{id}/CanUpdateMainZone` (table `CanUpdateKeyMainZoneResult`).
    pub enum CanUpdateMainZone {
        Ok = 0, "the main zone can be set";
        NotSupported = 1, "this locking system has no main zones";
        AlreadyOrdered = 2, "the key has been ordered already";
    }

    /// `BlackList.ChangeType` (table `BlocklistChangeType`): the difference to the list ordered last.
    pub enum BlockListChange {
        Unchanged = 0, "as ordered";
        Added = 1, "added since the last order";
        Removed = 2, "removed since the last order";
        Returned = 3, "the key was returned and emptied";
    }

    /// Answer of `GET Blacklists/CanOrderS40Blacklist` (table `CanOrderS40BlacklistResult`).
    pub enum CanOrderBlockList {
        Ok = 0, "the block list can be ordered";
        NeedsManager = 1, "the block list has to be ordered in iLOQ Manager with a programming token";
        NothingToOrder = 2, "nothing changed since the last order, or the list is empty";
        TooManyItems = 3, "there are too many keys on the block list";
    }
}
