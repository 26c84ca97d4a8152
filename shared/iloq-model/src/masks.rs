//! Bit masks that keep bits which this version does not know.

/// Declares bit masks: `NAME = bit, "meaning";`.
macro_rules! masks {
    ($($(#[$doc:meta])* pub struct $mask:ident { $($bit:ident = $value:literal, $meaning:literal;)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $mask(i64);

        impl $mask {
            /// No bit at all.
            pub const NONE: Self = Self(0);
            $(#[doc = $meaning] pub const $bit: Self = Self($value);)*

            /// Wraps iLOQ's number.
            #[must_use]
            pub const fn from_bits(bits: i64) -> Self {
                Self(bits)
            }

            /// iLOQ's number.
            #[must_use]
            pub const fn bits(self) -> i64 {
                self.0
            }

            /// Whether every bit of `bits` is set.
            #[must_use]
            pub const fn contains(self, bits: Self) -> bool {
                self.0 & bits.0 == bits.0
            }

            /// The mask with the bits of `bits` set as well.
            #[must_use]
            pub const fn with(self, bits: Self) -> Self {
                Self(self.0 | bits.0)
            }

            /// The mask with the bits of `bits` cleared.
            #[must_use]
            pub const fn without(self, bits: Self) -> Self {
                Self(self.0 & !bits.0)
            }
        }

        impl serde::Serialize for $mask {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $mask {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <i64 as serde::Deserialize>::deserialize(deserializer).map(Self)
            }
        }
    )*};
}

masks! {
    /// `LockGroup.OptionMask`: what is switched on in a locking system.
    pub struct LockGroupOptions {
        HOLDER_MAY_CHANGE = 1, "the person of a key that is handed over may be changed without a return";
        ZONES = 2, "zones are in use";
        REAL_ESTATES = 4, "real estates are in use";
        ZONES_FOR_KEYS_AND_PERSONS = 512, "zones hold for keys and persons too";
        PUBLIC_API = 2048, "the API is switched on";
        S50 = 4096, "S50 is in use";
        API_ACCESS_RIGHTS = 16384, "API access rights can be used";
        EXTERNAL_TAGS = 32768, "external RFID tags can be used";
        SERIES_5 = 65536, "5 Series is in use";
        ZONE_BLOCK_LISTS = 131072, "each zone has a block list of its own";
        MORE_LIMITS = 524_288, "keys and locks have 23 places for time limits";
        SEVERAL_TIME_ZONES = 16_777_216, "zones may have time zones of their own";
    }

    /// `KeyTypeMask`: the system a key belongs to, and its form.
    pub struct KeyTypeMask {
        S10 = 1, "S10 system";
        S50 = 2, "S50 system";
        PHONE = 4, "a phone";
        PHYSICAL = 8, "a physical key made by iLOQ";
        MIFARE_CLASSIC = 16, "Mifare Classic RFID";
        DESFIRE = 32, "can do Desfire";
        NORTEC = 64, "can do Nortec";
        EXTERNAL = 128, "an RFID tag that iLOQ did not make";
        SERIES_5 = 256, "5 Series system";
        VIRTUAL_APARTMENT = 512, "virtual key of a flat";
        PHONE_KEY = 6, "an S50 phone key";
        FOB = 10, "an S50 fob";
        SERIES_5_KEY = 264, "a 5 Series key";
        NEW_EXTERNAL_TAG = 384, "an external tag before its first programming";
    }

    /// `KeyPhone.OptionMask` (table `FNKeyPhoneOptionMask`). An update takes the e-mail bit only.
    pub struct KeyPhoneOptions {
        WAITING = 1, "waiting for the registration of the phone";
        REGISTERED = 2, "the phone is registered";
        USE_EMAIL = 8, "messages go by e-mail instead of SMS";
    }

    /// `KeyPhone.RequestTypeMask` (table `FNKeyPhoneRequestTypeMask`).
    pub struct KeyPhoneRequests {
        LOCKS_CHANGED = 1, "the list of locks has changed";
    }

    /// Type of a row of the audit trail (table `DeviceLogTypeMask`).
    pub struct LogTypeMask {
        DENIED = 1, "access was refused or failed";
        LOCK_PROGRAMMED = 2, "the lock was programmed";
        GRANTED = 4, "access succeeded";
        CLOSING_REMINDER = 8, "a phone opened a lock whose closing has to be confirmed";
        S10_KEY = 1024, "an S10 key";
        SERIES_5_KEY = 2048, "a 5 Series key";
        UNKNOWN_KEY = 4096, "an empty key or one in its factory state";
        SNAP_OPEN = 8192, "a snap opening";
        NOTED_BY_KEY = 16384, "noted by the key, since the lock keeps no log";
        KEY_PROGRAMMED = 32768, "a key was programmed";
        TIME_NOT_FROM_CLOCK = 65536, "the time is the last one the lock knew";
        TIME_WRONG = 131_072, "the time is known to be wrong";
    }

    /// Options kept with the key of a log row (table `FNKeyDeviceLogOptionMask`).
    pub struct LogKeyOptions {
        HOLDER_UNCERTAIN = 1, "there is no time, so the holder at that time is not known for certain";
    }

    /// State of the location in a phone key's log row (table `LocationInfoMask`).
    pub struct LocationInfo {
        OBTAINED = 1, "the location is known";
        NOT_PRECISE = 2, "a precise location was not available";
        MAYBE_FAKED = 4, "the location may be faked";
        NO_PERMISSION = 8, "the app may not use the location";
        TIMED_OUT = 16, "the location was not found in time";
        SWITCHED_OFF = 32, "the location is switched off on the phone";
    }

    /// Week days of a time limit (table `WeekDayMask`). Monday comes first, unlike in calendars.
    pub struct WeekDayMask {
        MONDAY = 1, "Monday";
        TUESDAY = 2, "Tuesday";
        WEDNESDAY = 4, "Wednesday";
        THURSDAY = 8, "Thursday";
        FRIDAY = 16, "Friday";
        SATURDAY = 32, "Saturday";
        SUNDAY = 64, "Sunday";
    }

    /// `TimeLimitTitle.OptionMask` (table `TimeLimitTitleOptionMaskEnum`).
    pub struct TimeLimitTitleOptions {
        FOR_S10 = 1, "fits S10";
        FOR_S50_AND_SERIES_5 = 2, "fits S50 and 5 Series";
        DELETED = 4, "deleted";
        EDITABLE = 8, "editable: each key keeps rows of its own";
    }

    /// `NetworkModule.StateMask` (table `FprogKeyStateMask`).
    pub struct NetworkModuleStateMask {
        ACTIVE = 1, "active";
        PROGRAMMING_STARTED = 2, "programming has started";
        PROGRAMMED = 4, "programmed";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_bits_survive_a_change() {
        let mask: KeyPhoneOptions = serde_json::from_str("1073741825").unwrap();
        let changed = mask.with(KeyPhoneOptions::USE_EMAIL).without(KeyPhoneOptions::WAITING);
        assert_eq!(serde_json::to_string(&changed).unwrap(), "1073741832");
    }

    #[test]
    fn sums_are_tested_bit_by_bit() {
        let tag = KeyTypeMask::from_bits(400);
        assert!(tag.contains(KeyTypeMask::EXTERNAL) && tag.contains(KeyTypeMask::SERIES_5));
        assert!(!tag.contains(KeyTypeMask::SERIES_5_KEY));
    }
}
