//! Retries, time, and what answers mean.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::script::{KEY, PERSON, Script, run};
use crate::io::TransportError;
use crate::{AnswerLimit, ErrorKind, IloqApi};
use iloq_model::LockLogData;

fn lost() -> TransportError {
    TransportError::Lost("reset".into())
}

fn refused() -> TransportError {
    TransportError::NotConnected("refused".into())
}

/// A client with a kept session, so that the script is the call's own.
fn script() -> Script {
    let script = Script::new();
    script.keep("K");
    script
}

#[test]
fn a_read_is_tried_three_times() {
    let script = script();
    script.reply(503, "").fail(lost()).reply(200, "[]");
    assert_eq!(run(script.client().zones()), Ok(Vec::new()));
    assert_eq!(*script.slept.borrow(), [Duration::from_millis(200), Duration::from_millis(400)]);

    let script = self::script();
    script.fail(refused()).reply(502, "").reply(504, "");
    assert_eq!(run(script.client().zones()).unwrap_err().status(), Some(504));
    assert_eq!(script.requests().len(), 3);
}

#[test]
fn a_read_that_is_refused_is_not_tried_again() {
    for status in [400, 403, 404, 409, 500] {
        let script = script();
        script.reply(status, "");
        assert_eq!(run(script.client().zones()).unwrap_err().status(), Some(status));
        assert_eq!(script.requests().len(), 1);
    }
}

#[test]
fn a_write_is_tried_again_only_if_it_had_no_effect() {
    let order = |script: &Script| run(script.client().order(KEY.parse().unwrap()));

    let script = script();
    script.fail(refused()).reply(429, "").reply(204, "");
    assert_eq!(order(&script), Ok(()));

    let script = self::script();
    script.reply_with(503, &[("Retry-After", "2")], "").reply(200, "done");
    assert_eq!(order(&script), Ok(()));
    assert_eq!(*script.slept.borrow(), [Duration::from_secs(2)]);

    for status in [500, 502, 503, 504] {
        let script = self::script();
        script.reply(status, "");
        let error = order(&script).unwrap_err();
        assert!(error.outcome_unknown(), "{error}");
        assert_eq!(script.requests().len(), 1);
    }
    for cause in [lost(), TransportError::Timeout] {
        let script = self::script();
        script.fail(cause.clone());
        assert_eq!(order(&script), Err(ErrorKind::Lost { operation: "Keys_OrderKey", cause }.into()));
        assert_eq!(script.requests().len(), 1);
    }
}

#[test]
fn what_iloq_asks_for_is_waited_for_unless_it_is_too_long() {
    let script = script();
    script.reply_with(429, &[("retry-after", "30")], "").reply(200, "[]");
    run(script.client().zones()).unwrap();
    assert_eq!(*script.slept.borrow(), [Duration::from_secs(30)]);

    for seconds in ["99", "101", "3600"] {
        let script = self::script();
        script.reply_with(429, &[("retry-after", seconds)], "");
        let error = run(script.client().zones()).unwrap_err();
        assert_eq!(error.retry_after(), seconds.parse().ok());
        assert!(error.is_unavailable() && script.slept.borrow().is_empty());
    }
}

#[test]
fn all_calls_together_are_tried_again_twenty_times() {
    let script = script();
    let client = script.client();
    for _ in 0..10 {
        script.reply(504, "").reply(504, "").reply(504, "");
        run(client.zones()).unwrap_err();
    }
    script.reply(504, "");
    run(client.zones()).unwrap_err();
    assert_eq!((script.requests().len(), client.requests()), (31, 31));
}

#[test]
fn a_call_takes_twenty_seconds_and_a_listing_what_is_left() {
    let script = script();
    script.fail(TransportError::Timeout).fail(TransportError::Timeout).reply(200, "0").reply(200, "[]");
    let client = script.client();
    run(client.can_order(KEY.parse().unwrap())).unwrap();
    run(client.keys()).unwrap();
    assert_eq!(script.timeouts(), [20, 20, 20, 59]);
}

#[test]
fn after_the_deadline_nothing_is_sent() {
    let script = script();
    script.fail(TransportError::Timeout);
    let client = script.client();
    assert_eq!(
        run(client.keys()),
        Err(ErrorKind::Deadline { operation: "Keys_GetAllKeys", sent: true }.into())
    );
    let error = run(client.order(KEY.parse().unwrap())).unwrap_err();
    assert_eq!(*error, ErrorKind::Deadline { operation: "Keys_OrderKey", sent: false });
    assert!(error.is_unavailable() && !error.outcome_unknown());
    assert_eq!(script.requests().len(), 1);
}

#[test]
fn a_redirect_is_not_followed() {
    for status in [301, 302, 307] {
        let script = script();
        script.reply_with(status, &[("location", "https://evil.example")], "");
        let error = run(script.client().zones()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("Zones_GetAllZones: unexpected answer from iLOQ: a redirect ({status})")
        );
    }
}

#[test]
fn nonsense_is_told_with_its_place() {
    for (answer, detail) in [
        ("<html>", "it is not JSON"),
        ("[{\"Zone_ID\":", "it is cut off"),
        ("", "it is cut off"),
        ("[] []", "something follows the JSON"),
        ("null", "not the documented form (expected a sequence)"),
        ("[{\"Zone_ID\":7}]", "[0].Zone_ID: not the documented form (expected a GUID)"),
        ("[{\"Zone_ID\":\"7\"}]", "[0].Zone_ID: not the documented form (expected a GUID)"),
        ("[{\"Name\":\"x\"}]", "[0]: missing field `Zone_ID`"),
    ] {
        let script = script();
        script.reply(200, answer);
        let error = run(script.client().zones()).unwrap_err().to_string();
        let start = format!("Zones_GetAllZones: unexpected answer from iLOQ: {detail}");
        assert!(error.starts_with(&start), "{error}");
    }
}

#[test]
fn an_answer_that_is_too_large_is_not_asked_for_again() {
    let script = script();
    script.fail(TransportError::TooLarge(64));
    let error = run(script.client().zones()).unwrap_err();
    assert_eq!(*error, ErrorKind::TooLarge { operation: "Zones_GetAllZones", limit: 64 });
    assert!(!error.is_unavailable());
}

#[test]
fn an_answer_beyond_its_limit_is_not_asked_for_again() {
    let limit = AnswerLimit { bytes: 30, time: Duration::from_secs(7) };
    let script = script();
    script.reply(200, r#"{"LockLogs":[],"Padding":"longer than thirty"}"#);
    let error = run(script.client().log_by_arrival(None, None, limit, &mut |_: LockLogData| {})).unwrap_err();
    assert!(matches!(*error, ErrorKind::TooLarge { limit: 30, .. }), "{error}");
    let script = self::script();
    script.fail(TransportError::Timeout);
    let error = run(script.client().log_by_arrival(None, None, limit, &mut |_: LockLogData| {})).unwrap_err();
    assert!(matches!(*error, ErrorKind::Lost { cause: TransportError::Timeout, .. }), "{error}");
    assert_eq!(script.timeouts(), [7]);
}

#[test]
fn the_host_may_forbid_the_address() {
    let script = script();
    script.fail(TransportError::Denied);
    let address = "https://s5.iloq.com/pool".to_owned();
    assert_eq!(run(script.client().zones()), Err(ErrorKind::Address { address }.into()));
}

#[test]
fn iloqs_words_are_kept_if_they_are_words() {
    for (body, text) in [
        (r#"{"code":"Forbidden","message":"No right"}"#, " (Forbidden: No right)"),
        ("Too busy", " (Too busy)"),
        ("<html>nginx</html>", ""),
        ("[1]", " ([1])"),
        ("", ""),
    ] {
        let script = script();
        script.reply(403, body);
        let error = run(script.client().person(PERSON.parse().unwrap())).unwrap_err();
        assert_eq!(error.to_string(), format!("Persons_GetPerson: iLOQ answered 403{text}"));
    }
}

#[test]
fn every_request_is_noted() {
    let script = script();
    script.fail(refused()).reply(200, "[]");
    let notes = Rc::new(RefCell::new(Vec::new()));
    let book = Rc::clone(&notes);
    let client = script
        .client()
        .on_request(move |note| book.borrow_mut().push((note.operation, note.outcome.clone())));
    run(client.zones()).unwrap();
    assert_eq!(*notes.borrow(), [("Zones_GetAllZones", Err(refused())), ("Zones_GetAllZones", Ok(200))]);
}
