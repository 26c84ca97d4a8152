//! Zones and real estates.

use crate::record::record;
use crate::{RealEstateId, ZoneId, ZoneType};

record! {
    /// A zone: what limits who sees what (model `Zone`).
    pub struct Zone [
        /// The id.
        id: ZoneId = "Zone_ID",
    ] {
        /// Its name.
        nullable name: String = "Name",
        /// Free text.
        nullable description: String = "Description",
        /// What kind of zone it is.
        optional kind: ZoneType = "Type",
        /// Its time zone; the format is not documented.
        nullable time_zone_id: String = "TimeZone_ID",
    }
}

record! {
    /// A real estate (model `RealEstate`). The root has the all-zero id and always exists.
    pub struct RealEstate [
        /// The id.
        id: RealEstateId = "RealEstate_ID",
    ] {
        /// Its name.
        nullable name: String = "Name",
        /// The real estate that it lies in.
        nullable parent_id: RealEstateId = "ParentRealEstate_ID",
    }
}
