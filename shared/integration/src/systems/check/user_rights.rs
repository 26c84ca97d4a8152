//! The row about what the API user may do.

use iloq_model::{Right, RightsMask};
use portal_api::types::{Check, CheckId};
use std::collections::BTreeSet;

use super::{
    findings::Given,
    row::{fail, pass, warn},
};

/// What a group of rights is needed for.
struct Need {
    purpose: &'static str,
    all: &'static [Right],
    /// One of these is enough; empty if there is no such choice.
    any: &'static [Right],
    /// Whether daily work stops without it.
    daily: bool,
}

const fn daily(purpose: &'static str, all: &'static [Right]) -> Need {
    Need { purpose, all, any: &[], daily: true }
}

/// The rights by job, as iLOQ's operations name them.
const NEEDS: &[Need] = &[
    daily("login, zones and real estates", &[Right::LoginManager]),
    daily("persons", &[Right::ViewPersonList, Right::EditPersons]),
    daily("keys", &[Right::ViewKeyList, Right::EditKeys]),
    daily("access rights", &[Right::ViewSecurityAccessList]),
    daily("key access (rights and limits in time of keys)", &[Right::EditKeyAccess]),
    daily("orders", &[Right::OrderKeys]),
    Need { any: &[Right::HandleKeyReturns, Right::OrderKeys], ..daily("returns", &[]) },
    daily("phone keys", &[Right::ViewKeyTools, Right::EditKeys, Right::EditKeyAccess, Right::OrderKeys]),
    daily("the block list", &[Right::ViewBlacklistTools, Right::EditBlacklist, Right::ViewBlacklist]),
    daily("logs", &[Right::BrowseLockLogs]),
    daily("doors", &[Right::BrowseLockList]),
    Need { daily: false, ..daily("network modules and webhooks", &[Right::AdministrateLockingSystem]) },
];

impl Need {
    fn missing(&self, mask: RightsMask) -> Vec<&'static str> {
        let mut missing = mask.missing(self.all);
        if !self.any.is_empty() && !self.any.iter().any(|right| mask.has(*right)) {
            missing.extend(self.any.first().map(|right| right.name()));
        }
        missing
    }
}

/// From `SetLockgroup.RightsMask`: each missing right by name, under what it is needed for.
pub(super) fn user_rights(mask: RightsMask, given: &Given<'_>) -> Check {
    const ID: CheckId = CheckId::UserRights;
    let missing: Vec<_> =
        NEEDS.iter().map(|need| (need, need.missing(mask))).filter(|(_, names)| !names.is_empty()).collect();
    if missing.is_empty() {
        return pass(ID, "The API user has every right that is used.");
    }
    let groups: Vec<_> =
        missing.iter().map(|(need, names)| format!("{}: {}", need.purpose, names.join(", "))).collect();
    let names: BTreeSet<_> = missing.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let names: Vec<_> = names.into_iter().collect();
    let detail = format!("The API user lacks rights for {}.", groups.join("; "));
    let fix = format!(
        "In iLOQ Manager, give the user {} these rights: {}.",
        given.settings.user_name,
        names.join(", ")
    );
    if missing.iter().any(|(need, _)| need.daily) { fail(ID, detail, fix) } else { warn(ID, detail, fix) }
}
