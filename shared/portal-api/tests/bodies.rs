//! Request bodies of the built operations, as a portal sends them.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which clippy does not take for tests")]

use portal_api::json::parse_object;
use portal_api::{
    Code, MobileKeyChannel, Patch, Problem, ResolveRequest, SettingsInput, SyncUsersRequest, UserInput,
    read_nothing,
};
use serde_json::{Map, Value, json};

const PERSON: &str = "0F8FAD5B-D9CB-469F-A165-70867728950E";

fn body(value: &Value) -> Map<String, Value> {
    parse_object(value.to_string().as_bytes()).unwrap()
}

fn pointers(problem: &Problem) -> Vec<&str> {
    problem.errors.iter().map(|error| error.pointer.as_str()).collect()
}

fn least() -> Value {
    json!({
        "name": "House", "serviceAddress": "https://s5.iloq.com", "serviceCode": "DEMO", "userName": "api",
        "password": "correct horse", "timeZone": "Europe/Helsinki",
    })
}

fn with(mut base: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

#[test]
fn settings_have_the_contracts_defaults() {
    let input = SettingsInput::read(body(&least())).unwrap();
    assert_eq!(input.password.as_ref().unwrap().expose_secret(), "correct horse");
    assert!(input.api_key.is_absent());
    assert!(!format!("{input:?}").contains("correct"), "secrets are never in Debug");
    let shown = serde_json::to_value(&input.settings).unwrap();
    assert_eq!(
        shown,
        json!({
            "name": "House", "serviceAddress": "https://s5.iloq.com", "serviceCode": "DEMO", "userName": "api",
            "timeZone": "Europe/Helsinki", "infoFields": {}, "structure": "single", "defaults": {"mobileKeyChannel": "sms"},
            "matching": "propose", "removalBrake": {"count": 50, "share": 0.2}, "revocationAlertHours": 72,
            "logs": {"names": "iloq", "retentionDays": 365},
        })
    );
    assert_eq!(serde_json::from_value::<portal_api::Settings>(shown).unwrap(), input.settings);
}

#[test]
fn what_get_answers_can_be_put_again() {
    let full = with(
        least(),
        &json!({
            "lockGroupId": PERSON, "infoFields": {"email": "E-mail", "mobilePhone": null}, "structure": "full",
            "defaults": {"mobileKeyChannel": "email", "zoneId": PERSON, "language": "fi"}, "matching": "off",
            "removalBrake": {"count": 0, "share": 1}, "revocationAlertHours": 1,
            "logs": {"from": "2026-01-01T00:00:00Z", "names": "holder", "retentionDays": 1},
            "apiKey": null, "id": "x", "state": "active", "passwordSet": true, "apiKeySet": false, "createdAt": "x",
            "updatedAt": 3, "lastRuns": {}, "suspendedBecause": null,
        }),
    );
    let input = SettingsInput::read(body(&full)).unwrap();
    assert_eq!(input.api_key, Patch::Null);
    assert_eq!(input.settings.info_fields.email, Patch::Value("E-mail".to_owned()));
    assert_eq!(input.settings.info_fields.mobile_phone, Patch::Null);
    assert_eq!(input.settings.defaults.mobile_key_channel, MobileKeyChannel::Email);
    let shown = serde_json::to_value(&input.settings).unwrap();
    assert_eq!(shown["lockGroupId"], PERSON.to_lowercase());
    assert_eq!(shown["infoFields"], json!({"email": "E-mail", "mobilePhone": null}));
    let mut again = shown.clone();
    again["password"] = json!("x");
    assert_eq!(serde_json::to_value(SettingsInput::read(body(&again)).unwrap().settings).unwrap(), shown);
}

#[test]
fn each_wrong_setting_gets_its_pointer() {
    let nothing = SettingsInput::read(Map::new()).unwrap_err();
    assert_eq!(pointers(&nothing), ["/name", "/serviceAddress", "/serviceCode", "/userName", "/timeZone"]);
    for (changes, code, wanted) in [
        (json!({"name": " "}), Code::InvalidRequest, vec!["/name"]),
        (json!({"name": null}), Code::InvalidRequest, vec!["/name"]),
        (json!({"serviceAddress": "http://s5.iloq.com"}), Code::AddressNotAllowed, vec!["/serviceAddress"]),
        (json!({"serviceAddress": "s5"}), Code::InvalidRequest, vec!["/serviceAddress"]),
        (json!({"serviceCode": "x"}), Code::InvalidRequest, vec!["/serviceCode"]),
        (json!({"password": ""}), Code::InvalidRequest, vec!["/password"]),
        (json!({"password": 5}), Code::InvalidRequest, vec!["/password"]),
        (json!({"timeZone": "FLE Standard Time"}), Code::InvalidRequest, vec!["/timeZone"]),
        (json!({"lockGroupId": "1"}), Code::InvalidRequest, vec!["/lockGroupId"]),
        (json!({"structure": "double"}), Code::InvalidRequest, vec!["/structure"]),
        (json!({"matching": true}), Code::InvalidRequest, vec!["/matching"]),
        (
            json!({"removalBrake": {"count": -1, "share": 1.5}}),
            Code::InvalidRequest,
            vec!["/removalBrake/count", "/removalBrake/share"],
        ),
        (json!({"removalBrake": 5}), Code::InvalidRequest, vec!["/removalBrake"]),
        (json!({"revocationAlertHours": 0}), Code::InvalidRequest, vec!["/revocationAlertHours"]),
        (json!({"revocationAlertHours": 1.5}), Code::InvalidRequest, vec!["/revocationAlertHours"]),
        (
            json!({"logs": {"retentionDays": 0, "from": "yesterday", "names": "x"}}),
            Code::InvalidRequest,
            vec!["/logs/from", "/logs/names", "/logs/retentionDays"],
        ),
        (
            json!({"defaults": {"zoneId": "x", "colour": 1}}),
            Code::InvalidRequest,
            vec!["/defaults/zoneId", "/defaults/colour"],
        ),
        (json!({"infoFields": {"email": ""}}), Code::InvalidRequest, vec!["/infoFields/email"]),
        (json!({"colour": "red"}), Code::InvalidRequest, vec!["/colour"]),
    ] {
        let problem = SettingsInput::read(body(&with(least(), &changes))).unwrap_err();
        assert_eq!((problem.code, pointers(&problem)), (code, wanted), "{changes}");
    }
}

#[test]
fn a_users_members_can_be_left_out_cleared_and_set() {
    let input = UserInput::read(body(&json!({
        "firstName": " Åsa ", "lastName": null, "email": "asa@example.com", "mobilePhone": "", "personCode": "12345678901234567890",
        "language": "sv", "zoneIds": [PERSON], "infoFields": {"Desk": "4", "Room": null}, "iloqPersonId": PERSON,
        "id": "x", "origin": "iloq", "blocked": true, "updatedAt": "x", "iloq": {"state": "linked"},
    })))
    .unwrap();
    assert_eq!(input.first_name, Patch::Value("Åsa".to_owned()));
    assert_eq!(input.last_name, Patch::Null);
    assert_eq!(input.mobile_phone, Patch::Null);
    assert_eq!(input.company_name, Patch::Absent);
    assert_eq!(input.iloq_person_id.unwrap().to_string(), PERSON.to_lowercase());
    assert_eq!(input.zone_ids.value().unwrap().len(), 1);
    let fields = input.info_fields.value().unwrap();
    assert_eq!((fields["Desk"].as_deref(), fields["Room"].as_deref()), (Some("4"), None));
    assert_eq!(UserInput::read(Map::new()).unwrap(), UserInput::default());
}

#[test]
fn each_wrong_member_of_a_user_gets_its_pointer() {
    for (request, code, wanted) in [
        (json!({"email": "nobody"}), Code::InvalidEmail, vec!["/email"]),
        (json!({"mobilePhone": "040 123"}), Code::InvalidPhoneNumber, vec!["/mobilePhone"]),
        (
            json!({"email": "nobody", "mobilePhone": "1"}),
            Code::InvalidRequest,
            vec!["/email", "/mobilePhone"],
        ),
        (json!({"personCode": "123456789012345678901"}), Code::InvalidRequest, vec!["/personCode"]),
        (json!({"firstName": "a\nb"}), Code::InvalidRequest, vec!["/firstName"]),
        (json!({"firstName": "a".repeat(201)}), Code::InvalidRequest, vec!["/firstName"]),
        (json!({"firstname": "Anna"}), Code::InvalidRequest, vec!["/firstname"]),
        (json!({"zoneIds": ["x", PERSON, 3]}), Code::InvalidRequest, vec!["/zoneIds/0", "/zoneIds/2"]),
        (json!({"infoFields": {"a/b": 5}}), Code::InvalidRequest, vec!["/infoFields/a~1b"]),
        (json!({"iloqPersonId": "x"}), Code::InvalidRequest, vec!["/iloqPersonId"]),
    ] {
        let problem = UserInput::read(body(&request)).unwrap_err();
        assert_eq!((problem.code, pointers(&problem)), (code, wanted), "{request}");
    }
}

#[test]
fn a_new_user_has_a_name() {
    for (request, fits) in [
        (json!({}), false),
        (json!({"firstName": " ", "lastName": ""}), false),
        (json!({"firstName": null, "lastName": null}), false),
        (json!({"firstName": "Anna"}), true),
        (json!({"lastName": "Berg"}), true),
    ] {
        let checked = UserInput::read(body(&request)).unwrap().check_creation();
        assert_eq!(checked.is_ok(), fits, "{request}");
        if let Err(problem) = checked {
            assert_eq!(pointers(&problem), ["/firstName", "/lastName"]);
        }
    }
}

#[test]
fn sync_and_resolve() {
    assert_eq!(SyncUsersRequest::read(Map::new()).unwrap(), SyncUsersRequest::default());
    let request = SyncUsersRequest::read(body(&json!({"dryRun": true, "allowRemovals": "run-1"}))).unwrap();
    assert_eq!((request.dry_run, request.allow_removals.as_deref()), (true, Some("run-1")));
    let problem = SyncUsersRequest::read(body(&json!({"dryRun": 1, "allowRemovals": "a b"}))).unwrap_err();
    assert_eq!(pointers(&problem), ["/dryRun", "/allowRemovals"]);

    assert!(matches!(
        ResolveRequest::read(body(&json!({"personId": PERSON}))).unwrap(),
        ResolveRequest::Link(_)
    ));
    assert_eq!(ResolveRequest::read(body(&json!({"create": true}))).unwrap(), ResolveRequest::Create);
    for (request, wanted) in [
        (json!({}), ""),
        (json!({"create": false}), ""),
        (json!({"create": true, "personId": PERSON}), ""),
        (json!({"personId": "x"}), "/personId"),
    ] {
        assert_eq!(pointers(&ResolveRequest::read(body(&request)).unwrap_err()), [wanted], "{request}");
    }
    assert!(read_nothing(Map::new()).is_ok());
    assert_eq!(pointers(&read_nothing(body(&json!({"x": 1}))).unwrap_err()), ["/x"]);
}
