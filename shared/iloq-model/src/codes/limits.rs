//! Codes of time limits.

use super::codes;

codes! {
    /// Answer of `POST Keys/{id}/TimeLimitTitles/CanAdd` (table `CanAddTimeLimit`).
    pub enum CanAddTimeLimit {
        Ok = 0, "the limit can be added";
        NoRoom = 1, "there is no room left on the key";
        SecondVersionAccess = 2, "a key or lock can have one version access only";
        VersionAccessUnknown = 3, "the lock does not know version accesses";
        TooManyBlockLists = 4, "there are too many block lists";
        TooManyAccessesOnNewLock = 5, "a lock that is not installed yet has more than 128 accesses";
        SchedulerWithoutEnd = 6, "automatic renewal needs an end date";
        NotOnQuarterHour = 7, "start and end have to be on a quarter of an hour";
        DatesOnly = 8, "the start and end slots of this key can hold dates only";
        ProfileMissing = 9, "a profile slot needs a time profile";
        RowsMissing = 10, "an editable time profile needs its weekly rows";
        RowsDiffer = 11, "the rows of a fixed time profile differ from the stored ones";
        TooManyLimits = 12, "there are too many time limits";
        StartNotBeforeEnd = 13, "the start is not before the end";
        Invalid = 14, "iLOQ found the limit invalid";
        BlockListed = 15, "the key is on the block list";
        ProgrammingFailed = 16, "programming the key has failed";
        ClearingFailed = 17, "emptying the key has failed";
    }

    /// `SlotNo` of a key's time limit (table `LNKeyTimelimitSlotNo`).
    pub enum SlotNo {
        Start = 0, "the date from which the key works";
        End = 1, "the date up to which the key works";
        Profile = 2, "a time profile";
    }

    /// `KeyScheduler.RenewGapType`.
    pub enum RenewGap {
        Off = 0, "no automatic renewal";
        Daily = 1, "counted in days";
        Weekly = 2, "counted in weeks";
    }
}
