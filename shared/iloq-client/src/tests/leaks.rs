//! No answer, whatever its form, brings a secret into an error.

use std::time::Duration;

use iloq_model::{
    InsertKey, KeyTimeLimitSlot, KeyTypeMask, LockLogData, LogSearch, NewKey, Person, RealEstateId, SlotNo,
};

use super::script::{KEY, PERSON, RIGHT, Script, run};
use crate::{AnswerLimit, IloqApi, View};

const SECRET: &str = "hunter2_in_full";

/// Answers of 200 that hold the secret in places of every kind.
fn answers() -> Vec<String> {
    let mut answers = vec![
        format!("session {SECRET}"),
        format!("\"session {SECRET}\""),
        format!("[\"{SECRET}, expected {SECRET}\"]"),
        format!("[[\"{SECRET}\"]]"),
        format!("{{\"{SECRET}\":[\"{SECRET}\"]"),
        format!("{{\"{SECRET}\":\"{SECRET}\"}}"),
        format!("[{{\"{SECRET}\":\"{SECRET}\"}}]"),
        format!("{{\"Code\":\"{SECRET}\",\"Message\":\"{SECRET}\"}} {SECRET}"),
    ];
    // A text or an object, in each member that the answers have an id, a number, a list or an object in.
    let members = [
        "Person_ID",
        "FNKey_ID",
        "FLock_ID",
        "Zone_ID",
        "RealEstate_ID",
        "LockGroup_ID",
        "SecurityAccess_ID",
        "FProgKey_ID",
        "NetworkModuleDevice_ID",
        "TimeLimitTitle_ID",
        "TimeLimitData_ID",
        "DeviceLog_ID",
        "Id",
        "SubscriptionId",
        "Keys",
        "PersonIds",
        "ZoneIds",
        "SecurityAccesses",
        "KeyTimeLimitSlots",
        "LockLogs",
        "BlacklistItems",
        "Result",
        "SessionID",
        "RightsMask",
        "State",
    ];
    for member in members {
        for value in
            [format!("\"{SECRET}\""), format!("{{\"{SECRET}\":\"{SECRET}\"}}"), format!("[\"{SECRET}\"]")]
        {
            answers.push(format!("{{\"{member}\":{value}}}"));
            answers.push(format!("[{{\"{member}\":{value}}}]"));
        }
    }
    answers
}

/// Gives each answer to each call. Every call has to refuse most of them, and says no secret then.
macro_rules! refused_without_the_secret {
    ($(|$api:ident| $call:expr;)*) => {$(
        let mut refused = 0;
        for answer in answers() {
            let script = Script::new();
            script.keep("K").reply(200, &answer);
            let $api = script.client();
            if let Err(error) = run($call) {
                let told = format!("{error} {error:?}");
                assert!(!told.contains("hunter2"), "{answer}: {told}");
                refused += 1;
            }
        }
        assert!(refused > 100, "{}: {refused}", stringify!($call));
    )*};
}

#[test]
fn answers_of_another_form_are_not_quoted() {
    let (key, lock, person) = (KEY.parse().unwrap(), KEY.parse().unwrap(), PERSON.parse().unwrap());
    let (right, title, subscription) = (RIGHT.parse().unwrap(), RIGHT.parse().unwrap(), KEY.parse().unwrap());
    let slot = KeyTimeLimitSlot::new(SlotNo::Profile);
    let new_key = InsertKey::new(NewKey::new(key, KeyTypeMask::PHONE_KEY, RealEstateId::ZERO));
    let limit = AnswerLimit { bytes: 10_000, time: Duration::from_secs(9) };
    let search = LogSearch::default();
    refused_without_the_secret! {
        |api| api.refresh_rights();
        |api| api.persons();
        |api| api.person(person);
        |api| api.persons_by_external_id("x");
        |api| api.insert_person(&Person::new(person), &[]);
        |api| api.can_delete_person(person);
        |api| api.person_keys(person);
        |api| api.zones();
        |api| api.real_estates();
        |api| api.locks();
        |api| api.lock_access_rights(lock);
        |api| api.network_modules();
        |api| api.network_module_devices();
        |api| api.access_rights();
        |api| api.time_profiles();
        |api| api.time_profile_rows(title);
        |api| api.keys();
        |api| api.key(key);
        |api| api.insert_key(&new_key);
        |api| api.key_zones(key);
        |api| api.can_update_main_zone(key);
        |api| api.key_access_rights(key, View::Planned);
        |api| api.can_add_access_right(key);
        |api| api.can_delete_access_right(key, right);
        |api| api.key_time_limits(key, View::Planned);
        |api| api.can_add_time_limit(key, &slot);
        |api| api.can_order(key);
        |api| api.can_return(key);
        |api| api.can_delete_key(key);
        |api| api.key_phone(key);
        |api| api.block_list();
        |api| api.can_block(key);
        |api| api.can_unblock(key);
        |api| api.can_order_block_list();
        |api| api.log_by_arrival(None, None, limit, &mut |_: LockLogData| {});
        |api| api.log_by_passage(None, None);
        |api| api.search_log(&search);
        |api| api.webhook_events();
        |api| api.webhook_subscriptions();
        |api| api.webhook_subscription(subscription);
    }
}

#[test]
fn answers_while_signing_in_are_not_quoted() {
    let login = [
        "null".to_owned(),
        r#"{"Result":1,"SessionID":"A"}"#.into(),
        format!(r#"[{{"LockGroup_ID":"{KEY}"}}]"#),
    ];
    for answers_before in 0..=login.len() {
        for answer in answers() {
            let script = Script::new();
            for before in login.iter().take(answers_before) {
                script.reply(200, before);
            }
            // What comes after a login that such an answer does not stop, or its end.
            script.reply(200, &answer).reply(200, &answer).reply(200, &answer).reply(200, &answer);
            let error = run(script.client().sign_in()).map(drop);
            let told = format!("{error:?}");
            assert!(!told.contains("hunter2"), "{answer}: {told}");
        }
    }
}
