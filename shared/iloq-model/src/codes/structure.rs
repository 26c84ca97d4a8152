//! Codes of zones, locks and network modules.

use super::codes;

codes! {
    /// `Zone.Type`.
    pub enum ZoneType {
        NotSet = 0, "not set";
        Customer = 1, "made by the customer";
        DefaultForObjects = 2, "the default for all but keys and persons";
        DefaultForKeysAndPersons = 4, "the default for keys and persons";
        General = 8, "the general zone that every customer has";
    }

    /// `Lock.LockType` (table `EnuLockType`).
    pub enum LockType {
        S10 = 0, "S10 lock";
        S10NetworkModule = 1, "S10 lock on a network module";
        S50 = 2, "S50 lock";
        C5 = 3, "C5 lock";
        S5Online = 4, "online lock on a 5 Series network module";
        D5 = 5, "D5 lock";
    }

    /// `Lock.PhysicalState` (table `PniFLockState`).
    pub enum LockState {
        Planned = 0, "planned";
        Installed = 1, "installed";
        OutOfUse = 2, "out of use";
        Hidden = 3, "hidden";
    }

    /// `NetworkModule.Type` (table `PniProgrammingKeyType`).
    pub enum NetworkModuleType {
        S10Token = 0, "S10 programming token";
        S10MasterToken = 1, "S10 master token";
        S10MasterTokenInitialise = 2, "S10 master token with an initialisation task";
        S10Netbox = 3, "S10 netbox";
        S10RemoteStation = 4, "S10 remote station";
        S10KeyScheduler = 5, "S10 key scheduler";
        S10Bridge = 6, "S10 bridge";
        Token = 7, "S50 or 5 Series programming token";
        N501 = 8, "network module N501";
        N500 = 9, "network module N500";
        None = -1, "no type";
    }

    /// `NetworkModule.State` (table `PniProgrammingKeyState`).
    pub enum NetworkModuleState {
        NotActive = 0, "not active";
        Active = 1, "active";
    }

    /// `NetworkModule.CalendarDataState` (table `EnuCalendarDataState`).
    pub enum CalendarDataState {
        Planning = 0, "there are changes that have not been ordered";
        Ordered = 1, "ordered";
        Fetched = 2, "fetched by the module";
        Confirmed = 3, "confirmed by the module";
    }
}
