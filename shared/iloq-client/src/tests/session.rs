//! Opening, keeping, sharing, renewing and ending sessions.

use futures::future::{Either, join, select};
use iloq_model::{CreateSessionResult, RightsMask};

use super::script::{GROUP, PERSON, Script, credentials, kept, lost, run};
use crate::io::TransportError;
use crate::{Credentials, ErrorKind, IloqApi, Secret};

const LOGIN: &str = "Url/GetUrl {\"CustomerCode\":\"DEMO\"}, CreateSession {\"UserName\":\"api\",\"Password\":\"correct, LockGroups [A], SetLockgroup [A]";

#[test]
fn a_session_is_opened_in_four_steps_and_kept() {
    let script = Script::new();
    script
        .reply(200, "\"https://s5.iloq.com/iloqwspool2/\"")
        .reply(200, r#"{"Result":1,"SessionID":"A"}"#)
        .reply(200, &format!(r#"[{{"LockGroup_ID":"{GROUP}","Name":"Demo House"}}]"#))
        .reply(200, r#"{"RightsMask":18014398509481985}"#);
    let signed_in = run(script.client().sign_in()).unwrap();
    assert_eq!(signed_in.address, "https://s5.iloq.com/iloqwspool2");
    assert_eq!(signed_in.lock_group.name.as_deref(), Some("Demo House"));
    assert_eq!(signed_in.rights, RightsMask::from_bits(18_014_398_509_481_985));
    assert_eq!(
        script.requests(),
        [
            r#"POST https://s5.iloq.com/iloqws/api/v2/Url/GetUrl {"CustomerCode":"DEMO"}"#.to_owned(),
            r#"POST https://s5.iloq.com/iloqwspool2/api/v2/CreateSession {"UserName":"api","Password":"correct horse","CustomerCode":"DEMO","ApiKey":"","ApiSecret":""}"#.to_owned(),
            "GET https://s5.iloq.com/iloqwspool2/api/v2/LockGroups [A]".to_owned(),
            format!(r#"POST https://s5.iloq.com/iloqwspool2/api/v2/SetLockgroup [A] {{"LockGroup_ID":"{GROUP}"}}"#),
        ]
    );
    let kept = script.kept.borrow().clone().unwrap();
    assert_eq!((kept.session_id.expose_secret(), kept.rights), ("A", signed_in.rights));
}

#[test]
fn an_empty_answer_of_get_url_keeps_the_address() {
    for answer in ["null", "\"\"", "\" \"", ""] {
        let script = Script::new();
        script.reply(200, answer).reply(200, r#"{"Result":4}"#);
        assert_eq!(
            run(script.client().sign_in()),
            Err(ErrorKind::LoginRefused(CreateSessionResult::Updating).into())
        );
        assert!(script.requests()[1].starts_with("POST https://s5.iloq.com/iloqws/api/v2/CreateSession"));
    }
}

#[test]
fn get_url_may_not_lead_elsewhere() {
    for answer in ["\"https://evil.example\"", "\"http://s5.iloq.com/\"", "\"nowhere\"", "<html>", "{}"] {
        let script = Script::new();
        script.reply(200, answer);
        let error = run(script.client().sign_in()).unwrap_err();
        assert!(matches!(*error, ErrorKind::Unexpected { operation: "Url_GetUrl", .. }), "{error}");
        assert_eq!(script.requests().len(), 1);
    }
}

#[test]
fn a_service_address_that_is_not_allowed_is_not_called() {
    for address in ["https://evil.example/", "http://s5.iloq.com", "x"] {
        let script = Script::new();
        let client = script.client_with(Credentials { service_address: address.to_owned(), ..credentials() });
        assert_eq!(run(client.persons()), Err(ErrorKind::Address { address: address.to_owned() }.into()));
        assert!(script.requests().is_empty());
    }
}

#[test]
fn a_refused_login_is_refused_whatever_the_status() {
    let script = Script::new();
    script.reply(200, "null").reply(200, r#"{"Result":5,"SessionID":null}"#);
    let error = run(script.client().session()).unwrap_err();
    assert_eq!(*error, ErrorKind::LoginRefused(CreateSessionResult::WrongCredentials));
    assert!(!error.is_unavailable() && !error.outcome_unknown());
}

#[test]
fn a_login_without_a_session_id_is_nonsense() {
    for answer in [r#"{"Result":1,"SessionID":""}"#, r#"{"Result":1}"#, r#"{"SessionID":"A"}"#, "[]"] {
        let script = Script::new();
        script.reply(200, "null").reply(200, answer);
        let error = run(script.client().session()).unwrap_err();
        assert!(
            matches!(*error, ErrorKind::Unexpected { operation: "Authentication_CreateSession", .. }),
            "{error}"
        );
    }
}

#[test]
fn an_unknown_outcome_of_the_login_is_not_tried_again() {
    let script = Script::new();
    script.reply(200, "null").fail(TransportError::Lost("reset".into()));
    let error = run(script.client().order_block_list()).unwrap_err();
    assert!(error.is_unavailable());
    assert!(!error.outcome_unknown(), "the order was not sent");
}

#[test]
fn the_locking_system_is_the_only_one_or_the_chosen_one() {
    let second = "99999999-9999-9999-9999-999999999999";
    let two =
        format!(r#"[{{"LockGroup_ID":"{GROUP}","Name":"One"}},{{"LockGroup_ID":"{second}","Name":"Two"}}]"#);
    let sign_in = |groups: &str, wanted: Option<&str>, found: bool| {
        let script = Script::new();
        script.reply(200, "null").reply(200, r#"{"Result":1,"SessionID":"A"}"#).reply(200, groups);
        script.reply(200, if found { r#"{"RightsMask":1}"# } else { "" });
        let lock_group = wanted.map(|id| id.parse().unwrap());
        let outcome = run(script.client_with(Credentials { lock_group, ..credentials() }).sign_in());
        if !found {
            assert!(script.requests()[3].contains("/KillSession [A]"), "a session without use is ended");
        }
        outcome.map(|signed_in| signed_in.lock_group.name.unwrap_or_default())
    };
    let choice = || {
        ErrorKind::LockGroupChoice(vec![
            (GROUP.parse().unwrap(), "One".to_owned()),
            (second.parse().unwrap(), "Two".to_owned()),
        ])
    };
    assert_eq!(sign_in(&two, Some(second), true), Ok("Two".to_owned()));
    assert_eq!(sign_in(&two, None, false), Err(choice().into()));
    assert_eq!(sign_in(&two, Some(PERSON), false), Err(choice().into()));
    assert_eq!(sign_in("[]", None, false), Err(ErrorKind::NoLockGroup.into()));
}

#[test]
fn a_kept_session_is_used_without_a_login() {
    let script = Script::new();
    script.keep("K").reply(200, "[]").reply(200, "[]");
    let client = script.client();
    assert_eq!(run(client.session()).unwrap().rights, RightsMask::from_bits(3));
    run(client.zones()).unwrap();
    run(client.locks()).unwrap();
    assert_eq!(
        script.requests(),
        ["GET https://s5.iloq.com/pool/api/v2/Zones [K]", "GET https://s5.iloq.com/pool/api/v2/Locks [K]"]
    );
}

#[test]
fn a_kept_session_of_other_settings_is_not_used() {
    let elsewhere =
        |script: &Script| script.kept.borrow_mut().as_mut().unwrap().address = "https://evil.example".into();
    let other_group =
        |script: &Script| script.kept.borrow_mut().as_mut().unwrap().lock_group = PERSON.parse().unwrap();
    for spoil in [&elsewhere as &dyn Fn(&Script), &other_group] {
        let script = Script::new();
        script.keep("K").login("A");
        spoil(&script);
        let credentials = Credentials { lock_group: Some(GROUP.parse().unwrap()), ..credentials() };
        run(script.client_with(credentials).session()).unwrap();
        assert_eq!(script.paths(), LOGIN);
    }
}

#[test]
fn a_dead_session_is_renewed_and_the_identical_request_sent_again() {
    let script = Script::new();
    script.keep("K").reply(401, &lost("K")).login("A").reply(200, "");
    let person = iloq_model::Person::new(PERSON.parse().unwrap());
    run(script.client().update_person(&person)).unwrap();
    let requests = script.requests();
    assert_eq!(requests[0].replace("/pool/", "/iloqws/").replace("[K]", "[A]"), requests[5]);
    assert_eq!(script.kept.borrow().as_ref().unwrap().session_id.expose_secret(), "A");
}

#[test]
fn a_session_that_another_run_opened_meanwhile_is_taken() {
    let script = Script::new();
    script
        .keep("K")
        .reply(401, &lost("k").to_uppercase().replace("CODE", "Code").replace("MESSAGE", "Message"));
    script.reply(200, "[]");
    let client = script.client();
    run(client.session()).unwrap();
    script.keep("NEWER");
    run(client.zones()).unwrap();
    assert_eq!(script.paths(), "Zones [K], Zones [NEWER]");
}

#[test]
fn a_second_refusal_is_an_error_and_the_next_call_logs_in() {
    let script = Script::new();
    script.keep("K").reply(401, &lost("K")).login("LATER").reply(401, &lost("LATER"));
    let client = script.client();
    let error = run(client.zones()).unwrap_err();
    assert!(error.is_session_lost() && !error.to_string().contains("LATER"), "{error}");
    assert!(script.kept.borrow().is_none());
    script.login("B").reply(200, "[]");
    run(client.zones()).unwrap();
}

#[test]
fn another_401_is_no_dead_session() {
    let script = Script::new();
    script.keep("K").reply(401, r#"{"Code":"Unauthorized","Message":"Missing api key"}"#);
    assert_eq!(run(script.client().zones()).unwrap_err().status(), Some(401));
    assert_eq!(script.requests().len(), 1);
}

#[test]
fn calls_at_the_same_time_share_one_login() {
    let script = Script::new();
    script.login("A").reply(200, "[]").reply(200, "[]");
    let client = script.client();
    let (zones, locks) = run(join(client.zones(), client.locks()));
    assert!(zones.is_ok() && locks.is_ok());
    assert_eq!(script.paths().matches("CreateSession").count(), 1);
}

#[test]
fn calls_at_the_same_time_share_one_renewal() {
    let script = Script::new();
    script
        .keep("K")
        .reply(401, &lost("K"))
        .reply(401, &lost("K"))
        .login("A")
        .reply(200, "[]")
        .reply(200, "[]");
    let client = script.client();
    let (zones, locks) = run(join(client.zones(), client.locks()));
    assert!(zones.is_ok() && locks.is_ok());
    assert_eq!(script.paths().matches("CreateSession").count(), 1);
}

#[test]
fn calls_at_the_same_time_share_a_refusal() {
    let script = Script::new();
    script.reply(200, "null").reply(200, r#"{"Result":5}"#);
    let client = script.client();
    let (zones, locks) = run(join(client.zones(), client.locks()));
    assert_eq!(*zones.unwrap_err(), ErrorKind::LoginRefused(CreateSessionResult::WrongCredentials));
    assert_eq!(*locks.unwrap_err(), ErrorKind::LoginRefused(CreateSessionResult::WrongCredentials));
    assert_eq!(script.requests().len(), 2);
}

#[test]
fn a_login_that_is_dropped_halfway_leaves_the_way_free() {
    let script = Script::new();
    script.reply(200, "null").login("A").reply(200, "[]");
    let client = script.client();
    let dropped = run(async {
        let first = Box::pin(client.zones());
        match select(first, Box::pin(std::future::ready(()))).await {
            Either::Right(((), login)) => drop(login),
            Either::Left(_) => panic!("it ended"),
        }
        client.zones().await
    });
    assert_eq!(dropped, Ok(Vec::new()));
}

#[test]
fn the_api_key_and_the_trace_go_along_with_every_call() {
    let script = Script::new();
    script.login("A").reply(200, "[]");
    let credentials = Credentials { api_key: Some(Secret::from("gate")), ..credentials() };
    let client = script.client_with(credentials).with_traceparent("00-trace");
    run(client.zones()).unwrap();
    assert_eq!(script.requests().len(), 5);
    for request in 0..5 {
        let headers = script.headers(request);
        assert!(headers.contains(&("x-api-key", "gate".to_owned())), "{request}");
        assert!(headers.contains(&("traceparent", "00-trace".to_owned())), "{request}");
    }
}

#[test]
fn rights_are_asked_again_within_the_session() {
    let script = Script::new();
    script.keep("K").reply(200, r#"{"RightsMask":7}"#);
    let client = script.client();
    assert_eq!(run(client.refresh_rights()), Ok(RightsMask::from_bits(7)));
    assert_eq!(run(client.session()).unwrap().rights, RightsMask::from_bits(7));
    assert_eq!(script.kept.borrow().as_ref().unwrap().rights, RightsMask::from_bits(7));
    assert_eq!(script.paths(), "SetLockgroup [K]");
}

#[test]
fn a_session_that_is_kept_is_not_killed() {
    let script = Script::new();
    script.login("A");
    let client = script.client();
    run(client.session()).unwrap();
    run(client.kill_session(false));
    assert_eq!(script.paths(), LOGIN);
}

#[test]
fn a_session_that_lost_a_race_is_killed() {
    let script = Script::new();
    script.login("A").fail(TransportError::Timeout);
    let client = script.client();
    run(client.session()).unwrap();
    script.keep("OTHER");
    run(client.kill_session(false));
    run(client.kill_session(false));
    assert_eq!(script.paths(), format!("{LOGIN}, KillSession [A]"));
}

#[test]
fn a_session_that_nobody_keeps_is_killed() {
    let script = Script::new();
    script.forgetful.set(true);
    script.login("A").reply(200, "");
    let client = script.client();
    run(client.session()).unwrap();
    run(client.kill_session(false));
    assert_eq!(script.paths(), format!("{LOGIN}, KillSession [A]"));
}

#[test]
fn the_kept_session_is_killed_on_demand() {
    let script = Script::new();
    script.keep("K").reply(500, "");
    run(script.client().kill_session(true));
    assert_eq!(script.paths(), "KillSession [K]");
    assert!(script.kept.borrow().is_none());
}

#[test]
fn nothing_shows_a_secret() {
    let shown = format!("{:?} {:?}", credentials(), kept("SESSION"));
    assert!(!shown.contains("horse") && !shown.contains("SESSION"), "{shown}");
    let script = Script::new();
    script
        .keep("SESSION-1")
        .reply(400, r#"{"Code":"session-1","Message":"not SESSION-1, not Correct Horse"}"#);
    let error = run(script.client().zones()).unwrap_err();
    assert_eq!(error.to_string(), "Zones_GetAllZones: iLOQ answered 400 (…: not …, not …)");
}
