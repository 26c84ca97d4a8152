//! The audit trail.

use crate::record::record;
use crate::{
    DateText, DeviceLogId, KeyHolderResponse, KeyId, KeyTypeMask, LocationInfo, LockGroupId, LockId,
    LockType, LogKeyOptions, LogTypeMask,
};

record! {
    /// A row of the bulk calls `GetLockLogDataBy…` (model `LockLogData`). It names no person.
    pub struct LockLogData [
        /// The row's id: what tells a repeated row.
        id: DeviceLogId = "DeviceLog_ID",
    ] {
        /// The lock.
        optional lock_id: LockId = "FLock_ID",
        /// The key.
        nullable key_id: KeyId = "FNKey_ID",
        /// The key's number.
        optional key_number: i64 = "KeyId",
        /// The locking system.
        optional lock_group_id: LockGroupId = "LockGroup_ID",
        /// Where the lock is.
        nullable location_code: String = "LocationCode",
        /// What the lock locks.
        nullable locking_object: String = "LockingObject",
        /// When it happened (UTC, by iLOQ's text).
        nullable going_date: DateText = "GoingDate",
        /// When it was read from the lock; the time zone is not documented.
        nullable reading_date: DateText = "ReadingDate",
        /// When it reached the server (UTC).
        optional arrived_at: DateText = "TimestampUtc",
        /// The lock's counter.
        optional going_counter: i64 = "GoingCounter",
        /// What happened.
        optional kind: LogTypeMask = "AccessTypeMask",
        /// 0 for none; the other codes are not documented.
        optional error_code: i32 = "ErrorCode",
        /// The error in words.
        nullable error_description: String = "ErrorDescription",
    }
}

record! {
    /// Body of `POST LockLogs`. One of the two lists of ids must be given.
    pub struct LogSearch [] {
        /// Rows of these keys.
        list key_ids: KeyId = "FNKeyIds",
        /// Rows of these locks.
        list lock_ids: LockId = "FLockIds",
        /// Not before this moment (UTC).
        nullable from: DateText = "GoingStartDateUtc",
        /// Not after this moment (UTC).
        nullable until: DateText = "GoingEndDateUtc",
        /// Only rows of this type.
        optional kind: LogTypeMask = "TypeMask",
    }
}

record! {
    /// Answer of `POST LockLogs`: at most 2,000 rows.
    pub struct LogRows [] {
        /// The rows.
        listed rows: LogRow = "LockLogs",
        /// How many there are in truth.
        optional total: u32 = "TotalCount",
    }
}

record! {
    /// A row of `POST LockLogs` (model `PublicApiDeviceLogData`).
    pub struct LogRow [
        /// The row's id.
        id: DeviceLogId = "DeviceLog_ID",
    ] {
        /// When it happened (UTC).
        nullable going_date: DateText = "GoingDateUtc",
        /// What happened.
        optional kind: LogTypeMask = "TypeMask",
        /// The codes are not documented.
        optional error_code: i32 = "ErrCode",
        /// The error in words.
        nullable error_description: String = "ErrorDescription",
        /// The codes are not documented.
        nullable programming_info: i32 = "ProgrammingInfo",
        /// The lock.
        nullable lock: LogLock = "FLock",
        /// The key.
        nullable key: LogKey = "FNKey",
        /// Where the phone was.
        nullable location: LogLocation = "LocationData",
        /// How good the location is.
        optional location_info: LocationInfo = "LocationInfoMask",
        /// What the holder said about closing the lock.
        nullable lock_state: LogLockState = "LockStateConfirmation",
    }
}

record! {
    /// The lock of a log row (model `PublicApiDeviceLogDataFLock`).
    pub struct LogLock [
        /// The lock.
        id: LockId = "FlockId",
    ] {
        /// Where it is.
        nullable location_code: String = "LocationCode",
        /// What it locks.
        nullable locking_object: String = "LockingObject",
        /// Its key chamber.
        nullable key_chamber: String = "KeyChamber",
        /// What kind of lock it is.
        nullable kind: LockType = "LockType",
        /// Its counter.
        optional going_counter: i64 = "GoingCounter",
    }
}

record! {
    /// The key of a log row (model `PublicApiDeviceLogDataFNKey`).
    pub struct LogKey [
        /// The key.
        id: KeyId = "FNKeyId",
    ] {
        /// Its number.
        optional number: i64 = "KeyId",
        /// Its type.
        optional kind: KeyTypeMask = "KeyTypeMask",
        /// Its printed label.
        nullable stamp: String = "Stamp",
        /// Its name.
        nullable description: String = "Description",
        /// The holder's name at that time.
        nullable person_name: String = "PersonName",
        /// Data from the key's tags.
        nullable custom_value: String = "CustomValueData",
        /// Its counter.
        optional going_counter: i64 = "GoingCounter",
        /// Whether the holder is certain.
        optional options: LogKeyOptions = "OptionMask",
    }
}

record! {
    /// Where a phone was (model `DeviceLogLocationData`).
    pub struct LogLocation [] {
        /// Degrees north.
        nullable latitude: f64 = "Latitude",
        /// Degrees east.
        nullable longitude: f64 = "Longitude",
        /// Metres.
        nullable radius: f64 = "AccuracyRadiusMeters",
        /// When (UTC).
        nullable at: DateText = "LocationTimeUtc",
    }
}

record! {
    /// What the holder said about closing the lock (model `LockStateConfirmation`).
    pub struct LogLockState [] {
        /// The answer.
        optional response: KeyHolderResponse = "KeyHolderResponse",
        /// When (UTC).
        nullable at: DateText = "TimeStampUtc",
    }
}
