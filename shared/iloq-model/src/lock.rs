//! Locks.

use crate::record::record;
use crate::{LockId, LockState, LockType, NetworkModuleDeviceId, RealEstateId, ZoneId};

record! {
    /// A lock as the listing gives it (model `Lock`).
    pub struct Lock [
        /// The id.
        id: LockId = "FLock_ID",
    ] {
        /// Where it is.
        nullable location_code: String = "LocationCode",
        /// What it locks.
        nullable locking_object: String = "LockingObject",
        /// Its key chamber.
        nullable key_chamber: String = "KeyChamber",
        /// Free text.
        nullable description: String = "Description",
        /// The printed label.
        nullable stamp: String = "Stamp",
        /// What kind of lock it is.
        optional kind: LockType = "LockType",
        /// Whether it is installed.
        optional physical_state: LockState = "PhysicalState",
        /// The zone that it belongs to.
        nullable zone_id: ZoneId = "Zone_ID",
        /// The real estate that it belongs to; spelled with a small d in this model only.
        optional real_estate_id: RealEstateId = "RealEstate_Id",
        /// The device of a network module that it hangs on.
        nullable network_module_device_id: NetworkModuleDeviceId = "NetworkModuleDevice_ID",
        /// The serial number.
        optional serial_number: i64 = "SerialNumber",
    }
}
