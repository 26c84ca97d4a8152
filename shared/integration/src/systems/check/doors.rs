//! Rows about locks and network modules.

use iloq_model::{LockType, NetworkModuleState, Right};
use portal_api::types::{Check, CheckId};

use super::{
    findings::{Data, is_refused},
    row::{because, fail, need, pass, warn},
};
use crate::structure::names::is_network_module;

const ALLOW: &str = "In iLOQ Manager, let these locks take API access rights and order their programming.";

/// From the sample: the lock's option, else API rights on the lock.
pub(super) fn doors_allow_api_rights(data: &Data) -> Check {
    const ID: CheckId = CheckId::DoorsAllowApiRights;
    if let Err(row) = need(ID, &data.locks, "The locks", Right::BrowseLockList) {
        return row;
    }
    if data.doors.is_empty() {
        return warn(
            ID,
            "The API user sees no lock that is in use.",
            "In iLOQ Manager, give the API user the zones of the locks.",
        );
    }
    let told = data.doors.iter().filter(|door| door.allows.is_ok()).count();
    let without: Vec<_> =
        data.doors.iter().filter(|door| door.allows == Ok(false)).map(|door| door.name.as_str()).collect();
    let error = data.doors.iter().find_map(|door| door.allows.as_ref().err());
    match (told, without.len(), error) {
        (0, _, Some(error)) => warn(
            ID,
            format!("Whether locks take API access rights can't be read: {}.", because(error)),
            if is_refused(error) {
                "In iLOQ Manager, give the API user the right BrowseLockList, or look at the locks there."
            } else {
                "Run the check again."
            },
        ),
        (told, 0, None) => pass(ID, format!("All {told} locks of a sample take API access rights.")),
        (told, 0, Some(error)) => warn(
            ID,
            format!(
                "{told} locks of a sample take API access rights; others can't be read: {}.",
                because(error)
            ),
            "Run the check again.",
        ),
        (told, without_count, _) if told == without_count => fail(
            ID,
            format!("None of {told} locks of a sample takes API access rights: {}.", without.join(", ")),
            ALLOW,
        ),
        (told, without_count, _) => warn(
            ID,
            format!(
                "{without_count} of {told} locks of a sample take no API access rights: {}.",
                without.join(", ")
            ),
            ALLOW,
        ),
    }
}

/// From network modules and online locks.
pub(super) fn online_devices(data: &Data) -> Check {
    const ID: CheckId = CheckId::OnlineDevices;
    let locks = match need(ID, &data.locks, "The locks", Right::BrowseLockList) {
        Ok(locks) => locks,
        Err(row) => return row,
    };
    let online = locks.iter().filter(|lock| lock.kind == Some(LockType::S5Online)).count();
    let modules = match &data.modules {
        Some(Ok(modules)) => {
            let active = |module: &&iloq_model::NetworkModule| {
                is_network_module(module) && matches!(module.state, None | Some(NetworkModuleState::Active))
            };
            modules.iter().filter(active).count()
        }
        Some(Err(error)) if online == 0 => {
            return warn(
                ID,
                format!("There is no online lock, and network modules can't be read: {}.", because(error)),
                "In iLOQ Manager, give the API user the right AdministrateLockingSystem if there are network modules.",
            );
        }
        _ => 0,
    };
    let devices = data.devices.as_ref().and_then(|devices| devices.as_ref().ok()).map_or(0, Vec::len);
    if online + modules > 0 {
        return pass(
            ID,
            format!("{modules} active network modules, {devices} devices on them, {online} online locks."),
        );
    }
    warn(
        ID,
        "There is no active network module and no online lock.",
        "Without online devices, changes reach physical keys and locks only by a programming token; phone keys get theirs from the app. Have a network module installed if that is not enough.",
    )
}
