//! Rows about the way in: address, login, token, locking system.

use chrono::TimeDelta;
use iloq_client::{Error, ErrorKind};
use iloq_model::{LockGroup, LockGroupId, LockGroupState};
use portal_api::types::{Check, CheckId, CheckStatus};

use super::{
    findings::{Findings, Given, is_refused},
    options,
    row::{because, fail, pass, skip, warn},
};

/// How long before its end a locking system is warned about.
const EXPIRES_SOON: TimeDelta = TimeDelta::days(30);

/// From `GetUrl` and `Version`.
pub(super) fn service_address(findings: &Findings) -> Check {
    const ID: CheckId = CheckId::ServiceAddress;
    let version = match (findings.address_error(), &findings.version) {
        (None, Ok(version)) => version,
        (Some(error), _) | (None, Err(error)) => {
            let fix = match &**error {
                ErrorKind::Address { .. } => {
                    "Correct serviceAddress, or allow the address with the variable iloq_extra_origin."
                }
                _ if error.is_unavailable() => {
                    "Check serviceAddress, and that these functions may reach it; then run the check again."
                }
                _ => {
                    "Check serviceAddress (and apiKey, if calls go through iLOQ's gateway): it has to be the address that iLOQ gave for the 5 Series API, for example https://s5.iloq.com/iloqws."
                }
            };
            return fail(ID, format!("The service address does not work: {}.", because(error)), fix);
        }
    };
    match findings.signed_in() {
        Some(sign_in) => pass(ID, format!("iLOQ answers at {}, version {version}.", sign_in.address)),
        None => pass(ID, format!("iLOQ answers, version {version}.")),
    }
}

/// From `CreateSession.Result`.
pub(super) fn login(findings: &Findings, given: &Given<'_>) -> Check {
    const ID: CheckId = CheckId::Login;
    let Some(error) = findings.login_error() else {
        return pass(ID, format!("The API user {} can log in.", given.settings.user_name));
    };
    match error.login_refused() {
        Some(result) => fail(
            ID,
            format!("iLOQ refused the login (CreateSession {}: {}).", result.code(), result.meaning()),
            fix_of(result.code()),
        ),
        None => fail(
            ID,
            format!("The login got no usable answer: {}.", because(error)),
            "Run the check again; if it stays, check serviceAddress.",
        ),
    }
}

/// What to do about a refused login (table `CreateSessionResultType`).
pub(super) fn fix_of(result: i32) -> &'static str {
    match result {
        3 => "Use an https:// address as serviceAddress.",
        4 => "Wait until iLOQ has updated its database, then run the check again.",
        5 => "Check serviceCode, userName and password, then put the settings again.",
        6 | 11 => "Check serviceAddress: it probably belongs to another iLOQ service.",
        7 | 8 => {
            "Wait until iLOQ lifts the lock-out, or have it lifted in iLOQ Manager, then put the settings with the right password."
        }
        9 => {
            "In iLOQ Manager, set a new password for the API user, without expiry and without a forced change, then put the settings with it."
        }
        10 => "Use an API user with a password of its own: single sign-on does not work here.",
        _ => "Check the settings, then run the check again; if it stays, tell iLOQ's support.",
    }
}

/// No field tells it: refused data calls do, if the rights are there and no other data call works.
pub(super) fn programming_token(findings: &Findings, given: &Given<'_>) -> Check {
    const ID: CheckId = CheckId::ProgrammingToken;
    let token = |error: &Error| {
        fail(
            ID,
            format!("The login works, but data calls are refused: {}.", because(error)),
            format!(
                "In iLOQ Manager, let the API user {} log in without a programming token.",
                given.settings.user_name
            ),
        )
    };
    let Some(sign_in) = findings.signed_in() else {
        // What keeps everybody out says nothing about the API user.
        if let Some(group) = findings.chosen.as_ref() {
            if options::api_enabled(group).status == CheckStatus::Fail {
                return skip(ID, CheckId::ApiEnabled);
            }
            if usable(group, given).status == CheckStatus::Fail {
                return skip(ID, CheckId::LockGroup);
            }
        }
        return match findings.group_error().filter(|error| is_refused(error)) {
            Some(error) => token(error),
            None => skip(ID, CheckId::LockGroup),
        };
    };
    let listings = findings.data.listings();
    let worked = listings.iter().any(|(_, outcome)| matches!(outcome, Some(None)));
    let refused = listings.iter().find_map(|(right, outcome)| {
        let error = (*outcome)??;
        (sign_in.rights.has(*right) && is_refused(error)).then_some(error)
    });
    match refused {
        Some(error) if !worked => token(error),
        _ => warn(
            ID,
            "iLOQ's API does not tell whether the API user needs a programming token.",
            format!(
                "Log in to iLOQ Manager as {} without a token, to be sure that it works.",
                given.settings.user_name
            ),
        ),
    }
}

/// From `LockGroups`: count, `State`, `ExpireDateUTC`.
pub(super) fn lock_group(findings: &Findings, given: &Given<'_>) -> Check {
    const ID: CheckId = CheckId::LockGroup;
    let error = findings.group_error();
    match (findings.signed_in(), error.map(|error| &**error)) {
        (Some(sign_in), _) => usable(&sign_in.lock_group, given),
        (None, Some(ErrorKind::NoLockGroup)) => fail(
            ID,
            "The API user sees no locking system.",
            "In iLOQ Manager, give the API user access to the locking system.",
        ),
        (None, Some(ErrorKind::LockGroupChoice(choices))) => chosen_wrongly(choices, given),
        (None, Some(_)) => {
            let chosen = findings.chosen.as_ref().map(|group| usable(group, given));
            chosen.filter(|row| row.status == CheckStatus::Fail).unwrap_or_else(|| {
                fail(
                    ID,
                    format!(
                        "The locking system could not be opened: {}.",
                        error.map(because).unwrap_or_default()
                    ),
                    "Run the check again; if it stays, check the API user's rights in iLOQ Manager.",
                )
            })
        }
        (None, None) => skip(ID, CheckId::Login),
    }
}

fn chosen_wrongly(choices: &[(LockGroupId, String)], given: &Given<'_>) -> Check {
    let names: Vec<_> = choices.iter().map(|(id, name)| format!("{name} ({id})")).collect();
    let names = names.join(", ");
    match given.settings.lock_group_id {
        Some(id) => fail(
            CheckId::LockGroup,
            format!("The API user does not see the locking system {id}, but {names}."),
            "Correct lockGroupId in the settings, or give the API user access in iLOQ Manager.",
        ),
        None => fail(
            CheckId::LockGroup,
            format!("The API user sees {} locking systems: {names}.", choices.len()),
            "Put the id of the one that is meant into lockGroupId of the settings.",
        ),
    }
}

fn usable(group: &LockGroup, given: &Given<'_>) -> Check {
    const ID: CheckId = CheckId::LockGroup;
    let name = format!("{} ({})", group.name.as_deref().unwrap_or("without a name"), group.id);
    let in_use = matches!(group.state, None | Some(LockGroupState::InUse));
    if !in_use {
        return fail(
            ID,
            format!("The locking system {name} is not in use."),
            "Have the locking system taken into use, or choose another with lockGroupId.",
        );
    }
    let ends = group.expires.as_ref().filter(|date| date.day().is_some()).and_then(|date| date.utc().ok());
    match ends {
        Some(end) if end <= given.now => fail(
            ID,
            format!("The locking system {name} expired on {}.", end.date_naive()),
            "Ask the iLOQ dealer to extend the locking system.",
        ),
        Some(end) if end - given.now < EXPIRES_SOON => warn(
            ID,
            format!("The locking system {name} expires on {}.", end.date_naive()),
            "Ask the iLOQ dealer to extend the locking system.",
        ),
        _ => pass(ID, format!("The locking system is {name}.")),
    }
}
