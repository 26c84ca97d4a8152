//! Time profiles, and the limits in time on a key.

use crate::record::record;
use crate::{
    CalendarEntryId, DateText, RealEstateId, RenewGap, SlotNo, TimeLimitDataId, TimeLimitTitleId,
    TimeLimitTitleOptions, WeekDayMask, ZoneId,
};

record! {
    /// A time profile (model `TimeLimitTitle`).
    pub struct TimeLimitTitle [
        /// The id.
        id: TimeLimitTitleId = "TimeLimitTitle_ID",
    ] {
        /// Its name.
        nullable name: String = "Name",
        /// Free text.
        nullable description: String = "Description",
        /// What it fits, and whether it is editable.
        optional options: TimeLimitTitleOptions = "OptionMask",
        /// The real estate that it belongs to.
        optional real_estate_id: RealEstateId = "RealEstate_ID",
        /// The zone that it belongs to.
        optional zone_id: ZoneId = "Zone_ID",
        /// Its first moment, in the locking system's local time.
        nullable start_lg: DateText = "StartDateLg",
        /// Its last moment, in the locking system's local time.
        nullable end_lg: DateText = "EndDateLg",
    }
}

record! {
    /// A weekly row of a time profile (model `TimeLimitData`).
    pub struct TimeLimitData [
        /// The id.
        id: TimeLimitDataId = "TimeLimitData_ID",
    ] {
        /// The profile.
        optional title_id: TimeLimitTitleId = "TimeLimitTitle_ID",
        /// On which days.
        optional days: WeekDayMask = "WeekDayMask",
        /// From what time of the day; see [`crate::time::clock_ms`].
        optional start: String = "StartTime",
        /// Up to what time of the day.
        optional end: String = "EndTime",
    }
}

record! {
    /// A weekly row on a key (model `KeyTimeLimitData`).
    pub struct KeyTimeLimitData [
        /// On which days.
        days: WeekDayMask = "WeekDayMask",
        /// From when, in milliseconds from midnight; a multiple of 900,000.
        start_ms: u32 = "StartTimeMS",
        /// Up to when, in milliseconds from midnight; a multiple of 900,000.
        end_ms: u32 = "EndTimeMS",
    ] {}
}

record! {
    /// One limit on a key (model `KeyTimeLimitSlot`): the start date, the end date, or a time profile.
    pub struct KeyTimeLimitSlot [
        /// Which kind of limit it is.
        slot: SlotNo = "SlotNo",
    ] {
        /// The date of a start or end slot, in the locking system's local time.
        optional date_lg: DateText = "LimitDateLg",
        /// The profile of a profile slot.
        optional title_id: TimeLimitTitleId = "TimeLimitTitle_ID",
        /// The profile's first moment, in the locking system's local time.
        optional title_start_lg: DateText = "TimeLimitTitleStartDateLg",
        /// The profile's last moment, in the locking system's local time.
        optional title_end_lg: DateText = "TimeLimitTitleEndDateLg",
        /// The profile's weekly rows.
        optional rows: Vec<KeyTimeLimitData> = "TimeLimitData",
        /// The time zone; the format is not documented.
        optional time_zone_id: String = "TimeZone_ID",
        /// The calendar entry that it comes from; iLOQ ignores it on writes.
        optional calendar_entry_id: CalendarEntryId = "SourceCalendarData_ID",
    }
}

record! {
    /// Automatic renewal of a key (model `KeyScheduler`).
    pub struct KeyScheduler [] {
        /// Until when the key renews itself; the time zone is not documented.
        optional end: DateText = "RenewEndDate",
        /// What the gap is counted in.
        optional gap: RenewGap = "RenewGapType",
        /// How many days or weeks.
        optional gap_count: i32 = "RenewGapCount",
        /// Minutes before the expiry; at least 70.
        optional minute: i32 = "RenewMinute",
    }
}

record! {
    /// The limits in time on a key (`GET Keys/{id}/TimeLimitTitles`).
    pub struct KeyTimeLimits [] {
        /// The limits that the API user sees.
        listed slots: KeyTimeLimitSlot = "KeyTimeLimitSlots",
        /// Automatic renewal.
        nullable scheduler: KeyScheduler = "KeyScheduler",
        /// How long the key works offline, in seconds; 0 for without end.
        optional offline_expiration_seconds: u32 = "OfflineExpirationSeconds",
        /// Numbers of the slots that the API user does not see.
        list outside_slots: i32 = "OutsideUserZoneTimeLimitTitleSlots",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_date_slot_is_written_without_the_members_of_a_profile() {
        let mut slot = KeyTimeLimitSlot::new(SlotNo::Start);
        slot.date_lg = Some("2026-03-01T08:00:00".into());
        assert_eq!(
            serde_json::to_value(slot).unwrap(),
            json!({"SlotNo": 0, "LimitDateLg": "2026-03-01T08:00:00"})
        );
    }

    #[test]
    fn limits_come_back_as_they_came() {
        let value = json!({
            "KeyTimeLimitSlots": [{"SlotNo": 9, "TimeZone_ID": "x", "New": 1,
                "TimeLimitData": [{"WeekDayMask": 31, "StartTimeMS": 28_800_000, "EndTimeMS": 57_600_000}]}],
            "KeyScheduler": {"RenewGapType": 7, "RenewEndDate": "2026-01-01T00:00:00.1234567Z"},
            "OfflineExpirationSeconds": 3600, "OutsideUserZoneTimeLimitTitleSlots": [2, 2], "Newer": {}});
        let limits: KeyTimeLimits = serde_json::from_str(&value.to_string()).unwrap();
        assert_eq!(serde_json::to_value(limits).unwrap(), value);
    }
}
