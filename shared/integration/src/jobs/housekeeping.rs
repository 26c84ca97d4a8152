//! Housekeeping: what was deleted is erased, what is derived is repaired, what is old goes, secrets are
//! sealed with the current key.

use std::collections::{BTreeMap, BTreeSet};

use iloq_client::{io::Clock, origin_of};
use portal_api::types::Counts;

use crate::{
    events,
    http::{Call, KEPT_MS, KEY_PREFIX, Remembered, audit_entries},
    keys::{KeyStore, sending},
    logs,
    platform::{Platform, Store},
    problem::Stop,
    state::{GLOBAL_PREFIX, PREFIX, Registry, RunRecord, Runs, Space, SystemRecord},
    system::System,
    users::NameIndex,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The contract keeps changes for 30 days.
const CHANGES_MS: i64 = 30 * DAY_MS;
/// The contract keeps runs for at least 7 days.
const RUNS_MS: i64 = 30 * DAY_MS;
/// The audit trail is kept for two years.
const AUDIT_MS: i64 = 730 * DAY_MS;
/// Copies of a stream's entries are kept for a day: far longer than any write to the store takes.
const COPIES_MS: i64 = DAY_MS;
/// Values erased in one call, so that it ends within its slice.
const BUDGET: usize = 2_000;

/// What concerns all systems. The one place, with the repairs below, where the whole store is listed.
///
/// # Errors
/// The store's failure.
pub fn prepare<P: Platform>(call: &Call<'_, P>) -> Result<(), Stop> {
    let store = call.platform.store();
    let registry = Registry::new(store);
    let now = call.platform.clock().now().timestamp_millis();
    let keys = store.keys().map_err(crate::state::StateError::from)?;
    registry.repair(&keys)?;
    let mut live: BTreeMap<&str, Option<String>> = BTreeMap::new();
    let mut budget = BUDGET;
    for key in &keys {
        if budget == 0 {
            break;
        }
        if let Some(key) = key.strip_prefix(GLOBAL_PREFIX) {
            if key.starts_with(KEY_PREFIX) && forget(&Space::global(store), key, now)? {
                budget -= 1;
            }
            continue;
        }
        let Some((system, incarnation)) = parts(key) else { continue };
        if !live.contains_key(system) {
            let record = registry.get(system)?;
            live.insert(system, record.map(|r| r.incarnation));
        }
        let current = live.get(system).and_then(Option::as_deref);
        if incarnation != "-" && current != Some(incarnation) {
            store.delete(key).map_err(crate::state::StateError::from)?;
            budget -= 1;
        }
    }
    Ok(())
}

/// Erases a remembered request that is old enough.
fn forget<S: Store>(space: &Space<'_, S>, key: &str, now: i64) -> Result<bool, Stop> {
    let old = space.get::<Remembered>(key)?.is_none_or(|known| now - known.at > KEPT_MS);
    if old {
        space.delete(key)?;
    }
    Ok(old)
}

/// System and incarnation of a key.
fn parts(key: &str) -> Option<(&str, &str)> {
    let (system, rest) = key.strip_prefix(PREFIX)?.split_once(':')?;
    let (incarnation, _) = rest.split_once(':')?;
    Some((system, incarnation))
}

/// What concerns one system.
///
/// # Errors
/// The store's failure.
pub async fn of_system<P: Platform>(system: &System<'_, P>) -> Result<Counts, Stop> {
    let keys = system.platform.store().keys().map_err(crate::state::StateError::from)?;
    let own: Vec<&str> = keys.iter().filter_map(|key| key.strip_prefix(system.space.prefix())).collect();
    let now = system.now_ms();
    let mut counts = Counts::new();
    let mut count = |name: &str, n: usize| {
        counts.insert(name.to_owned(), n as u64);
    };

    let saved: Vec<String> = own.iter().filter_map(|key| key.strip_prefix("u:")).map(str::to_owned).collect();
    let (runs, changes) = (Runs::new(&system.space), system.changes());
    let trail = audit_entries(&system.space);
    let mut repaired = system.users().repair(&saved)?;
    repaired += KeyStore::new(&system.space).repair(&own)?;
    for stream in [&runs.stream(), &changes.stream(), &trail] {
        // The copies of yesterday's entries are not counted: each run writes an entry, which would be reason enough
        // for another.
        repaired += stream.mend(&own, now - COPIES_MS, BUDGET)?;
    }
    count("repaired", repaired);
    let mut erased = 0;
    for key in own.iter().filter(|key| key.starts_with("up:")) {
        if system.users().is_old_page(key)? {
            system.space.delete(key)?;
            erased += 1;
        }
    }
    for key in NameIndex::new(&system.space).outgrown(&own)? {
        system.space.delete(key)?;
        erased += 1;
    }
    erased += changes.stream().erase_before(now - CHANGES_MS, BUDGET)?;
    erased += trail.erase_before(now - AUDIT_MS, BUDGET)?;
    erased += old_runs(&runs, &own, now)?;
    erased += sending::tidy(&system.space, &own, now)?;
    erased += usize::try_from(logs::tidy(system, &own).await?).unwrap_or(usize::MAX);
    count("erased", erased);
    let settings = reseal(system)?;
    count("resealed", usize::from(events::reseal(system)? || settings));
    Ok(counts)
}

fn old_runs<S: Store>(runs: &Runs<'_, S>, own: &[&str], now: i64) -> Result<usize, Stop> {
    let ids: BTreeSet<&str> =
        own.iter().filter_map(|key| key.strip_prefix("run:")?.split(':').next()).collect();
    let mut erased = 0;
    for id in ids {
        let old = |run: &RunRecord| run.finished_at.is_some_and(|at| now - at > RUNS_MS);
        if let Some(run) = runs.get(id)?.filter(old) {
            runs.erase(&run)?;
            erased += 1;
        }
    }
    erased += runs.stream().erase_before(now - RUNS_MS, BUDGET)?;
    Ok(erased)
}

/// Seals the secrets with the key that seals now, so that an old key can be retired.
fn reseal<P: Platform>(system: &System<'_, P>) -> Result<bool, Stop> {
    let ring = system.config.key_ring()?;
    let mut record = SystemRecord::clone(&system.record);
    let current = ring.is_current(&record.password)
        && record.api_key.as_deref().is_none_or(|sealed| ring.is_current(sealed));
    if current {
        return Ok(false);
    }
    let origin = origin_of(&record.settings.service_address).unwrap_or_default();
    let again = |field: &str, sealed: &str| {
        let binding = System::<P>::binding(system.id, field, &origin);
        ring.seal(system.platform.random(), binding, &ring.open(binding, sealed)?)
    };
    record.password = again("password", &record.password)?;
    if let Some(sealed) = &record.api_key {
        record.api_key = Some(again("apiKey", sealed)?);
    }
    let registry = Registry::new(system.platform.store());
    // Settings put meanwhile are newer, and sealed with the current key.
    if registry.get(system.id)?.is_some_and(|now| now.revision == record.revision) {
        registry.put(system.id, &record)?;
    }
    Ok(true)
}
