//! What an API user may do: `RightsMask` of `SetLockgroup`.

/// Declares the rights with their bits and iLOQ's names for them.
macro_rules! rights {
    ($($right:ident = $bit:literal, $meaning:literal;)*) => {
        /// One right of a user (table `RightsMask`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Right {
            $(#[doc = $meaning] $right,)*
        }

        impl Right {
            /// Every right that the document names.
            pub const ALL: &[Self] = &[$(Self::$right),*];

            /// The right's bit.
            #[must_use]
            pub const fn bit(self) -> u64 {
                match self { $(Self::$right => 1 << $bit,)* }
            }

            /// iLOQ's name of the right.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$right => stringify!($right),)* }
            }

            /// What the right allows, for people.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$right => $meaning,)* }
            }
        }
    };
}

rights! {
    LoginManager = 0, "sign in to iLOQ Manager; read zones and real estates";
    ViewPersonList = 1, "see persons";
    ViewPersonTools = 3, "see the tools for persons";
    ViewLockTools = 4, "see the tools for locks";
    ViewKeyTools = 5, "see the tools for keys";
    ViewReportTools = 6, "see the tools for reports";
    ViewBlacklistTools = 7, "see the tools for the block list";
    ViewGroupTools = 8, "see the tools for groups";
    ViewKeyList = 9, "see keys";
    ViewZoneTools = 10, "see the tools for zones";
    ViewZoneList = 11, "see zones";
    EditUsers = 12, "edit user accounts";
    ViewUserList = 13, "see user accounts";
    EditPersonRoles = 14, "edit roles and code access groups";
    ViewPersonRoleList = 15, "see roles and code access groups";
    EditPersons = 16, "edit persons";
    EditBlacklist = 17, "edit the block list";
    EditLocks = 18, "edit locks";
    EditKeys = 19, "edit keys";
    EditZones = 20, "edit zones";
    ViewSecurityAccessList = 21, "see access rights";
    EditSecurityAccesses = 22, "edit access rights";
    ViewBlacklist = 23, "see the block list";
    ViewPrintReports = 24, "see and print reports";
    EditKeyAccess = 25, "change the access rights and time limits of keys";
    HandOverKeys = 26, "hand keys over";
    HandleKeyReturns = 27, "take keys back";
    OrderLocks = 28, "order the programming of locks";
    EditLockAccess = 29, "change the access rights of locks";
    BrowseLockList = 30, "see locks";
    AdministrateLockingSystem = 31, "administer the locking system: network modules, webhooks";
    ViewUserTools = 32, "see the tools for users";
    ViewProgrammingKeyTools = 34, "see the tools for programming keys";
    OrderKeys = 35, "order the programming of keys";
    ProgramKeys = 36, "program keys";
    EditLockingSystemInfo = 38, "edit the locking system's data";
    BrowseLockLogs = 39, "read the audit trail";
    ProgramLocks = 40, "program locks";
    ChangeUserPasswords = 41, "change passwords of users";
    UsePda = 42, "use a PDA";
    BrowseEventLog = 43, "read the event log";
    EditFloorPlans = 44, "edit floor plans";
    EditLockDefaultAccess = 45, "edit the default rights of locks";
    OnlineLockUserRights = 46, "use online locks";
    EditRealEstates = 47, "edit real estates";
    MakeTransfers = 48, "make transfers";
    MakeReplacementKeys = 49, "make replacement keys";
    EditCodeGroups = 50, "edit code groups";
    EditDoorCalendars = 51, "edit calendars";
    UsePhoneInterface = 52, "use the phone interface";
    AddTokens = 53, "add programming tokens";
    ListenLockLogEvents = 54, "listen to events of locks";
}

/// What an API user may do. 64 bits: the rights go beyond what a float or 32 bits can hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RightsMask(u64);

impl RightsMask {
    /// Wraps iLOQ's number.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The mask of exactly these rights.
    #[must_use]
    pub fn of(rights: &[Right]) -> Self {
        Self(rights.iter().fold(0, |bits, right| bits | right.bit()))
    }

    /// iLOQ's number.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether the user has the right.
    #[must_use]
    pub const fn has(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// The names of those of `rights` that the user lacks, in the order given.
    #[must_use]
    pub fn missing(self, rights: &[Right]) -> Vec<&'static str> {
        rights.iter().filter(|right| !self.has(**right)).map(|right| right.name()).collect()
    }
}

impl serde::Serialize for RightsMask {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> serde::Deserialize<'de> for RightsMask {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // iLOQ's number is signed: a set top bit comes as a negative one.
        struct Number;
        impl serde::de::Visitor<'_> for Number {
            type Value = RightsMask;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a 64-bit whole number")
            }

            fn visit_u64<E>(self, bits: u64) -> Result<RightsMask, E> {
                Ok(RightsMask(bits))
            }

            fn visit_i64<E>(self, bits: i64) -> Result<RightsMask, E> {
                Ok(RightsMask(bits.cast_unsigned()))
            }
        }
        deserializer.deserialize_i64(Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_beyond_32_and_53_are_kept() {
        let mask: RightsMask = serde_json::from_str("18014398509481985").unwrap();
        assert!(mask.has(Right::ListenLockLogEvents) && mask.has(Right::LoginManager));
        assert_eq!(serde_json::to_string(&mask).unwrap(), "18014398509481985");
        assert_eq!(serde_json::from_str::<RightsMask>("-1").unwrap().bits(), u64::MAX);
    }

    #[test]
    fn missing_rights_are_named() {
        let mask = RightsMask::of(&[Right::ViewPersonList, Right::OrderKeys]);
        assert_eq!(mask.bits(), 2 + 34_359_738_368);
        assert_eq!(
            mask.missing(&[Right::ViewPersonList, Right::EditPersons, Right::BrowseLockLogs]),
            ["EditPersons", "BrowseLockLogs"]
        );
    }
}
