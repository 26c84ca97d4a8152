//! From what was read to the rows of the answer.

use portal_api::types::{Check, CheckId};

use super::{
    access, doors,
    findings::{Findings, Given},
    options,
    row::{fail, skip},
    sign_in, user_rights,
};
use crate::state::Suspension;

/// All checks, in the order of the contract.
pub(super) fn evaluate(findings: &Findings, given: &Given<'_>) -> Vec<Check> {
    CheckId::ALL.iter().map(|id| one(*id, findings, given)).collect()
}

/// A suspended system: iLOQ was not asked.
pub(super) fn suspended(suspension: &Suspension) -> Vec<Check> {
    let rest = |id: &CheckId| match id {
        CheckId::Login => fail(
            *id,
            format!(
                "{}. No further login is tried, since that could lengthen a lock-out.",
                suspension.because()
            ),
            sign_in::fix_of(suspension.result),
        ),
        id => skip(*id, CheckId::Login),
    };
    CheckId::ALL.iter().map(rest).collect()
}

fn one(id: CheckId, findings: &Findings, given: &Given<'_>) -> Check {
    use CheckId as Id;
    if id == Id::ServiceAddress {
        return sign_in::service_address(findings);
    }
    if findings.address_error().is_some() {
        return skip(id, Id::ServiceAddress);
    }
    if id == Id::Login {
        return sign_in::login(findings, given);
    }
    if findings.login_error().is_some() {
        return skip(id, Id::Login);
    }
    match id {
        Id::ProgrammingToken => return sign_in::programming_token(findings, given),
        Id::LockGroup => return sign_in::lock_group(findings, given),
        Id::EmailField => return options::email_field(given),
        Id::Licence => return options::licence(given),
        _ => {}
    }
    if let Some(group) = findings.group() {
        match id {
            Id::ApiEnabled => return options::api_enabled(group),
            Id::TimeZone => return options::time_zone(group, given),
            Id::KeyHandover => return options::key_handover(group),
            _ => {}
        }
    }
    let Some(sign_in) = findings.signed_in() else { return skip(id, Id::LockGroup) };
    let (group, data) = (&sign_in.lock_group, &findings.data);
    match id {
        Id::UserRights => user_rights::user_rights(sign_in.rights, given),
        Id::ApiAccessRights => access::api_access_rights(group, data),
        Id::DoorsAllowApiRights => doors::doors_allow_api_rights(data),
        Id::DefaultZone => access::default_zone(data, given),
        _ => doors::online_devices(data),
    }
}
