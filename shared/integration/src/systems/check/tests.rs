//! What the tests of the check share; [`rows`] tests what each row says, [`reading`] what is asked of iLOQ.

mod reading;
mod rows;

use iloq_client::{Error, ErrorKind, SignIn, io::TransportError};
use iloq_model::{
    AccessRight, AccessRightId, AccessRightType, Lock, LockGroup, LockGroupId, LockGroupOptions,
    LockGroupState, LockId, LockType, NetworkModule, NetworkModuleId, NetworkModuleState, NetworkModuleType,
    Right, RightsMask, Zone, ZoneId, ZoneType,
};
use portal_api::{
    Time,
    types::{Check, CheckId, CheckStatus, Settings, SettingsInput},
};
use serde_json::json;

use super::{
    evaluate::evaluate,
    findings::{Data, Findings, Given, SampledDoor},
};
const NOW: &str = "2026-11-24T08:00:00Z";

fn settings() -> Settings {
    let body = json!({
        "name": "Demo", "serviceAddress": "https://s5.iloq.com/iloqws", "serviceCode": "123", "userName": "api",
        "timeZone": "Europe/Helsinki", "infoFields": {"email": "E-mail"},
    });
    let serde_json::Value::Object(body) = body else { unreachable!() };
    SettingsInput::read(body).unwrap().settings
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: usize) -> T {
    format!("00000000-0000-4000-8000-{number:012}").parse().unwrap()
}

fn lock_group() -> LockGroup {
    let mut group = LockGroup::new(id::<LockGroupId>(1));
    group.name = Some("Harbour".to_owned());
    group.state = Some(LockGroupState::InUse);
    group.time_zone = Some("FLE Standard Time".to_owned());
    group.options = Some(
        LockGroupOptions::PUBLIC_API
            .with(LockGroupOptions::API_ACCESS_RIGHTS)
            .with(LockGroupOptions::HOLDER_MAY_CHANGE),
    );
    group
}

fn api_right() -> AccessRight {
    let mut right = AccessRight::new(id::<AccessRightId>(2));
    right.kind = Some(AccessRightType::Api);
    right
}

fn default_zone() -> Zone {
    let mut zone = Zone::new(id::<ZoneId>(3));
    zone.name = Some("Keys".to_owned());
    zone.kind = Some(ZoneType::DefaultForKeysAndPersons);
    zone
}

fn online_lock() -> Lock {
    let mut lock = Lock::new(id::<LockId>(4));
    lock.locking_object = Some("Main door".to_owned());
    lock.kind = Some(LockType::S5Online);
    lock
}

fn module() -> NetworkModule {
    let mut module = NetworkModule::new(id::<NetworkModuleId>(5));
    module.kind = Some(NetworkModuleType::N500);
    module.state = Some(NetworkModuleState::Active);
    module
}

fn sign_in() -> SignIn {
    SignIn {
        address: "https://s5.iloq.com/iloqwspool2".to_owned(),
        lock_group: lock_group(),
        rights: RightsMask::of(Right::ALL),
    }
}

/// Nothing is wrong.
fn fine() -> Findings {
    Findings {
        version: Ok("7.5.1".to_owned()),
        sign_in: Some(Ok(sign_in())),
        chosen: None,
        data: Data {
            zones: Some(Ok(vec![default_zone()])),
            access_rights: Some(Ok(vec![api_right()])),
            locks: Some(Ok(vec![online_lock()])),
            modules: Some(Ok(vec![module()])),
            devices: Some(Ok(Vec::new())),
            doors: vec![SampledDoor { name: "Main door".to_owned(), allows: Ok(true) }],
        },
    }
}

fn with_sign_in(change: impl FnOnce(&mut SignIn)) -> Findings {
    let mut sign_in = sign_in();
    change(&mut sign_in);
    Findings { sign_in: Some(Ok(sign_in)), ..fine() }
}

fn with_group(change: impl FnOnce(&mut LockGroup)) -> Findings {
    with_sign_in(|sign_in| change(&mut sign_in.lock_group))
}

fn status(operation: &'static str, status: u16) -> Error {
    ErrorKind::Status { operation, status, code: None, message: Some("No.".to_owned()), retry_after: None }
        .into()
}

fn unreachable(operation: &'static str) -> Error {
    ErrorKind::NotReached { operation, cause: TransportError::NotConnected("refused".to_owned()) }.into()
}

fn rows_with(findings: &Findings, settings: &Settings, licence_limit: bool) -> Vec<Check> {
    let now = Time::parse(NOW).unwrap().utc();
    evaluate(findings, &Given { settings, now, licence_limit })
}

fn rows(findings: &Findings) -> Vec<Check> {
    rows_with(findings, &settings(), false)
}

fn row(rows: &[Check], id: CheckId) -> &Check {
    rows.iter().find(|row| row.id == id).unwrap()
}

/// The row `id` ends so, its text has `part`, and whoever reads a failure or warning is told what to do.
#[track_caller]
fn assert_row(rows: &[Check], id: CheckId, status: CheckStatus, part: &str) {
    let row = row(rows, id);
    assert_eq!(row.status, status, "{row:?}");
    let text = format!("{} {}", row.detail, row.fix.as_deref().unwrap_or_default());
    assert!(text.contains(part), "{text} lacks {part}");
    for row in rows {
        let needs_fix = matches!(row.status, CheckStatus::Warn | CheckStatus::Fail);
        assert_eq!(row.fix.is_some(), needs_fix, "{row:?}");
    }
}

/// The rows that are not what they are when all is well.
fn differing(rows: &[Check]) -> Vec<(&str, &str)> {
    let fine = self::rows(&fine());
    let changed = rows.iter().zip(&fine).filter(|(row, fine)| row.status != fine.status);
    changed.map(|(row, _)| (row.id.name(), row.status.name())).collect()
}
