//! Zones, real estates, network modules, and the definitions of access rights.

use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

use crate::{
    call::{Call, Viewer, listing},
    http::{Answer, Outcome, Refusal},
    operation::{Operation, Rights},
    shape::{Record, shape},
    world::{System, guid, number},
};

const LOGIN: Rights = Rights::All(1);
const ADMINISTRATE: Rights = Rights::All(2_147_483_648);
const READ_RIGHTS: Rights = Rights::All(2_097_152);
const WRITE_RIGHTS: Rights = Rights::All(4_194_304);

/// `LockGroup.OptionMask`: access rights of type 3 may be made.
const API_RIGHTS: i64 = 16_384;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("Zones_GetAllZones", "GET", "Zones", LOGIN, |call| {
        let sees = |viewer: &Viewer, zone: &Record| viewer.sees_record(zone);
        listing(&mut call.system.zones, &call.viewer, |_| true, sees, |zone| shape("Zone").render(zone))
    }),
    Operation::new("RealEstates_GetValues", "GET", "RealEstates", LOGIN, |call| {
        listing(
            &mut call.system.real_estates,
            &call.viewer,
            |_| true,
            |_, _| true,
            |place| shape("RealEstate").render(place),
        )
    }),
    Operation::new("NetworkModules_GetAll", "GET", "NetworkModules", ADMINISTRATE, |call| {
        let sees = |viewer: &Viewer, module: &Record| viewer.sees_record(module);
        listing(
            &mut call.system.modules,
            &call.viewer,
            |_| true,
            sees,
            |module| shape("NetworkModule").render(module),
        )
    }),
    Operation::new("NetworkModules_GetById", "GET", "NetworkModules/{}", ADMINISTRATE, |call| {
        let id = call.id(0)?;
        Answer::of(&shape("NetworkModule").render(module(call, id)?))
    }),
    Operation::new("NetworkModuleDevices_GetAll", "GET", "NetworkModuleDevices", ADMINISTRATE, |call| {
        devices(call, None)
    }),
    Operation::new("NetworkModuleDevices_GetById", "GET", "NetworkModuleDevices/{}", ADMINISTRATE, |call| {
        let id = call.id(0)?;
        let device =
            call.system.devices.get(id).ok_or_else(|| Refusal::not_found("Network module device", id))?;
        Answer::of(&shape("NetworkModuleDevice").render(device))
    }),
    Operation::new(
        "NetworkModuleDevices_GetByNetworkModuleId",
        "GET",
        "NetworkModules/{}/NetworkModuleDevices",
        ADMINISTRATE,
        |call| {
            let id = call.id(0)?;
            module(call, id)?;
            devices(call, Some(id))
        },
    ),
    Operation::new(
        "NetworkModuleDeviceRelays_GetByNetworkModuleId",
        "GET",
        "NetworkModules/{}/NetworkModuleDeviceRelays",
        ADMINISTRATE,
        |call| {
            let id = call.id(0)?;
            module(call, id)?;
            let of = call.system.devices.iter().filter(|(_, device)| guid(device, "FProgKey_ID") == Some(id));
            let of = of.map(|(id, _)| id).collect();
            relays(call, &of)
        },
    ),
    Operation::new(
        "NetworkModuleDeviceRelays_GetByNetworkModuleDeviceId",
        "GET",
        "NetworkModuleDevices/{}/NetworkModuleDeviceRelays",
        ADMINISTRATE,
        |call| {
            let id = call.id(0)?;
            relays(call, &BTreeSet::from([id]))
        },
    ),
    Operation::new(
        "NetworkModuleDeviceRelays_GetById",
        "GET",
        "NetworkModuleDeviceRelays/{}",
        ADMINISTRATE,
        |call| {
            let id = call.id(0)?;
            let relay = call.system.relays.get(id).ok_or_else(|| Refusal::not_found("Relay", id))?;
            Answer::of(&shape("NetworkModuleDeviceRelay").render(relay))
        },
    ),
    Operation::new("SecurityAccess_GetAllSecurityAccesses", "GET", "SecurityAccesses", READ_RIGHTS, |call| {
        let sees = |viewer: &Viewer, right: &Record| viewer.sees_record(right);
        listing(
            &mut call.system.rights,
            &call.viewer,
            |_| true,
            sees,
            |right| shape("SecurityAccess").render(right),
        )
    }),
    Operation::new("SecurityAccess_Insert", "POST", "SecurityAccesses", WRITE_RIGHTS, insert_right)
        .body("InsertSecurityAccess"),
    Operation::new("SecurityAccess_Update", "PUT", "SecurityAccesses", WRITE_RIGHTS, update_right)
        .body("UpdateSecurityAccess"),
    Operation::new("SecurityAccess_Delete", "DELETE", "SecurityAccesses/{}", WRITE_RIGHTS, delete_right),
    Operation::new("PersonRoles_GetAllPersonRoles", "GET", "PersonRoles", Rights::All(32_768), |_| {
        Answer::of(&Vec::<Value>::new())
    }),
    // There are no person roles, so none is found.
    Operation::new("PersonRoles_GetRoleById", "GET", "PersonRoles/{}", Rights::All(32_768), no_role),
    Operation::new(
        "PersonRoles_GetSecurityAccessesByPersonRoleId",
        "GET",
        "PersonRoles/{}/SecurityAccesses",
        Rights::All(32_768),
        no_role,
    ),
];

/// A lock with what the API shows by other calls.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LockRow {
    pub(crate) record: Record,
    pub(crate) options: Record,
    /// The planned access rights and titles.
    pub(crate) plan: LockPlan,
    /// What was programmed last.
    pub(crate) programmed: LockPlan,
}

/// What a lock lets in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct LockPlan {
    pub(crate) rights: BTreeSet<Uuid>,
    pub(crate) titles: BTreeSet<Uuid>,
    pub(crate) all_titles: bool,
}

fn no_role(call: &mut Call<'_>) -> Outcome {
    Err(Refusal::not_found("Person role", call.id(0)?))
}

fn module<'a>(call: &'a Call<'_>, id: Uuid) -> Result<&'a Record, Refusal> {
    let found = call.system.modules.get(id).filter(|module| call.viewer.sees_record(module));
    found.ok_or_else(|| Refusal::not_found("Network module", id))
}

fn devices(call: &mut Call<'_>, of: Option<Uuid>) -> Outcome {
    let rows = call.system.devices.iter().map(|(_, device)| device);
    let rows = rows.filter(|device| of.is_none_or(|module| guid(device, "FProgKey_ID") == Some(module)));
    Answer::of(&rows.map(|device| shape("NetworkModuleDevice").render(device)).collect::<Vec<_>>())
}

fn relays(call: &mut Call<'_>, of: &BTreeSet<Uuid>) -> Outcome {
    let rows = call.system.relays.iter().map(|(_, relay)| relay);
    let rows =
        rows.filter(|relay| guid(relay, "NetworkModuleDevice_ID").is_some_and(|device| of.contains(&device)));
    Answer::of(&rows.map(|relay| shape("NetworkModuleDeviceRelay").render(relay)).collect::<Vec<_>>())
}

/// The definition of an access right, if the user sees it.
pub(crate) fn right<'a>(system: &'a System, viewer: &Viewer, id: Uuid) -> Result<&'a Record, Refusal> {
    let found = system.rights.get(id).filter(|right| viewer.sees_record(right));
    found.ok_or_else(|| Refusal::not_found("Security access", id))
}

fn insert_right(call: &mut Call<'_>) -> Outcome {
    let mut record = call.object("SecurityAccess")?;
    let id = guid(&record, "SecurityAccess_ID").unwrap_or_else(|| call.ids.next());
    if call.system.rights.contains(id) {
        return Err(Refusal::invalid("SecurityAccess.SecurityAccess_ID", id));
    }
    let kind = number(&record, "Type");
    if !matches!(kind, 1 | 3) || (kind == 3 && !call.system.option(API_RIGHTS)) {
        return Err(Refusal::invalid("SecurityAccess.Type", kind));
    }
    if number(&record, "Status") != 0 {
        return Err(Refusal::invalid("SecurityAccess.Status", number(&record, "Status")));
    }
    call.check_real_estate(&record)?;
    call.check_zone(&record)?;
    record.insert("SecurityAccess_ID".to_owned(), Value::from(id.to_string()));
    let answer = Answer::of(&json!({ "SecurityAccess": shape("SecurityAccess").render(&record) }));
    call.system.rights.insert(id, record);
    answer
}

fn update_right(call: &mut Call<'_>) -> Outcome {
    let mut record = call.object("SecurityAccess")?;
    let id = guid(&record, "SecurityAccess_ID").unwrap_or_default();
    let old = right(call.system, &call.viewer, id)?.clone();
    call.check_real_estate(&record)?;
    call.check_zone(&record)?;
    for kept in ["Type", "Status", "VersionNr", "ParentSecurityAccess_ID"] {
        if let Some(value) = old.get(kept) {
            record.insert(kept.to_owned(), value.clone());
        }
    }
    call.system.rights.insert(id, record);
    Ok(Answer::Void)
}

/// A definition in use by a key or a lock is not deleted.
fn delete_right(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    right(call.system, &call.viewer, id)?;
    let on_key = call.system.keys.iter().any(|(_, key)| key.is_listed() && key.plan.rights.contains(&id));
    let on_lock = call.system.locks.iter().any(|(_, lock)| lock.plan.rights.contains(&id));
    if on_key || on_lock {
        return Err(Refusal::validation(format!("The security access {id} is in use.")));
    }
    call.system.rights.remove(id);
    Ok(Answer::Void)
}
