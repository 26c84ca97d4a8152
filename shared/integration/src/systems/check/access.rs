//! Rows about access rights and zones.

use iloq_model::{LockGroup, LockGroupOptions, Right, ZoneType};
use portal_api::types::{Check, CheckId};

use super::{
    findings::{Data, Given},
    options::option,
    row::{fail, need, pass},
};

/// From option 16384, and at least one right that can be given.
pub(super) fn api_access_rights(group: &LockGroup, data: &Data) -> Check {
    const ID: CheckId = CheckId::ApiAccessRights;
    match option(ID, group, LockGroupOptions::API_ACCESS_RIGHTS) {
        Ok(true) => {}
        Ok(false) => {
            return fail(
                ID,
                "API access rights are not in use in this locking system.",
                "In iLOQ Manager, turn on API access rights in the settings of the locking system. Then make the rights anew as API rights (they can't be converted), and order the locks.",
            );
        }
        Err(row) => return row,
    }
    let rights = match need(ID, &data.access_rights, "The access rights", Right::ViewSecurityAccessList) {
        Ok(rights) => rights,
        Err(row) => return row,
    };
    let assignable = rights.iter().filter(|right| right.is_assignable()).count();
    if assignable > 0 {
        return pass(ID, format!("{assignable} of {} access rights can be given.", rights.len()));
    }
    let api = rights.iter().filter(|right| right.is_api_right()).count();
    let fix = if api > 0 {
        "In iLOQ Manager, set an API access right to active and not hidden."
    } else {
        "In iLOQ Manager, make an access right of the type API in a zone that the API user sees."
    };
    fail(ID, format!("None of the {} access rights that the API user sees can be given.", rights.len()), fix)
}

/// From the zones: `defaults.zoneId`, else one of type 4.
pub(super) fn default_zone(data: &Data, given: &Given<'_>) -> Check {
    const ID: CheckId = CheckId::DefaultZone;
    let zones = match need(ID, &data.zones, "The zones", Right::LoginManager) {
        Ok(zones) => zones,
        Err(row) => return row,
    };
    let name = |name: &Option<String>| name.clone().unwrap_or_default();
    if let Some(wanted) = given.settings.defaults.zone_id {
        return match zones.iter().find(|zone| zone.id == wanted) {
            Some(zone) => pass(ID, format!("New persons and keys get the zone \"{}\".", name(&zone.name))),
            None => fail(
                ID,
                format!("The API user does not see the zone {wanted} of defaults.zoneId."),
                "Correct defaults.zoneId in the settings, or give the API user that zone in iLOQ Manager.",
            ),
        };
    }
    let default = zones.iter().find(|zone| zone.kind == Some(ZoneType::DefaultForKeysAndPersons));
    match default {
        Some(zone) => {
            pass(ID, format!("New persons and keys get the default zone \"{}\".", name(&zone.name)))
        }
        None => fail(
            ID,
            "There is no default zone for keys and persons that the API user sees.",
            "In iLOQ Manager, choose the default zone for keys and persons, or put a zone into defaults.zoneId of the settings.",
        ),
    }
}
