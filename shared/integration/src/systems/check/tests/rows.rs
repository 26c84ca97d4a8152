//! What each row says.

use iloq_client::{Error, ErrorKind};
use iloq_model::{
    AccessMode, AccessRightType, CreateSessionResult, DateText, LockGroup, LockGroupOptions, LockGroupState,
    LockType, NetworkModuleState, NetworkModuleType, Right, RightsMask, ZoneType,
};
use portal_api::{
    Patch,
    types::{CheckAnswer, CheckId, CheckStatus, Settings},
};

use super::{
    super::{
        evaluate::suspended,
        findings::{Data, Findings, SampledDoor},
    },
    api_right, assert_row, default_zone, differing, fine, id, lock_group, module, online_lock, row, rows,
    rows_with, settings, status, unreachable, with_group, with_sign_in,
};
use crate::state::Suspension;

#[test]
fn all_is_well_in_the_order_of_the_contract() {
    let rows = rows(&fine());
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    assert_eq!(ids, CheckId::ALL);
    for row in &rows {
        // What can't be read is never more than a warning with the advice where to look.
        let unreadable = matches!(row.id, CheckId::ProgrammingToken | CheckId::Licence);
        assert_eq!(row.status, if unreadable { CheckStatus::Warn } else { CheckStatus::Pass }, "{row:?}");
    }
    assert_row(&rows, CheckId::ServiceAddress, CheckStatus::Pass, "iloqwspool2, version 7.5.1");
    assert!(CheckAnswer::new(rows).ok);
}

#[test]
fn an_address_that_does_not_answer_stops_everything() {
    let not_reached = Findings { version: Err(unreachable("Url_GetUrl")), sign_in: None, ..fine() };
    let moved = Error::from(ErrorKind::Address { address: "https://evil.example".to_owned() });
    let elsewhere = Findings { sign_in: Some(Err(moved)), ..fine() };
    for (findings, part) in [(not_reached, "refused"), (elsewhere, "iloq_extra_origin")] {
        let rows = rows(&findings);
        assert_row(&rows, CheckId::ServiceAddress, CheckStatus::Fail, part);
        assert!(rows[1..].iter().all(|row| row.status == CheckStatus::Skipped));
        assert!(!CheckAnswer::new(rows).ok);
    }
}

#[test]
fn a_refused_login_says_what_to_do() {
    for (result, part) in [
        (CreateSessionResult::WrongCredentials, "password"),
        (CreateSessionResult::Locked, "lock-out"),
        (CreateSessionResult::PasswordExpired, "without expiry"),
        (CreateSessionResult::DatabaseTooNew, "serviceAddress"),
        (CreateSessionResult::Updating, "Wait"),
        (CreateSessionResult::Other(99), "99"),
    ] {
        let rows = rows(&Findings { sign_in: Some(Err(ErrorKind::LoginRefused(result).into())), ..fine() });
        assert_row(&rows, CheckId::ServiceAddress, CheckStatus::Pass, "7.5.1");
        assert_row(&rows, CheckId::Login, CheckStatus::Fail, part);
        assert!(rows[2..].iter().all(|row| row.status == CheckStatus::Skipped), "{result:?}");
    }
}

#[test]
fn a_suspended_system_fails_at_the_login_alone() {
    let rows = suspended(&Suspension { result: 8, at: 0, settings_revision: 1 });
    assert_row(&rows, CheckId::Login, CheckStatus::Fail, "CreateSession 8");
    let failed: Vec<_> = rows.iter().filter(|row| row.status != CheckStatus::Skipped).collect();
    assert_eq!((failed.len(), rows.len()), (1, CheckId::ALL.len()));
}

#[test]
fn refused_data_calls_in_spite_of_the_rights_mean_a_token() {
    let mut findings = fine();
    let refused = || status("Zones_GetAllZones", 403);
    findings.data.zones = Some(Err(refused()));
    assert_row(&rows(&findings), CheckId::ProgrammingToken, CheckStatus::Warn, "without a token");

    findings.data.access_rights = Some(Err(refused()));
    findings.data.locks = Some(Err(refused()));
    findings.data.modules = Some(Err(refused()));
    assert_row(&rows(&findings), CheckId::ProgrammingToken, CheckStatus::Fail, "data calls are refused");

    // Without the rights, a refusal is no wonder.
    let without = with_sign_in(|sign_in| sign_in.rights = RightsMask::default());
    findings.sign_in = without.sign_in;
    assert_row(&rows(&findings), CheckId::ProgrammingToken, CheckStatus::Warn, "does not tell");
    assert_row(&rows(&findings), CheckId::DefaultZone, CheckStatus::Fail, "LoginManager");

    let at_once = Findings { sign_in: Some(Err(status("LockGroups_GetAllLockGroups", 401))), ..fine() };
    let rows = rows(&at_once);
    assert_row(&rows, CheckId::ProgrammingToken, CheckStatus::Fail, "401");
    assert_row(&rows, CheckId::LockGroup, CheckStatus::Fail, "could not be opened");
    assert!(!row(&rows, CheckId::LockGroup).detail.contains("No."));
}

#[test]
fn one_usable_locking_system() {
    let choice = || vec![(id(1), "Harbour".to_owned()), (id(2), "Hill".to_owned())];
    let several = Findings { sign_in: Some(Err(ErrorKind::LockGroupChoice(choice()).into())), ..fine() };
    let rows_of_several = rows(&several);
    assert_row(&rows_of_several, CheckId::LockGroup, CheckStatus::Fail, "Hill (00000000-");
    assert_row(&rows_of_several, CheckId::ProgrammingToken, CheckStatus::Skipped, "lock-group");
    assert_row(&rows_of_several, CheckId::UserRights, CheckStatus::Skipped, "lock-group");
    assert_row(&rows_of_several, CheckId::EmailField, CheckStatus::Pass, "E-mail");
    let wrong = Settings { lock_group_id: Some(id(9)), ..settings() };
    let rows_of_wrong = rows_with(&several, &wrong, false);
    assert_row(&rows_of_wrong, CheckId::LockGroup, CheckStatus::Fail, "Correct lockGroupId");

    let none = Findings { sign_in: Some(Err(ErrorKind::NoLockGroup.into())), ..fine() };
    assert_row(&rows(&none), CheckId::LockGroup, CheckStatus::Fail, "no locking system");
    let unused = with_group(|group| group.state = Some(LockGroupState::NotInUse));
    assert_eq!(differing(&rows(&unused)), [("lock-group", "fail")]);
    for (date, wanted) in [
        ("2026-11-24T08:00:00Z", CheckStatus::Fail),
        ("2026-12-20T00:00:00Z", CheckStatus::Warn),
        ("2027-12-20T00:00:00Z", CheckStatus::Pass),
        ("", CheckStatus::Pass),
        ("0001-01-01T00:00:00", CheckStatus::Pass),
    ] {
        let findings = with_group(|group| group.expires = Some(DateText::from(date)));
        assert_row(&rows(&findings), CheckId::LockGroup, wanted, "Harbour");
    }
}

#[test]
fn options_that_are_off_fail_one_row_each() {
    for (option, id, part) in [
        (LockGroupOptions::PUBLIC_API, CheckId::ApiEnabled, "tick the Public API"),
        (LockGroupOptions::API_ACCESS_RIGHTS, CheckId::ApiAccessRights, "turn on API access rights"),
        (LockGroupOptions::HOLDER_MAY_CHANGE, CheckId::KeyHandover, "without a return"),
    ] {
        let findings = with_group(|group| group.options = group.options.map(|all| all.without(option)));
        let rows = rows(&findings);
        assert_row(&rows, id, CheckStatus::Fail, part);
        assert_eq!(differing(&rows), [(id.name(), "fail")]);
    }
    let rows = rows(&with_group(|group| group.options = None));
    assert_row(&rows, CheckId::ApiEnabled, CheckStatus::Warn, "does not tell the options");
}

#[test]
fn missing_rights_are_named_under_what_they_are_for() {
    let lacking = |missing: &[Right]| {
        let rights: Vec<_> = Right::ALL.iter().copied().filter(|right| !missing.contains(right)).collect();
        rows(&with_sign_in(|sign_in| sign_in.rights = RightsMask::of(&rights)))
    };
    let rows = lacking(&[Right::EditKeys, Right::BrowseLockLogs]);
    let told = row(&rows, CheckId::UserRights);
    assert_eq!(
        told.detail,
        "The API user lacks rights for keys: EditKeys; phone keys: EditKeys; logs: BrowseLockLogs."
    );
    assert_row(&rows, CheckId::UserRights, CheckStatus::Fail, "these rights: BrowseLockLogs, EditKeys.");

    let extra = lacking(&[Right::AdministrateLockingSystem]);
    assert_row(&extra, CheckId::UserRights, CheckStatus::Warn, "network modules and webhooks");
    // OrderKeys is enough for returns; rights that nothing here uses are not missed.
    let enough = lacking(&[Right::HandleKeyReturns, Right::EditFloorPlans]);
    assert_row(&enough, CheckId::UserRights, CheckStatus::Pass, "every right that is used");
    let neither = lacking(&[Right::HandleKeyReturns, Right::OrderKeys]);
    assert_row(&neither, CheckId::UserRights, CheckStatus::Fail, "returns: HandleKeyReturns");
}

#[test]
fn a_right_that_can_be_given_is_needed() {
    let with = |rights| {
        let mut findings = fine();
        findings.data.access_rights = Some(rights);
        rows(&findings)
    };
    let mut hidden = api_right();
    hidden.access_mode = Some(AccessMode::Hidden);
    let mut standard = api_right();
    standard.kind = Some(AccessRightType::Standard);
    let check = CheckId::ApiAccessRights;
    assert_row(&with(Ok(vec![standard.clone(), api_right()])), check, CheckStatus::Pass, "1 of 2");
    assert_row(&with(Ok(vec![hidden])), check, CheckStatus::Fail, "active and not hidden");
    assert_row(&with(Ok(vec![standard])), check, CheckStatus::Fail, "make an access right of the type API");
    let refused = with(Err(status("SecurityAccess_GetAllSecurityAccesses", 403)));
    assert_row(&refused, check, CheckStatus::Fail, "ViewSecurityAccessList");
}

#[test]
fn doors_without_api_rights_are_named() {
    let with = |doors: &[(&str, Result<bool, Error>)]| {
        let mut findings = fine();
        let door = |(name, allows): &(&str, Result<bool, Error>)| SampledDoor {
            name: (*name).to_owned(),
            allows: allows.clone(),
        };
        findings.data.doors = doors.iter().map(door).collect();
        rows(&findings)
    };
    let check = CheckId::DoorsAllowApiRights;
    let refused = || Err(status("Locks_GetLockOptions", 403));
    assert_row(&with(&[("A", Ok(true)), ("B", Ok(false))]), check, CheckStatus::Warn, "1 of 2");
    assert_row(&with(&[("A", Ok(true)), ("B", Ok(false))]), check, CheckStatus::Warn, ": B.");
    assert_row(&with(&[("A", Ok(false)), ("B", Ok(false))]), check, CheckStatus::Fail, ": A, B.");
    assert_row(&with(&[("A", refused())]), check, CheckStatus::Warn, "403");
    assert_row(&with(&[("A", Ok(true)), ("B", refused())]), check, CheckStatus::Warn, "others can't be read");
    assert_row(&with(&[]), check, CheckStatus::Warn, "no lock that is in use");
}

#[test]
fn the_default_zone_is_that_of_iloq_or_of_the_settings() {
    let mut findings = fine();
    let chosen = |number| {
        let mut settings = settings();
        settings.defaults.zone_id = Some(id(number));
        settings
    };
    let check = CheckId::DefaultZone;
    assert_row(&rows_with(&findings, &chosen(3), false), check, CheckStatus::Pass, "\"Keys\"");
    assert_row(&rows_with(&findings, &chosen(8), false), check, CheckStatus::Fail, "defaults.zoneId");
    let mut zone = default_zone();
    zone.kind = Some(ZoneType::Customer);
    findings.data.zones = Some(Ok(vec![zone]));
    assert_row(&rows(&findings), check, CheckStatus::Fail, "no default zone");
    assert_row(&rows_with(&findings, &chosen(3), false), check, CheckStatus::Pass, "\"Keys\"");
}

/// B18: two names of one clock are the same zone.
#[test]
fn time_zones_are_compared_by_their_clocks() {
    for (windows, iana, wanted, part) in [
        ("FLE Standard Time", "Europe/Helsinki", CheckStatus::Pass, "Europe/Helsinki"),
        ("fle standard time", "Europe/Kiev", CheckStatus::Pass, "Europe/Kiev"),
        ("Romance Standard Time", "Europe/Amsterdam", CheckStatus::Pass, "Europe/Amsterdam"),
        ("W. Europe Standard Time", "Europe/Helsinki", CheckStatus::Fail, "Europe/Berlin"),
        ("FLE Standard Time", "Europe/Berlin", CheckStatus::Fail, "Europe/Kyiv"),
        ("Pacific Standard Time", "America/Vancouver", CheckStatus::Fail, "America/Los_Angeles"),
        ("India Standard Time", "Asia/Kolkata", CheckStatus::Pass, "Asia/Kolkata"),
        ("Mars Standard Time", "Europe/Helsinki", CheckStatus::Warn, "not known"),
        ("", "Europe/Helsinki", CheckStatus::Warn, "not known"),
    ] {
        let findings = with_group(|group| group.time_zone = Some(windows.to_owned()));
        let settings = Settings { time_zone: iana.to_owned(), ..settings() };
        assert_row(&rows_with(&findings, &settings, false), CheckId::TimeZone, wanted, part);
    }
}

#[test]
fn where_e_mail_addresses_are_has_to_be_decided() {
    for (email, wanted) in [
        (Patch::Absent, CheckStatus::Fail),
        (Patch::Null, CheckStatus::Pass),
        (Patch::Value("E-mail".to_owned()), CheckStatus::Pass),
    ] {
        let mut settings = settings();
        settings.info_fields.email = email;
        assert_row(&rows_with(&fine(), &settings, false), CheckId::EmailField, wanted, "mail");
    }
}

#[test]
fn devices_and_licences() {
    let mut findings = fine();
    let mut offline = online_lock();
    offline.kind = Some(LockType::C5);
    findings.data.locks = Some(Ok(vec![offline]));
    let check = CheckId::OnlineDevices;
    assert_row(&rows(&findings), check, CheckStatus::Pass, "1 active network modules");
    let mut token = module();
    token.kind = Some(NetworkModuleType::Token);
    let mut inactive = module();
    inactive.state = Some(NetworkModuleState::NotActive);
    findings.data.modules = Some(Ok(vec![token, inactive]));
    assert_row(&rows(&findings), check, CheckStatus::Warn, "no active network module");
    findings.data.modules = Some(Err(status("NetworkModules_GetAll", 403)));
    assert_row(&rows(&findings), check, CheckStatus::Warn, "AdministrateLockingSystem");
    findings.data.locks = Some(Ok(vec![online_lock()]));
    assert_row(&rows(&findings), check, CheckStatus::Pass, "1 online locks");

    let limited = rows_with(&fine(), &settings(), true);
    assert_row(&limited, CheckId::Licence, CheckStatus::Fail, "larger licence");
}

#[test]
fn what_was_not_reached_any_more_is_skipped() {
    let mut findings = fine();
    findings.data.zones = Some(Err(unreachable("Zones_GetAllZones")));
    findings.data.access_rights = None;
    findings.data.locks = None;
    let rows = rows(&findings);
    assert_row(&rows, CheckId::DefaultZone, CheckStatus::Fail, "could not be reached");
    assert_row(&rows, CheckId::ApiAccessRights, CheckStatus::Skipped, "stopped answering");
    assert_row(&rows, CheckId::DoorsAllowApiRights, CheckStatus::Skipped, "stopped answering");
    assert_row(&rows, CheckId::TimeZone, CheckStatus::Pass, "Helsinki");
}

#[test]
fn a_locking_system_that_iloq_does_not_open_tells_why_all_the_same() {
    let closed = |change: fn(&mut LockGroup)| {
        let mut group = lock_group();
        change(&mut group);
        let sign_in = Some(Err(status("Authentication_SetLockgroup", 403)));
        rows(&Findings { sign_in, chosen: Some(group), data: Data::default(), ..fine() })
    };
    let off = closed(|group| group.options = Some(LockGroupOptions::from_bits(1)));
    assert_row(&off, CheckId::ApiEnabled, CheckStatus::Fail, "is off");
    assert_row(&off, CheckId::KeyHandover, CheckStatus::Pass, "");
    assert_row(&off, CheckId::ProgrammingToken, CheckStatus::Skipped, "api-enabled");
    let expired = closed(|group| group.expires = Some(DateText::from("2026-01-01T00:00:00Z")));
    assert_row(&expired, CheckId::LockGroup, CheckStatus::Fail, "expired");
    assert_row(&expired, CheckId::ProgrammingToken, CheckStatus::Skipped, "lock-group");
    let refused = closed(|_| {});
    assert_row(&refused, CheckId::ProgrammingToken, CheckStatus::Fail, "403");
}
