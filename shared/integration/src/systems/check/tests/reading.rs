//! What is asked of iLOQ, and in which order.

use std::collections::BTreeMap;

use futures::executor::block_on;
use iloq_client::{ErrorKind, MockIloqApi};
use iloq_model::{CreateSessionResult, Lock, LockId, LockState};
use portal_api::types::{CheckId, CheckStatus};

use super::{
    super::read::{SAMPLE, read},
    api_right, assert_row, id, rows, sign_in, status, unreachable,
};

/// iLOQ with a working way in.
fn iloq() -> MockIloqApi {
    let mut api = MockIloqApi::new();
    api.expect_version().times(1).returning(|| Ok("7.5.1".to_owned()));
    api.expect_kill_session().times(1).withf(|kept| *kept).return_const(());
    api.expect_chosen_lock_group().returning(|| None);
    api.expect_sign_in().times(1).returning(|| Ok(sign_in()));
    api
}

#[test]
fn a_sample_of_locks_is_asked_for_options_and_then_for_rights() {
    let mut api = iloq();
    let locks: Vec<_> = (0..100)
        .map(|number| {
            let mut lock = Lock::new(id::<LockId>(100 + number));
            lock.locking_object = Some(format!("Door {number}"));
            lock.physical_state = (number == 0).then_some(LockState::OutOfUse);
            lock
        })
        .collect();
    api.expect_zones().returning(|| Ok(Vec::new()));
    api.expect_access_rights().returning(|| Ok(Vec::new()));
    api.expect_locks().returning(move || Ok(locks.clone()));
    api.expect_network_modules().returning(|| Err(status("NetworkModules_GetAll", 403)));
    api.expect_network_module_devices().returning(|| Ok(Vec::new()));
    // The first lock asked tells by its option, the others by their rights.
    api.expect_lock_options().times(SAMPLE).returning(|lock| {
        let told = lock == id(101);
        Ok(if told { BTreeMap::from([("S40AcceptSoftGroup".to_owned(), false)]) } else { BTreeMap::new() })
    });
    api.expect_lock_access_rights().times(SAMPLE - 1).returning(|_| Ok(vec![api_right()]));
    let findings = block_on(read(&api));
    let doors = &findings.data.doors;
    assert_eq!((doors.len(), doors[0].name.as_str(), doors[19].name.as_str()), (SAMPLE, "Door 1", "Door 95"));
    assert_row(
        &rows(&findings),
        CheckId::DoorsAllowApiRights,
        CheckStatus::Warn,
        "1 of 20 locks of a sample take no",
    );
}

#[test]
fn nothing_is_read_after_a_stage_that_failed() {
    let mut api = MockIloqApi::new();
    api.expect_version().times(1).returning(|| Err(unreachable("Url_GetUrl")));
    assert!(block_on(read(&api)).sign_in.is_none());

    let mut api = MockIloqApi::new();
    api.expect_version().times(1).returning(|| Ok("7".to_owned()));
    api.expect_kill_session().return_const(());
    api.expect_chosen_lock_group().returning(|| None);
    api.expect_sign_in()
        .times(1)
        .returning(|| Err(ErrorKind::LoginRefused(CreateSessionResult::Locked).into()));
    assert!(block_on(read(&api)).login_error().is_some());

    let mut api = iloq();
    api.expect_zones().times(1).returning(|| Err(unreachable("Zones_GetAllZones")));
    assert!(block_on(read(&api)).data.locks.is_none());
}

#[test]
fn a_kept_session_at_a_dead_address_is_no_verdict_on_the_settings() {
    let mut api = MockIloqApi::new();
    let mut answers = vec![Ok("7.5.1".to_owned()), Err(unreachable("Authentication_Version"))];
    api.expect_version().times(2).returning(move || answers.pop().unwrap());
    api.expect_kill_session().return_const(());
    api.expect_chosen_lock_group().returning(|| None);
    api.expect_sign_in().returning(|| Err(ErrorKind::NoLockGroup.into()));
    assert_row(&rows(&block_on(read(&api))), CheckId::ServiceAddress, CheckStatus::Pass, "7.5.1");
}
