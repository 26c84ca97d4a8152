//! Network modules and the devices behind them.

use crate::record::record;
use crate::{
    CalendarDataState, DateText, NetworkModuleDeviceId, NetworkModuleId, NetworkModuleState,
    NetworkModuleStateMask, NetworkModuleType, RealEstateId, ZoneId,
};

record! {
    /// A network module (model `NetworkModule`). It has no name of its own.
    pub struct NetworkModule [
        /// The id.
        id: NetworkModuleId = "FProgKey_ID",
    ] {
        /// Free text.
        nullable description: String = "Description",
        /// What kind of module it is.
        optional kind: NetworkModuleType = "Type",
        /// Whether it is active.
        optional state: NetworkModuleState = "State",
        /// How far its programming has got.
        optional state_mask: NetworkModuleStateMask = "StateMask",
        /// How far its calendars have got.
        optional calendar_state: CalendarDataState = "CalendarDataState",
        /// The real estate that it belongs to.
        nullable real_estate_id: RealEstateId = "RealEstate_ID",
        /// The zone that it belongs to.
        nullable zone_id: ZoneId = "Zone_ID",
        /// When it was connected last; the time zone is not documented.
        nullable online_connection_date: DateText = "OnlineConnectionDate",
        /// The version of its software.
        nullable online_software_version: String = "OnlineSoftwareVersion",
    }
}

record! {
    /// A device behind a network module (model `NetworkModuleDevice`).
    pub struct NetworkModuleDevice [
        /// The id.
        id: NetworkModuleDeviceId = "NetworkModuleDevice_ID",
    ] {
        /// Its name.
        nullable name: String = "Name",
        /// The module that it hangs on.
        optional network_module_id: NetworkModuleId = "FProgKey_ID",
        /// The serial number.
        nullable serial_no: String = "SerialNo",
        /// The version of its software.
        nullable software_version: String = "SoftwareVersion",
        /// What kind of device it is; the codes are not documented.
        optional kind: i32 = "Type",
        /// Its state; the bits are not documented.
        optional state_mask: i64 = "StateMask",
    }
}
