//! From iLOQ's records to what the portal sees. Pure.

use iloq_model::{
    AccessMode, AccessRight, AccessRightStatus, AccessRightType, Lock, LockState, LockType, NetworkModule,
    NetworkModuleDevice, RealEstate, RealEstateId, TimeLimitTitle, TimeLimitTitleOptions, Zone, ZoneId,
    ZoneType,
};
use portal_api::{
    Time,
    types::{
        AccessRightView, Door, Location, Scanner, Settings, Structure, TimeProfile, TimeProfileKind, ZoneView,
    },
};

use super::names::{device_name, door_name, is_network_module, is_online, module_name, tells_api_rights};

/// The id of the one location and the one zone of a `single` system, and of the zone of doors that have none.
const ONLY: &str = "-";
/// The name of what has no name in iLOQ.
const NAMELESS: &str = " - ";

/// What was read from iLOQ.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) locks: Vec<Lock>,
    pub(super) zones: Vec<Zone>,
    pub(super) real_estates: Vec<RealEstate>,
    pub(super) access_rights: Vec<AccessRight>,
    pub(super) time_profiles: Vec<TimeLimitTitle>,
    /// Empty if they may not be read.
    pub(super) modules: Vec<NetworkModule>,
    /// Empty if they may not be read.
    pub(super) devices: Vec<NetworkModuleDevice>,
}

/// What the portal sees.
#[derive(Debug, PartialEq)]
pub(super) struct Views {
    pub(super) locations: Vec<Location>,
    pub(super) zones: Vec<ZoneView>,
    pub(super) doors: Vec<Door>,
    pub(super) scanners: Vec<Scanner>,
    pub(super) access_rights: Vec<AccessRightView>,
    pub(super) time_profiles: Vec<TimeProfile>,
}

/// What the portal sees of `source`.
pub(super) fn map(settings: &Settings, source: &Source) -> Views {
    let places = Places::of(settings, source);
    let doors: Vec<_> =
        source.locks.iter().filter(|lock| !is_hidden(lock)).map(|lock| door(lock, &places)).collect();
    Views {
        locations: places.locations(settings, source),
        zones: places.zones(source, &doors),
        scanners: scanners(source, &places),
        doors,
        access_rights: source.access_rights.iter().map(access_right).collect(),
        time_profiles: source.time_profiles.iter().filter_map(time_profile).collect(),
    }
}

/// Which locations and zones there are.
enum Places<'a> {
    /// One of each.
    Single,
    /// iLOQ's: few enough to look through.
    Full { real_estates: &'a [RealEstate], zones: &'a [Zone] },
}

impl<'a> Places<'a> {
    fn of(settings: &Settings, source: &'a Source) -> Self {
        match settings.structure {
            Structure::Single => Self::Single,
            Structure::Full => Self::Full { real_estates: &source.real_estates, zones: &source.zones },
        }
    }

    /// The location of what belongs to this real estate; the root's if it is none that is listed.
    fn location(&self, id: Option<RealEstateId>) -> String {
        match self {
            Self::Single => ONLY.to_owned(),
            Self::Full { real_estates, .. } => {
                let listed = id.filter(|id| real_estates.iter().any(|place| place.id == *id));
                listed.unwrap_or(RealEstateId::ZERO).to_string()
            }
        }
    }

    fn zone(&self, id: Option<ZoneId>) -> String {
        let listed = match self {
            Self::Single => None,
            Self::Full { zones, .. } => id.filter(|id| zones.iter().any(|zone| zone.id == *id)),
        };
        listed.map_or_else(|| ONLY.to_owned(), |id| id.to_string())
    }

    fn locations(&self, settings: &Settings, source: &Source) -> Vec<Location> {
        let location = |id: String, name: &Option<String>, parent_id| Location {
            id,
            name: named(name),
            parent_id,
            time_zone: settings.time_zone.clone(),
        };
        let Self::Full { real_estates, .. } = self else {
            return vec![location(ONLY.to_owned(), &None, None)];
        };
        let parent = |place: &RealEstate| {
            place.parent_id.filter(|parent| *parent != place.id).map(|parent| self.location(Some(parent)))
        };
        let listed = source.real_estates.iter();
        let mut all: Vec<_> =
            listed.map(|place| location(place.id.to_string(), &place.name, parent(place))).collect();
        // The root exists in every locking system, also if it is not listed.
        if real_estates.iter().all(|place| place.id != RealEstateId::ZERO) {
            all.push(location(RealEstateId::ZERO.to_string(), &None, None));
        }
        all
    }

    fn zones(&self, source: &Source, doors: &[Door]) -> Vec<ZoneView> {
        let zone = |id: String, name: &Option<String>, kind: ZoneType| ZoneView {
            id,
            name: named(name),
            // A zone may reach over several real estates: it belongs to the root.
            location_id: self.location(None),
            zone_type: kind.code(),
        };
        let only = || zone(ONLY.to_owned(), &None, ZoneType::General);
        if matches!(self, Self::Single) {
            return vec![only()];
        }
        let kind = |zone: &Zone| zone.kind.unwrap_or(ZoneType::NotSet);
        let mut all: Vec<_> = source.zones.iter().map(|z| zone(z.id.to_string(), &z.name, kind(z))).collect();
        if doors.iter().any(|door| door.zone_id == ONLY) {
            all.push(only());
        }
        all
    }
}

fn named(name: &Option<String>) -> String {
    let name = name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    name.unwrap_or(NAMELESS).to_owned()
}

/// Hidden in Manager, so hidden here.
fn is_hidden(lock: &Lock) -> bool {
    lock.physical_state == Some(LockState::Hidden)
}

fn door(lock: &Lock, places: &Places<'_>) -> Door {
    let state = match lock.physical_state {
        None | Some(LockState::Planned) => "planned",
        Some(LockState::Installed) => "installed",
        Some(LockState::OutOfUse) => "outOfUse",
        Some(LockState::Hidden) => "hidden",
        Some(LockState::Other(_)) => "unknown",
    };
    // Only what the listing says: one call a lock would be too many.
    let allows =
        lock.other.iter().find(|(name, _)| tells_api_rights(name)).and_then(|(_, value)| value.as_bool());
    Door {
        id: lock.id.to_string(),
        name: door_name(lock),
        description: lock.description.clone().unwrap_or_default(),
        location_id: places.location(lock.real_estate_id),
        zone_id: places.zone(lock.zone_id),
        state: state.to_owned(),
        allows_api_rights: allows,
        online: is_online(lock),
    }
}

/// Online locks in use, network modules, and the devices on them.
fn scanners(source: &Source, places: &Places<'_>) -> Vec<Scanner> {
    let module_of = |device: &NetworkModuleDevice| {
        let id = device.network_module_id?;
        source.modules.iter().find(|module| module.id == id)
    };
    // The time zone of this date is not documented; iLOQ's other technical dates are in UTC.
    let last =
        |module: Option<&NetworkModule>| module?.online_connection_date.as_ref()?.utc().ok().map(Time::new);
    let scanner = |id: String, name: String, kind: &str, place, module| Scanner {
        id,
        name,
        kind: kind.to_owned(),
        location_id: places.location(place),
        last_connection: last(module),
    };

    let in_use = |lock: &&Lock| {
        lock.kind == Some(LockType::S5Online)
            && !is_hidden(lock)
            && lock.physical_state != Some(LockState::OutOfUse)
    };
    let mut all: Vec<_> = source
        .locks
        .iter()
        .filter(in_use)
        .map(|lock| {
            let device = lock.network_module_device_id;
            let device = device.and_then(|id| source.devices.iter().find(|device| device.id == id));
            let module = device.and_then(module_of);
            scanner(lock.id.to_string(), door_name(lock), "onlineLock", lock.real_estate_id, module)
        })
        .collect();
    all.extend(source.modules.iter().filter(|module| is_network_module(module)).map(|module| {
        let place = module.real_estate_id;
        scanner(module.id.to_string(), module_name(module), "networkModule", place, Some(module))
    }));
    all.extend(source.devices.iter().map(|device| {
        let module = module_of(device);
        let place = module.and_then(|module| module.real_estate_id);
        scanner(device.id.to_string(), device_name(device), "networkModuleDevice", place, module)
    }));
    all
}

fn access_right(right: &AccessRight) -> AccessRightView {
    let assignable = right.is_assignable();
    AccessRightView {
        id: right.id.to_string(),
        name: named(&right.name),
        description: right.description.clone().unwrap_or_default(),
        right_type: right.kind.map_or(0, AccessRightType::code),
        assignable,
        reason: (!assignable).then(|| reason(right)),
    }
}

/// Why a right can't be given.
fn reason(right: &AccessRight) -> String {
    match (right.kind, right.status, right.access_mode) {
        (Some(AccessRightType::Api), Some(status), _) if status != AccessRightStatus::Active => {
            format!("it is {}", status.meaning())
        }
        (Some(AccessRightType::Api), _, Some(mode)) if mode != AccessMode::Visible => {
            "it is hidden in iLOQ Manager".to_owned()
        }
        (Some(kind), _, _) => format!("it is {}", kind.meaning()),
        (None, _, _) => "iLOQ does not tell its type".to_owned(),
    }
}

/// Deleted profiles and those for S10 only can't be put on keys.
fn time_profile(title: &TimeLimitTitle) -> Option<TimeProfile> {
    use TimeLimitTitleOptions as Options;
    let options = title.options.unwrap_or_default();
    let only_s10 = options.contains(Options::FOR_S10) && !options.contains(Options::FOR_S50_AND_SERIES_5);
    if options.contains(Options::DELETED) || only_s10 {
        return None;
    }
    let editable = options.contains(Options::EDITABLE);
    Some(TimeProfile {
        id: title.id.to_string(),
        name: named(&title.name),
        kind: if editable { TimeProfileKind::Editable } else { TimeProfileKind::Fixed },
    })
}
