//! Reads what a check judges, as far as it gets.

use std::cell::{Cell, OnceCell};

use futures::future::{join, join4};
use iloq_client::{Error, IloqApi};
use iloq_model::{Lock, LockState};

use super::findings::{Data, Findings, Reading, SampledDoor};
use crate::structure::names::door_name;

/// Locks of the sample: each costs one or two calls.
pub(super) const SAMPLE: usize = 20;

/// Reads stage by stage; one that fails ends it.
pub(super) async fn read(api: &impl IloqApi) -> Findings {
    let version = reach(api).await;
    if version.is_err() {
        return Findings { version, sign_in: None, chosen: None, data: Data::default() };
    }
    // A fresh login is what is checked. It takes the place of the kept session, which is ended rather than left
    // behind; a run that still uses that one goes on with the new one.
    api.kill_session(true).await;
    let sign_in = api.sign_in().await;
    let data = if sign_in.is_ok() { data(api).await } else { Data::default() };
    Findings { version, sign_in: Some(sign_in), chosen: api.chosen_lock_group(), data }
}

async fn reach(api: &impl IloqApi) -> Result<String, Error> {
    match api.version().await {
        // The kept session's address may be what is gone: then once more from the service address on.
        Err(error) if error.operation() != "Url_GetUrl" => {
            api.kill_session(true).await;
            api.version().await
        }
        answer => answer,
    }
}

async fn data(api: &impl IloqApi) -> Data {
    let mut data = Data { zones: Some(api.zones().await), ..Data::default() };
    if is_away(&data.zones) {
        return data;
    }
    let (rights, locks) = join(api.access_rights(), api.locks()).await;
    (data.access_rights, data.locks) = (Some(rights), Some(locks));
    if is_away(&data.access_rights) || is_away(&data.locks) {
        return data;
    }
    let (modules, devices) = join(api.network_modules(), api.network_module_devices()).await;
    (data.modules, data.devices) = (Some(modules), Some(devices));
    if !is_away(&data.modules)
        && let Some(Ok(locks)) = &data.locks
    {
        data.doors = doors(api, &sample(locks)).await;
    }
    data
}

/// Whether nothing more is worth a try.
fn is_away<T>(reading: &Reading<T>) -> bool {
    matches!(reading, Some(Err(error)) if error.is_unavailable())
}

/// Locks in use, evenly spread over all of them.
fn sample(locks: &[Lock]) -> Vec<&Lock> {
    let in_use = |lock: &&Lock| !matches!(lock.physical_state, Some(LockState::OutOfUse | LockState::Hidden));
    let locks: Vec<_> = locks.iter().filter(in_use).collect();
    let count = locks.len().min(SAMPLE);
    (0..count).map(|number| locks[number * locks.len() / count]).collect()
}

/// What the locks say, in their order. Four askers share the work.
async fn doors(api: &impl IloqApi, locks: &[&Lock]) -> Vec<SampledDoor> {
    let next = Cell::new(0);
    let told: Vec<OnceCell<SampledDoor>> = locks.iter().map(|_| OnceCell::new()).collect();
    let asker = async || {
        while let (Some(lock), Some(place)) = (locks.get(next.get()), told.get(next.get())) {
            next.set(next.get() + 1);
            let _ = place.set(SampledDoor { name: door_name(lock), allows: allows(api, lock).await });
        }
    };
    join4(asker(), asker(), asker(), asker()).await;
    told.into_iter().filter_map(OnceCell::into_inner).collect()
}

/// An option of the lock tells; its name is not documented with its meaning, so that a lock without it is judged
/// by whether API rights are on it.
async fn allows(api: &impl IloqApi, lock: &Lock) -> Result<bool, Error> {
    let options = api.lock_options(lock.id).await?;
    let told = options.iter().find(|(name, _)| crate::structure::names::tells_api_rights(name));
    if let Some((_, allows)) = told {
        return Ok(*allows);
    }
    Ok(api.lock_access_rights(lock.id).await?.iter().any(iloq_model::AccessRight::is_api_right))
}
