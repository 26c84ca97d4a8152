//! Locking systems.

use crate::record::record;
use crate::{CustomerId, DateText, LockGroupId, LockGroupOptions, LockGroupState};

record! {
    /// A locking system (model `LockGroup`).
    pub struct LockGroup [
        /// The id that `SetLockgroup` takes.
        id: LockGroupId = "LockGroup_ID",
    ] {
        /// Its name.
        nullable name: String = "Name",
        /// Free text.
        nullable description: String = "Description",
        /// What is switched on.
        optional options: LockGroupOptions = "OptionMask",
        /// Whether it is in use.
        optional state: LockGroupState = "State",
        /// When it expires (UTC); `None` for never.
        nullable expires: DateText = "ExpireDateUTC",
        /// The Windows name of its time zone, for example `FLE Standard Time`.
        nullable time_zone: String = "TimeZoneStandardName",
        /// Its owner.
        optional customer_id: CustomerId = "Customer_ID",
    }
}
