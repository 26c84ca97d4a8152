//! The schemas against what the readers take and what the types write.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which clippy does not take for tests")]

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use portal_api::json::parse_object;
use portal_api::{
    AttachKeys, BlockUser, ItemAction, KeyItem, LimitsView, Problem, PutAccessRights, PutKeys, PutLimits,
    PutSubscription, RefreshItem, RefreshKeys, ReplaceKey, ResendMobileKey, ResolveRequest, SendMobileKey,
    SettingsInput, SyncUsersRequest, UnblockUser, UserInput, openapi, read_nothing,
};
use serde_json::{Map, Value, json};

const ID: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

type Read = fn(Map<String, Value>) -> Result<(), Problem>;

fn validator(document: &Value, name: &str) -> Validator {
    let schema =
        json!({ "$ref": format!("#/components/schemas/{name}"), "components": document["components"] });
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
}

fn is_taken(read: Read, body: &Value) -> bool {
    read(parse_object(body.to_string().as_bytes()).unwrap()).is_ok()
}

/// Each body with its reader and a value for every member.
fn requests() -> Vec<(&'static str, Read, Value)> {
    let limits = json!({
        "startsLocal": "2026-12-01T08:00:00", "endsLocal": "2026-12-31T23:59:59", "timeProfileIds": [ID],
        "offlineExpirySeconds": 3600, "expectedReturn": "2026-12-31",
    });
    let keys = json!([{ "keyId": ID, "accessRightIds": [ID] }]);
    let contact = json!({ "channel": "email", "phone": "+358401234567", "email": "anna@example.com" });
    let with = |mut base: Value, more: Value| {
        base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        base
    };
    vec![
        ("Nothing", |body| read_nothing(body), json!({})),
        (
            "SystemSettings",
            |body| SettingsInput::read(body).map(drop),
            json!({
                "name": "House", "serviceAddress": "https://s5.iloq.com", "serviceCode": "DEMO", "userName": "api",
                "password": "x", "apiKey": "y", "lockGroupId": ID, "timeZone": "Europe/Helsinki",
                "infoFields": { "email": "E-mail", "mobilePhone": "Mobile" }, "structure": "full",
                "defaults": { "mobileKeyChannel": "email", "zoneId": ID, "language": "fi" }, "matching": "link",
                "removalBrake": { "count": 1, "share": 0.5 }, "revocationAlertHours": 24,
                "logs": { "from": "2026-01-01T00:00:00Z", "names": "holder", "retentionDays": 30 },
            }),
        ),
        (
            "UserInput",
            |body| UserInput::read(body).map(drop),
            json!({
                "firstName": "Anna", "lastName": "Berg", "email": "anna@example.com", "mobilePhone": "+358401234567",
                "personCode": "1", "companyName": "C", "workTitle": "T", "language": "fi", "zoneIds": [ID],
                "infoFields": { "Desk": "4", "Room": null }, "iloqPersonId": ID,
            }),
        ),
        (
            "SyncUsersRequest",
            |body| SyncUsersRequest::read(body).map(drop),
            json!({ "dryRun": true, "allowRemovals": "r1" }),
        ),
        ("ResolveByPerson", |body| ResolveRequest::read(body).map(drop), json!({ "personId": ID })),
        ("ResolveByCreation", |body| ResolveRequest::read(body).map(drop), json!({ "create": true })),
        ("AttachKeys", |body| AttachKeys::read(body).map(drop), json!({ "keys": keys, "dryRun": true })),
        (
            "PutAccessRights",
            |body| PutAccessRights::read(body).map(drop),
            json!({ "keys": keys, "dryRun": true }),
        ),
        ("PutKeys", |body| PutKeys::read(body).map(drop), json!({ "type": "fob", "keys": keys })),
        ("RefreshByKeys", |body| RefreshKeys::read(body).map(drop), json!({ "keyIds": [ID] })),
        ("RefreshByUser", |body| RefreshKeys::read(body).map(drop), json!({ "userId": "anna" })),
        ("ReplaceKey", |body| ReplaceKey::read(body).map(drop), json!({ "newKeyId": ID, "blockOld": true })),
        (
            "SendMobileKey",
            |body| SendMobileKey::read(body).map(drop),
            with(contact.clone(), json!({ "name": "Anna", "accessRightIds": [ID], "limits": limits })),
        ),
        (
            "ResendMobileKey",
            |body| ResendMobileKey::read(body).map(drop),
            with(contact, json!({ "force": true })),
        ),
        ("PutLimits", |body| PutLimits::read(body).map(drop), limits),
        (
            "BlockUser",
            |body| BlockUser::read(body).map(drop),
            json!({ "reason": "lost", "keepKeys": true, "dryRun": true }),
        ),
        ("UnblockUser", |body| UnblockUser::read(body).map(drop), json!({ "restore": true })),
        (
            "PutSubscription",
            |body| PutSubscription::read(body).map(drop),
            json!({ "targetUrl": "https://example.com/v1/events/demo", "events": ["key_added"] }),
        ),
    ]
}

/// Runs `check` for each object of a body: the schema that describes it, and how it is put back into the whole.
fn objects(
    document: &Value,
    name: &str,
    body: &Value,
    check: &mut impl FnMut(&Value, &Map<String, Value>, &dyn Fn(Value) -> Value),
) {
    fn inner(
        document: &Value,
        schema: &Value,
        part: &Value,
        back: &dyn Fn(Value) -> Value,
        check: &mut impl FnMut(&Value, &Map<String, Value>, &dyn Fn(Value) -> Value),
    ) {
        let schema = target(document, schema);
        match part {
            Value::Object(members) if schema.get("properties").is_some() => {
                check(schema, members, back);
                for (name, value) in members {
                    let set = |new: Value| back(with_member(part, name, Some(new)));
                    inner(document, &schema["properties"][name], value, &set, check);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                inner(document, &schema["items"], &items[0], &|new| back(json!([new])), check);
            }
            _ => {}
        }
    }
    inner(document, &document["components"]["schemas"][name], body, &|new| new, check);
}

/// The schema that this one stands for, `null` left aside.
fn target<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").or_else(|| schema.get("oneOf")?.get(0)?.get("$ref"));
    let pointer = reference.and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
    pointer.map_or(schema, |pointer| document.pointer(pointer).unwrap())
}

fn with_member(object: &Value, name: &str, value: Option<Value>) -> Value {
    let mut object = object.clone();
    let members = object.as_object_mut().unwrap();
    match value {
        Some(value) => drop(members.insert(name.to_owned(), value)),
        None => drop(members.remove(name)),
    }
    object
}

#[test]
fn every_written_schema_has_a_reader_that_takes_each_of_its_members() {
    let document = openapi::document("0").unwrap();
    let mut bodies: BTreeSet<String> = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let name = schema.as_str().map(|target| target.rsplit('/').next().unwrap().to_owned());
            match document["components"]["schemas"][name.as_deref().unwrap_or_default()].get("oneOf") {
                Some(Value::Array(kinds)) => bodies.extend(
                    kinds
                        .iter()
                        .map(|kind| kind["$ref"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()),
                ),
                _ => bodies.extend(name),
            }
        }
    }
    // What iLOQ sends is read by other rules.
    bodies.remove("IloqEvent");
    let known: BTreeMap<String, Read> =
        requests().into_iter().map(|(name, read, _)| (name.to_owned(), read)).collect();
    assert_eq!(bodies, known.keys().cloned().collect());
    for (name, read, full) in requests() {
        assert!(is_taken(read, &full), "{name}: the reader refuses {full}");
        let validator = validator(&document, name);
        if let Err(error) = validator.validate(&full) {
            panic!("{name}: {error}");
        }
        objects(&document, name, &full, &mut |schema, members, _| {
            let described: BTreeSet<&String> =
                schema["properties"].as_object().into_iter().flat_map(Map::keys).collect();
            assert_eq!(described, members.keys().collect(), "{name}: the example lacks a member");
        });
    }
}

#[test]
fn what_is_required_unknown_or_null_is_the_same_for_reader_and_schema() {
    let document = openapi::document("0").unwrap();
    for (name, read, full) in requests() {
        let validator = validator(&document, name);
        objects(&document, name, &full, &mut |schema, members, back| {
            let whole = Value::Object(members.clone());
            for member in members.keys() {
                let without = back(with_member(&whole, member, None));
                let required =
                    schema["required"].as_array().is_some_and(|names| names.contains(&json!(member)));
                assert_eq!(is_taken(read, &without), !required, "{name} without {member}");
                assert_eq!(validator.is_valid(&without), !required, "{name} without {member}");
                let null = back(with_member(&whole, member, Some(Value::Null)));
                if validator.is_valid(&null) {
                    assert!(is_taken(read, &null), "{name}: {member} may be null");
                }
            }
            let unknown = back(with_member(&whole, "colour", Some(json!("red"))));
            assert!(!is_taken(read, &unknown), "{name} with an unknown member");
            // Only bodies that answers can be sent back in leave room for members that are ignored.
            let open = ["SystemSettings", "UserInput", "PutSubscription"].contains(&name)
                && back(json!(1)) == json!(1);
            assert_eq!(validator.is_valid(&unknown), open, "{name} with an unknown member");
        });
    }
}

#[test]
fn bounds_of_the_schemas_are_those_of_the_readers() {
    let document = openapi::document("0").unwrap();
    for (name, read, full) in requests() {
        let validator = validator(&document, name);
        objects(&document, name, &full, &mut |schema, members, back| {
            let whole = Value::Object(members.clone());
            for (member, value) in members {
                let rule = target(&document, &schema["properties"][member]);
                let number = |keyword: &str| rule.get(keyword).and_then(Value::as_u64);
                let size = |keyword: &str| number(keyword).and_then(|size| usize::try_from(size).ok());
                let mut wrong = vec![json!([[]])];
                wrong.extend(size("maxLength").map(|most| json!("a".repeat(most + 1))));
                wrong.extend(
                    size("minLength").filter(|least| *least > 0).map(|least| json!("a".repeat(least - 1))),
                );
                wrong.extend(number("maximum").map(|most| json!(most + 1)));
                wrong.extend(
                    number("minimum").map(|least| if least == 0 { json!(-1) } else { json!(least - 1) }),
                );
                wrong.extend(size("maxItems").map(|most| json!(vec![value[0].clone(); most + 1])));
                wrong.extend(size("minItems").map(|_| json!([])));
                wrong.extend(rule.get("pattern").map(|_| json!("+0 not so")));
                wrong.extend(rule.get("enum").map(|_| json!("no such word")));
                wrong.extend(
                    rule.get("format").filter(|_| rule["type"] == "string").map(|_| json!("no such form")),
                );
                for value in wrong {
                    let body = back(with_member(&whole, member, Some(value)));
                    assert!(!validator.is_valid(&body), "{name}: the schema takes {body}");
                    assert!(!is_taken(read, &body), "{name}: the reader takes {body}");
                }
                for word in rule.get("enum").and_then(Value::as_array).into_iter().flatten() {
                    let body = back(with_member(&whole, member, Some(word.clone())));
                    assert!(is_taken(read, &body), "{name}: the reader refuses {body}");
                }
            }
        });
    }
}

#[test]
fn examples_are_what_their_schemas_say() {
    let document = openapi::document("0").unwrap();
    let readers: BTreeMap<&str, Read> = requests().into_iter().map(|(name, read, _)| (name, read)).collect();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for example in schema.get("examples").and_then(Value::as_array).into_iter().flatten() {
            if let Err(error) = validator(&document, name).validate(example) {
                panic!("{name}: {error}");
            }
            if let Some(read) = readers.get(name.as_str()) {
                assert!(is_taken(*read, example), "{name}: the reader refuses {example}");
            }
        }
    }
}

#[test]
fn examples_of_answers_are_what_the_types_hold() {
    fn same<T: serde::Serialize + serde::de::DeserializeOwned>(document: &Value, schema: &str) {
        let example = &document["components"]["schemas"][schema]["examples"][0];
        let read: T =
            serde_json::from_value(example.clone()).unwrap_or_else(|error| panic!("{schema}: {error}"));
        assert_eq!(&serde_json::to_value(read).unwrap(), example, "{schema}");
    }
    let document = openapi::document("0").unwrap();
    same::<portal_api::User>(&document, "User");
    same::<portal_api::Run>(&document, "Run");
    same::<portal_api::CheckAnswer>(&document, "CheckAnswer");
    same::<portal_api::JobAnswer>(&document, "JobAnswer");
    same::<portal_api::DeleteAnswer>(&document, "DeleteAnswer");
    same::<portal_api::LogRow>(&document, "LogRow");
    same::<portal_api::LogSummary>(&document, "LogSummary");
}

#[test]
fn what_the_types_write_is_what_the_schemas_say() {
    let document = openapi::document("0").unwrap();
    let valid = |name: &str, value: Value| {
        if let Err(error) = validator(&document, name).validate(&value) {
            panic!("{name}: {error} in {value}");
        }
    };
    let problem = || {
        Problem::of(portal_api::Code::UserConflict)
            .with_error("/firstName", "same name")
            .with_iloq(
                portal_api::IloqCause::operation("Orders").with_status(200).with_result("CanOrder", 1, "no"),
            )
            .with("candidates", json!([{ "personId": ID, "firstName": "Anna", "lastName": "Berg" }]))
    };
    valid("Problem", serde_json::from_slice(&problem().to_json("r-1")).unwrap());
    valid("ItemProblem", serde_json::to_value(problem()).unwrap());
    let failed = KeyItem::failed(ID.parse().unwrap(), ItemAction::Attach, problem());
    valid("KeyItem", serde_json::to_value(&failed).unwrap());
    let missing = RefreshItem::failed(ID.parse().unwrap(), problem());
    valid("RefreshAnswer", json!({ "items": [serde_json::to_value(missing).unwrap()] }));
    let limits = LimitsView::default();
    valid("LimitsAnswer", json!({ "limits": limits, "item": failed }));
    valid("PutLimits", serde_json::to_value(limits).unwrap());
    let settings = SettingsInput::read(requests()[1].2.as_object().unwrap().clone()).unwrap().settings;
    let system = portal_api::SystemView {
        id: portal_api::PortalId::parse("demo").unwrap(),
        settings,
        password_set: true,
        api_key_set: false,
        state: portal_api::SystemState::Suspended,
        suspended_because: Some(problem()),
        created_at: portal_api::Time::from_millis(0),
        updated_at: portal_api::Time::from_millis(0),
        last_runs: BTreeMap::new(),
    };
    valid("LockingSystem", serde_json::to_value(system).unwrap());
}

#[test]
fn each_change_has_its_data() {
    let document = openapi::document("0").unwrap();
    let change = validator(&document, "Change");
    let told = |kind: &str, data: Value| json!({ "at": "2026-11-24T08:00:00.000Z", "type": kind, "user": "anna", "key": ID, "data": data });
    for (kind, data) in [
        ("user.adopted", json!({ "previousId": "b" })),
        ("user.gone", json!({ "personId": ID })),
        ("user.conflict", json!({ "fields": { "email": { "iloq": "a", "portal": "b" } } })),
        ("key.status", json!({ "from": "ordered", "to": "programmed" })),
        ("key.detached", json!({ "user": "anna" })),
        ("key.rightsChanged", json!({ "planned": [ID], "wanted": [] })),
        ("key.removed", json!({})),
        ("mobileKey.stale", json!({ "sentAt": "2026-11-24T08:00:00.000Z", "channel": "sms" })),
    ] {
        assert!(change.is_valid(&told(kind, data)), "{kind}");
    }
    assert!(!change.is_valid(&told("key.status", json!({ "from": "ordered" }))));
    assert!(!change.is_valid(&told("user.no-such", json!({}))));
}
