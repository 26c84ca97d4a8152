//! Keys.

use chrono::NaiveDate;

use crate::record::record;
use crate::{
    AccessRightId, DateText, KeyId, KeyScheduler, KeyState, KeyTimeLimitSlot, KeyTypeMask, PersonId,
    ProgrammingState, RealEstateId, StampSource, TagKeySource, ZoneId,
};

record! {
    /// A key (model `Key`).
    pub struct Key [
        /// The id.
        id: KeyId = "FNKey_ID",
    ] {
        /// The key's name in the portal's words.
        nullable description: String = "Description",
        /// Free text.
        nullable info_text: String = "InfoText",
        /// The holder.
        nullable person_id: PersonId = "Person_ID",
        /// The real estate that it belongs to.
        optional real_estate_id: RealEstateId = "RealEstate_ID",
        /// The system it belongs to, and its form.
        optional kind: KeyTypeMask = "KeyTypeMask",
        /// The life of the record.
        optional state: KeyState = "State",
        /// How far the last change has got; read-only.
        optional programming_state: ProgrammingState = "ProgrammingState",
        /// Whether it has ever been programmed; read-only.
        optional is_programmed: bool = "IsProgrammed",
        /// The planned return; shown by iLOQ, not enforced. The time zone is not documented.
        nullable expire_date: DateText = "ExpireDate",
        /// The chip's id, once there is a physical key.
        nullable rom_id: String = "ROM_ID",
        /// The printed label, at most 10 characters; iLOQ wants it in every update.
        optional stamp: String = "Stamp",
        /// Where the label comes from; read-only.
        optional stamp_source: StampSource = "StampSource",
        /// The number of the RFID tag; empty if there is none.
        nullable tag_key: String = "TagKey",
        /// The same in hexadecimal; read-only.
        nullable tag_key_hex: String = "TagKeyHex",
        /// Where the tag's number comes from; read-only.
        optional tag_key_source: TagKeySource = "TagKeySource",
        /// A version text.
        nullable version_code: String = "VersionCode",
    }
}

record! {
    /// A key to be made (model `KeyInsert`).
    pub struct NewKey [
        /// The id, made by the caller.
        id: KeyId = "FNKey_ID",
        /// The system it belongs to, and its form.
        kind: KeyTypeMask = "KeyTypeMask",
        /// The real estate that it belongs to.
        real_estate_id: RealEstateId = "RealEstate_ID",
    ] {
        /// The key's name in the portal's words; at most 50 characters.
        nullable description: String = "Description",
        /// Free text.
        nullable info_text: String = "InfoText",
        /// The holder; a phone key must have one.
        nullable person_id: PersonId = "Person_ID",
        /// The planned return.
        nullable expire_date: DateText = "ExpireDate",
        /// The printed label, at most 10 characters.
        nullable stamp: String = "Stamp",
        /// The number of the RFID tag; an external tag must have one before it is ordered.
        nullable tag_key: String = "TagKey",
        /// Free text from the maker.
        nullable manufacturing_info: String = "ManufacturingInfo",
        /// A PIN of five digits.
        nullable online_access_code: String = "OnlineAccessCode",
        /// A version text.
        nullable version_code: String = "VersionCode",
    }
}

impl Key {
    /// The day of the planned return.
    #[must_use]
    pub fn returns_on(&self) -> Option<NaiveDate> {
        self.expire_date.as_ref()?.day()
    }
}

record! {
    /// Body of `POST Keys`.
    pub struct InsertKey [
        /// The key.
        key: NewKey = "Key",
    ] {
        /// Its zones; they cannot be changed later.
        list zone_ids: ZoneId = "ZoneIds",
        /// Its access rights.
        list right_ids: AccessRightId = "SecurityAccessIds",
        /// Its limits in time.
        list slots: KeyTimeLimitSlot = "TimeLimitSlots",
        /// How long it works offline, in seconds; 0 for without end.
        optional offline_expiration_seconds: u32 = "OfflineExpirationSeconds",
        /// Automatic renewal.
        nullable scheduler: KeyScheduler = "KeyScheduler",
    }
}

record! {
    /// The zones of a key (`GET Keys/{id}/Zones`).
    pub struct KeyZones [] {
        /// The main zone.
        nullable main: ZoneId = "MainZone",
        /// All zones that the API user sees.
        listed zone_ids: ZoneId = "ZoneIds",
        /// How many more there are outside the zones of the API user.
        optional outside_user_zones: u32 = "OutsideUserZoneCount",
    }
}
