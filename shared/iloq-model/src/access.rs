//! Access rights, and the rights on a key.

use crate::record::record;
use crate::{
    AccessMode, AccessRightId, AccessRightStatus, AccessRightType, KeyScheduler, KeyTimeLimitSlot,
    RealEstateId, ZoneId,
};

record! {
    /// An access right (models `SecurityAccess` and `SecurityAccess2`).
    pub struct AccessRight [
        /// The id.
        id: AccessRightId = "SecurityAccess_ID",
    ] {
        /// Its name.
        nullable name: String = "Name",
        /// Free text.
        nullable description: String = "Description",
        /// Standard right, API right, or one made for the block list.
        optional kind: AccessRightType = "Type",
        /// Whether it is in use.
        optional status: AccessRightStatus = "Status",
        /// Whether it is shown.
        optional access_mode: AccessMode = "AccessMode",
        /// The real estate that it belongs to.
        optional real_estate_id: RealEstateId = "RealEstate_ID",
        /// The zone that it belongs to.
        nullable zone_id: ZoneId = "Zone_ID",
    }
}

impl AccessRight {
    /// Whether changes of this right on a key can be ordered through the API.
    #[must_use]
    pub fn is_api_right(&self) -> bool {
        self.kind == Some(AccessRightType::Api)
    }

    /// Whether the right can be given to keys through the API: an API right, active and not hidden.
    /// A status or mode that iLOQ left out counts as its zero value.
    #[must_use]
    pub fn is_assignable(&self) -> bool {
        self.is_api_right()
            && matches!(self.status, None | Some(AccessRightStatus::Active))
            && matches!(self.access_mode, None | Some(AccessMode::Visible))
    }
}

record! {
    /// The rights on a key or lock that the API user sees (`GET Keys/{id}/SecurityAccesses`).
    pub struct KeyAccessRights [] {
        /// The rights.
        listed rights: AccessRight = "SecurityAccesses",
        /// How many more there are outside the zones of the API user.
        optional outside_user_zones: u32 = "OutsideUserZonesCount",
    }
}

record! {
    /// Body of `PUT Keys/{id}/SecurityAccesses`. It replaces all: what is left out is taken off the key.
    pub struct UpdateKeyAccessRights [] {
        /// Every right that stays or comes.
        list right_ids: AccessRightId = "SecurityAccessIds",
        /// Every slot that stays or comes.
        list slots: KeyTimeLimitSlot = "TimeLimitSlots",
        /// How long the key works offline, in seconds; 0 for without end.
        optional offline_expiration_seconds: u32 = "OfflineExpirationSeconds",
        /// Automatic renewal.
        nullable scheduler: KeyScheduler = "KeyScheduler",
        /// Numbers of the slots that the API user does not see, as they were read.
        list outside_slots: i32 = "OutsideUserZoneTimeLimitTitleSlots",
    }
}
