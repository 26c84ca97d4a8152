//! iLOQ's structure as answers show it. All ids are iLOQ's, in lower case.

use serde::{Deserialize, Serialize};

use super::run::{Counts, Run};
use crate::time::Time;
use crate::words::words;

/// A real estate, or the one location of a `single` system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "AccessLocation"))]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The location above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// The IANA zone of its locks.
    pub time_zone: String,
}

/// A zone, or the one zone of a `single` system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Zone"))]
#[serde(rename_all = "camelCase")]
pub struct ZoneView {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The location it belongs to.
    pub location_id: String,
    /// iLOQ's zone type: 1 customer, 2 default for objects, 4 default for keys and persons, 8 general.
    #[serde(rename = "type")]
    pub zone_type: i32,
}

/// A lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Door {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// The location.
    pub location_id: String,
    /// The zone.
    pub zone_id: String,
    /// How far the lock's programming is.
    pub state: String,
    /// Whether it takes API access rights; `null` if it is not known.
    pub allows_api_rights: Option<bool>,
    /// Whether it is connected.
    pub online: bool,
}

/// A network module or a device on one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Scanner {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// The location.
    pub location_id: String,
    /// When it was last heard of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_connection: Option<Time>,
}

/// An access right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "AccessRight"))]
pub struct AccessRightView {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// iLOQ's type: 1 standard, 3 API.
    #[serde(rename = "type")]
    pub right_type: i32,
    /// Whether it can be given through this API: type 3, status 0, access mode 0.
    pub assignable: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

words! {
    /// Whether a time profile's times can be chosen for each key.
    TimeProfileKind {
        /// They are the profile's.
        Fixed = "fixed",
        /// They can be chosen.
        Editable = "editable",
    }
}

/// A time profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TimeProfile {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// Whether its times can be chosen.
    pub kind: TimeProfileKind,
}

/// What a structure sync read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StructureCounts {
    /// Locations.
    pub locations: u64,
    /// Zones.
    pub zones: u64,
    /// Doors.
    pub doors: u64,
    /// Network modules and devices.
    pub scanners: u64,
    /// Access rights.
    pub access_rights: u64,
    /// Time profiles.
    pub time_profiles: u64,
}

impl From<&Counts> for StructureCounts {
    fn from(counts: &Counts) -> Self {
        let count = |name: &str| counts.get(name).copied().unwrap_or(0);
        Self {
            locations: count("locations"),
            zones: count("zones"),
            doors: count("doors"),
            scanners: count("scanners"),
            access_rights: count("accessRights"),
            time_profiles: count("timeProfiles"),
        }
    }
}

/// The answer of `POST …/structure/sync`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct StructureAnswer {
    /// The run.
    pub run: Run,
    /// What it read.
    pub counts: StructureCounts,
}
