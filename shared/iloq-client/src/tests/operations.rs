//! The requests of each operation, and what their answers become.

use std::collections::BTreeMap;
use std::time::Duration;

use iloq_model::{
    CanDeletePerson, CanOrder, InsertKey, KeyPhone, KeyPhoneOptions, KeyTimeLimitSlot, KeyTypeMask,
    LockLogData, LogSearch, NewKey, Person, RealEstateId, SlotNo, UpdateKeyAccessRights, WebhookSubscription,
};

use super::script::{KEY, PERSON, RIGHT, Script, run};
use crate::io::TransportError;
use crate::{AnswerLimit, Client, Error, IloqApi, Lookup, View};

type ScriptClient<'a> = Client<&'a Script, &'a Script, &'a Script, &'a Script>;

/// The request of `call`, without address and session, and its outcome.
fn sent<T>(
    answer: &str,
    call: impl AsyncFnOnce(&ScriptClient<'_>) -> Result<T, Error>,
) -> (String, Result<T, Error>) {
    outcome(200, answer, call)
}

fn outcome<T>(
    status: u16,
    answer: &str,
    call: impl AsyncFnOnce(&ScriptClient<'_>) -> Result<T, Error>,
) -> (String, Result<T, Error>) {
    let script = Script::new();
    script.keep("K").reply(status, answer);
    let outcome = run(call(&script.client()));
    let requests = script.requests();
    (requests[0].replace("https://s5.iloq.com/pool/api/v2/", "").replace(" [K]", ""), outcome)
}

fn person() -> Person {
    Person::new(PERSON.parse().unwrap())
}

#[test]
fn persons_are_listed_bare() {
    let (request, persons) =
        sent(&format!(r#"[{{"Person_ID":"{PERSON}"}}]"#), async |api| api.persons().await);
    assert_eq!((request.as_str(), persons), ("GET Persons", Ok(vec![person()])));
}

#[test]
fn a_person_is_found_absent_or_not_known() {
    let id = PERSON.parse().unwrap();
    let upper = PERSON.to_uppercase();
    let about = |id: &str| {
        format!(r#"{{"Code":"ValidationFailed","Message":"Invalid value ({id}) for parameter id."}}"#)
    };
    for (status, answer) in [(404, String::new()), (200, "null".to_owned()), (400, about(&upper))] {
        let (_, found) = outcome(status, &answer, async |api| api.person(id).await);
        assert_eq!(found, Ok(Lookup::Absent), "{status}");
    }
    let (request, found) = sent(&format!(r#"{{"person_id":"{upper}"}}"#), async |api| api.person(id).await);
    assert_eq!((request, found), (format!("GET Persons/{PERSON}"), Ok(Lookup::Found(person()))));
    for (status, answer) in [
        (200, String::new()),
        (200, "{}".into()),
        (200, format!(r#"{{"Person_ID":"{KEY}"}}"#)),
        (400, about("other")),
        (403, "".into()),
        (410, "".into()),
    ] {
        let (_, found) = outcome(status, &answer, async |api| api.person(id).await);
        assert!(found.is_err(), "{status} {answer}: {found:?}");
    }
}

#[test]
fn an_external_id_that_nobody_has_is_an_empty_list() {
    let find =
        |status, answer: &str| outcome(status, answer, async |api| api.persons_by_external_id("a b&ä").await);
    let unknown =
        r#"{"Code":"ValidationFailed","Message":"Invalid value (a b&ä) for parameter externalPersonIds."}"#;
    let (request, found) = find(400, unknown);
    assert_eq!(request, "GET Persons/GetByExternalPersonIds?externalPersonIds=a%20b%26%C3%A4");
    assert_eq!(found, Ok(Vec::new()));
    assert_eq!(find(200, "[]").1, Ok(Vec::new()));
    assert!(find(404, "").1.is_err());
    assert!(find(200, "null").1.is_err());
}

#[test]
fn a_person_is_inserted_with_a_code_and_zones() {
    let answer = format!(r#"{{"PersonIds":["{PERSON}"]}}"#);
    let (request, done) =
        sent(&answer, async |api| api.insert_person(&person(), &[RIGHT.parse().unwrap()]).await);
    assert_eq!(done, Ok(()));
    let body: serde_json::Value =
        serde_json::from_str(request.strip_prefix("POST Persons ").unwrap()).unwrap();
    assert_eq!(body["ZoneIds"], serde_json::json!([RIGHT]));
    assert_eq!((&body["Person"]["Person_ID"], &body["Person"]["PersonCode"]), (&PERSON.into(), &"".into()));
    assert!(body["Person"].get("State").is_none() && body["Person"]["eMail"].is_null());
    for answer in ["", "<html>", r#"{"PersonIds":[]}"#] {
        let (_, done) = sent(answer, async |api| api.insert_person(&person(), &[]).await);
        assert!(done.unwrap_err().outcome_unknown(), "{answer}");
    }
}

#[test]
fn a_person_is_updated_wrapped_and_any_answer_will_do() {
    for (status, answer) in [(200, ""), (204, ""), (202, "null"), (200, "anything")] {
        let (request, done) = outcome(status, answer, async |api| api.update_person(&person()).await);
        assert!(
            request.starts_with(&format!(r#"PUT Persons {{"Person":{{"Person_ID":"{PERSON}","#)),
            "{request}"
        );
        assert_eq!(done, Ok(()));
    }
}

#[test]
fn a_person_is_deleted_or_was_absent() {
    let id = PERSON.parse().unwrap();
    let (request, check) = sent("1", async |api| api.can_delete_person(id).await);
    assert_eq!(request, format!("GET Persons/{PERSON}/CanDelete"));
    assert_eq!(check, Ok(Lookup::Found(CanDeletePerson::HasKeys)));
    assert_eq!(outcome(404, "", async |api| api.can_delete_person(id).await).1, Ok(Lookup::Absent));
    assert!(sent("null", async |api| api.can_delete_person(id).await).1.is_err());
    let (request, done) = sent("\u{0}stream", async |api| api.delete_person(id).await);
    assert_eq!((request, done), (format!("DELETE Persons/{PERSON}"), Ok(Lookup::Found(()))));
    assert_eq!(outcome(404, "", async |api| api.delete_person(id).await).1, Ok(Lookup::Absent));
}

#[test]
fn a_persons_keys_are_wrapped() {
    let id = PERSON.parse().unwrap();
    let keys = |answer: &str| sent(answer, async |api| api.person_keys(id).await).1;
    let Ok(Lookup::Found(found)) = keys(&format!(r#"{{"Keys":[{{"FNKey_ID":"{KEY}"}}]}}"#)) else { panic!() };
    assert_eq!(found[0].id.to_string(), KEY);
    assert_eq!(keys(r#"{"Keys":null}"#), Ok(Lookup::Found(Vec::new())));
    assert!(keys("{}").is_err() && keys("[]").is_err());
}

#[test]
fn doors_tell_their_rights_and_options() {
    let id = KEY.parse().unwrap();
    let (request, rights) = sent(
        &format!(
            r#"{{"SecurityAccesses":[{{"SecurityAccess_ID":"{RIGHT}","Type":3}}],"OutsideUserZonesCount":0}}"#
        ),
        async |api| api.lock_access_rights(id).await,
    );
    assert_eq!(request, format!("GET Locks/{KEY}/SecurityAccesses?mode=1"));
    assert!(rights.unwrap()[0].is_assignable());
    let (request, options) =
        sent(r#"{"S40LoggingOn":true,"S40FlipFlop":null,"New":false,"Odd":3}"#, async |api| {
            api.lock_options(id).await
        });
    assert_eq!(request, format!("GET Locks/{KEY}/Options"));
    assert_eq!(options, Ok(BTreeMap::from([("New".to_owned(), false), ("S40LoggingOn".to_owned(), true)])));
}

#[test]
fn the_version_needs_no_session() {
    let script = Script::new();
    script.reply(200, "null").reply(200, "\"7.5.1\"");
    assert_eq!(run(script.client().version()).as_deref(), Ok("7.5.1"));
    assert_eq!(script.requests()[1], "GET https://s5.iloq.com/iloqws/api/v2/Version");
}

#[test]
fn simple_reads_go_to_their_paths() {
    macro_rules! reads {
        ($($answer:literal $path:literal $call:expr;)*) => {$(
            let (request, outcome) = sent($answer, $call);
            assert_eq!(request, $path.replace("KEY", KEY).replace("RIGHT", RIGHT));
            assert!(outcome.is_ok(), "{request}: {outcome:?}");
        )*};
    }
    let (key, right, title) = (KEY.parse().unwrap(), RIGHT.parse().unwrap(), RIGHT.parse().unwrap());
    reads! {
        "[]" "GET Zones" async |api| api.zones().await;
        "[]" "GET RealEstates" async |api| api.real_estates().await;
        "[]" "GET Locks" async |api| api.locks().await;
        "[]" "GET NetworkModules" async |api| api.network_modules().await;
        "[]" "GET NetworkModuleDevices" async |api| api.network_module_devices().await;
        "[]" "GET SecurityAccesses" async |api| api.access_rights().await;
        "[]" "GET TimeLimitTitles" async |api| api.time_profiles().await;
        "[]" "GET TimeLimitTitles/RIGHT/TimeLimitData" async |api| api.time_profile_rows(title).await;
        "[]" "GET Keys" async |api| api.keys().await;
        "null" "GET Keys/KEY" async |api| api.key(key).await;
        r#"{"ZoneIds":[]}"# "GET Keys/KEY/Zones" async |api| api.key_zones(key).await;
        "0" "GET Keys/KEY/CanUpdateMainZone" async |api| api.can_update_main_zone(key).await;
        r#"{"SecurityAccesses":[]}"# "GET Keys/KEY/SecurityAccesses?mode=2" async |api| api.key_access_rights(key, View::Programmed).await;
        "1" "GET Keys/KEY/SecurityAccesses/CanAdd" async |api| api.can_add_access_right(key).await;
        "1" "GET Keys/KEY/SecurityAccesses/RIGHT/CanDelete" async |api| api.can_delete_access_right(key, right).await;
        r#"{"KeyTimeLimitSlots":[]}"# "GET Keys/KEY/TimeLimitTitles?mode=1" async |api| api.key_time_limits(key, View::Planned).await;
        "0" "GET Keys/KEY/CanOrder" async |api| api.can_order(key).await;
        "0" "GET Keys/KEY/CanReturn" async |api| api.can_return(key).await;
        "0" "GET Keys/KEY/CanDelete" async |api| api.can_delete_key(key).await;
        r#"{"FNKey_ID":"22222222-2222-2222-2222-222222222222"}"# "GET Keys/KEY/KeyPhone" async |api| api.key_phone(key).await;
        r#"{"BlacklistItems":[]}"# "GET Blacklists" async |api| api.block_list().await;
        "true" "GET Blacklists/CanAddKey/KEY" async |api| api.can_block(key).await;
        "false" "GET Blacklists/CanRemoveKey/KEY" async |api| api.can_unblock(key).await;
        "2" "GET Blacklists/CanOrderS40Blacklist" async |api| api.can_order_block_list().await;
        "[]" "GET Webhooks/Events" async |api| api.webhook_events().await;
        "[]" "GET Webhooks/Subscriptions" async |api| api.webhook_subscriptions().await;
        "null" "GET Webhooks/Subscriptions/KEY" async |api| api.webhook_subscription(KEY.parse().unwrap()).await;
    }
    assert_eq!(sent("-1", async |api| api.can_order(key).await).1, Ok(CanOrder::Failed));
    assert!(sent("{}", async |api| api.key_access_rights(key, View::Planned).await).1.is_err());
}

#[test]
fn writes_have_the_documented_bodies() {
    macro_rules! writes {
        ($($request:expr, $call:expr;)*) => {$(
            let (request, done) = outcome(204, "", $call);
            assert_eq!(request, $request.replace("KEY", KEY).replace("RIGHT", RIGHT));
            assert_eq!(done, Ok(()), "{request}");
        )*};
    }
    let (key, right, title) = (KEY.parse().unwrap(), RIGHT.parse().unwrap(), RIGHT.parse().unwrap());
    let slot = KeyTimeLimitSlot::new(SlotNo::Profile);
    let mut all =
        UpdateKeyAccessRights { right_ids: vec![right], slots: vec![slot.clone()], ..Default::default() };
    all.outside_slots = vec![2];
    let phone = KeyPhone {
        phone_no: Some("+358401234567".into()),
        options: Some(KeyPhoneOptions::USE_EMAIL),
        ..KeyPhone::new(key)
    };
    writes! {
        r#"PUT Keys/KEY/UpdateMainZone {"Zone_ID":"RIGHT"}"#, async |api| api.update_main_zone(key, RIGHT.parse().unwrap()).await;
        r#"POST Keys/KEY/SecurityAccesses {"SecurityAccess_ID":"RIGHT"}"#, async |api| api.add_access_right(key, right).await;
        "DELETE Keys/KEY/SecurityAccesses/RIGHT", async |api| api.delete_access_right(key, right).await;
        r#"PUT Keys/KEY/SecurityAccesses {"SecurityAccessIds":["RIGHT"],"TimeLimitSlots":[{"SlotNo":2}],"KeyScheduler":null,"OutsideUserZoneTimeLimitTitleSlots":[2]}"#,
            async |api| api.put_access_rights(key, &all).await;
        r#"POST Keys/KEY/TimeLimitTitles {"TimeLimitSlot":{"SlotNo":2}}"#, async |api| api.add_time_limit(key, &slot).await;
        r#"PUT Keys/KEY/TimeLimitTitles/RIGHT {"TimeLimitSlot":{"SlotNo":2}}"#, async |api| api.update_time_limit(key, title, &slot).await;
        "DELETE Keys/KEY/TimeLimitTitles/RIGHT", async |api| api.delete_time_limit(key, title).await;
        "POST Keys/KEY/Order", async |api| api.order(key).await;
        "POST Keys/KEY/Return", async |api| api.return_key(key).await;
        "DELETE Keys/KEY", async |api| api.delete_key(key).await;
        r#"PUT KeyPhones {"FNKey_ID":"KEY","PhoneNo":"+358401234567","Email":null,"OptionMask":8}"#, async |api| api.update_key_phone(&phone).await;
        "POST KeyPhones/KEY/ReRegister", async |api| api.re_register(key).await;
        "POST Blacklists/AddKey/KEY", async |api| api.block(key).await;
        "DELETE Blacklists/RemoveKey/KEY", async |api| api.unblock(key).await;
        "POST Blacklists/OrderS40Blacklist", async |api| api.order_block_list().await;
    }
}

#[test]
fn a_key_is_inserted_with_all_that_belongs_to_it() {
    let key = NewKey::new(KEY.parse().unwrap(), KeyTypeMask::PHONE_KEY, RealEstateId::ZERO);
    let answer = format!(r#"{{"FNKey_ID":"{KEY}","State":0}}"#);
    let (request, inserted) = sent(&answer, async |api| api.insert_key(&InsertKey::new(key.clone())).await);
    assert_eq!(inserted.unwrap().id, key.id);
    let body: serde_json::Value = serde_json::from_str(request.strip_prefix("POST Keys ").unwrap()).unwrap();
    assert_eq!((&body["Key"]["KeyTypeMask"], &body["ZoneIds"]), (&6.into(), &serde_json::json!([])));
    let (_, other) =
        sent(&answer.replace('2', "9"), async |api| api.insert_key(&InsertKey::new(key.clone())).await);
    assert!(other.unwrap_err().outcome_unknown());
}

#[test]
fn a_limit_is_checked_by_a_post_that_may_be_repeated() {
    let script = Script::new();
    script.keep("K").fail(TransportError::Lost("reset".into())).reply(200, "13");
    let slot = KeyTimeLimitSlot::new(SlotNo::Profile);
    let check = run(script.client().can_add_time_limit(KEY.parse().unwrap(), &slot)).unwrap();
    assert_eq!(check.code(), 13);
    assert!(
        script.requests()[1].ends_with(&format!(
            r#"/Keys/{KEY}/TimeLimitTitles/CanAdd [K] {{"TimeLimitSlot":{{"SlotNo":2}}}}"#
        ))
    );
}

async fn ask(
    api: &ScriptClient<'_>,
    from: Option<chrono::DateTime<chrono::Utc>>,
    limit: AnswerLimit,
) -> Result<usize, Error> {
    api.log_by_arrival(from, None, limit, &mut |_: LockLogData| {}).await
}

#[test]
fn logs_are_asked_with_bounds() {
    let from = chrono::DateTime::from_timestamp(1_700_000_000, 500_000_000);
    let answer = r#"{"LockLogs":[],"StartDateUtc":null,"EndDateUtc":null}"#;
    let limit = AnswerLimit { bytes: 1000, time: Duration::from_secs(9) };
    let (request, bytes) = sent(answer, async |api| ask(api, from, limit).await);
    assert_eq!(bytes, Ok(answer.len()));
    assert_eq!(
        request,
        r#"POST LockLogs/GetLockLogDataByTimestamp {"StartDateUtc":"2023-11-14T22:13:20.5000000Z","EndDateUtc":null}"#
    );
    let (request, rows) = sent(answer, async |api| api.log_by_passage(None, None).await);
    assert_eq!(rows, Ok(Vec::new()));
    assert!(request.starts_with("POST LockLogs/GetLockLogDataByGoingDates "));
    let search = LogSearch { lock_ids: vec![KEY.parse().unwrap()], ..LogSearch::default() };
    let (request, rows) =
        sent(r#"{"LockLogs":[],"TotalCount":3}"#, async |api| api.search_log(&search).await);
    assert!(request.starts_with(&format!(r#"POST LockLogs {{"FNKeyIds":[],"FLockIds":["{KEY}"],"#)));
    assert_eq!(rows.unwrap().total, Some(3));
    assert!(sent("{}", async |api| ask(api, from, limit).await).1.is_err());
}

#[test]
fn a_subscription_goes_back_without_what_only_iloq_knows() {
    let read: WebhookSubscription = serde_json::from_str(&format!(
        r#"{{"SubscriptionId":"{KEY}","WebhookEventId":"{RIGHT}","TargetEndpointUri":"https://x","SignKey":"s3cret","Counter":9,"State":1}}"#
    ))
    .unwrap();
    assert!(!format!("{read:?}").contains("s3cret"));
    let (request, _) = outcome(204, "", async |api| api.update_webhook_subscription(&read).await);
    assert_eq!(
        request,
        format!(
            r#"PUT Webhooks/Subscriptions {{"SubscriptionId":"{KEY}","WebhookEventId":"{RIGHT}","TargetEndpointUri":"https://x","CustomHeader":null,"JsonPathFilter":null}}"#
        )
    );
    let id = KEY.parse().unwrap();
    assert_eq!(outcome(404, "", async |api| api.delete_webhook_subscription(id).await).1, Ok(Lookup::Absent));
    let (request, added) = outcome(200, "", async |api| api.add_webhook_subscription(&read).await);
    assert!(request.starts_with("POST Webhooks/Subscriptions {") && added.is_ok());
}
