//! What the API user saw at the last complete listing. If it sees less now, a missing person proves nothing.

use std::collections::BTreeSet;

use iloq_client::IloqApi;
use iloq_model::{RightsMask, ZoneId, ZoneType};
use serde::{Deserialize, Serialize};

use crate::{platform::Platform, problem::Stop, system::System};

const KEY: &str = "visibility";
const ZONE_KEY: &str = "zone";

/// What the API user saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Visibility {
    /// The rights mask (`SetLockgroup`).
    pub rights: RightsMask,
    /// The zones (`GET Zones`).
    pub zones: BTreeSet<ZoneId>,
}

impl Visibility {
    /// Whether the API user may see less `now` than before. Zones that came are no reason to doubt.
    pub fn is_narrowed_by(&self, now: &Self) -> bool {
        now.rights != self.rights || !self.zones.is_subset(&now.zones)
    }
}

/// The default zone as it was asked for, with these settings.
#[derive(Serialize, Deserialize)]
struct DefaultZone {
    zones: Vec<ZoneId>,
    settings_revision: u64,
}

/// What the API user sees now.
///
/// # Errors
/// iLOQ's error.
pub async fn now(api: &impl IloqApi) -> Result<Visibility, Stop> {
    let rights = api.refresh_rights().await?;
    let zones = api.zones().await?.into_iter().map(|zone| zone.id).collect();
    Ok(Visibility { rights, zones })
}

/// What it saw at the last complete listing.
///
/// # Errors
/// The store's failure.
pub fn stored<P: Platform>(system: &System<'_, P>) -> Result<Option<Visibility>, Stop> {
    Ok(system.space.get(KEY)?)
}

/// Notes what it sees now.
///
/// # Errors
/// The store's failure.
pub fn store<P: Platform>(system: &System<'_, P>, visibility: &Visibility) -> Result<(), Stop> {
    Ok(system.space.put(KEY, visibility)?)
}

/// Whether the API user may see less than before.
///
/// # Errors
/// iLOQ's or the store's error.
pub async fn changed<P: Platform>(system: &System<'_, P>, api: &impl IloqApi) -> Result<bool, Stop> {
    let Some(before) = stored(system)? else { return Ok(false) };
    let now = now(api).await?;
    Ok(before.is_narrowed_by(&now))
}

/// Zones that a new person is made in: the one in the settings, else iLOQ's default zone for persons, asked
/// for once per system and settings. Empty if iLOQ has none.
///
/// # Errors
/// iLOQ's or the store's error.
pub async fn default_zones<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
) -> Result<Vec<ZoneId>, Stop> {
    if let Some(zone) = system.record.settings.defaults.zone_id {
        return Ok(vec![zone]);
    }
    let revision = system.record.revision;
    if let Some(known) = system.space.get::<DefaultZone>(ZONE_KEY)?
        && known.settings_revision == revision
    {
        return Ok(known.zones);
    }
    let all = api.zones().await?;
    let default = all.into_iter().find(|zone| zone.kind == Some(ZoneType::DefaultForKeysAndPersons));
    let zones: Vec<_> = default.map(|zone| zone.id).into_iter().collect();
    system.space.put(ZONE_KEY, &DefaultZone { zones: zones.clone(), settings_revision: revision })?;
    Ok(zones)
}
