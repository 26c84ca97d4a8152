//! The OpenAPI document of all that has to do with keys, against the types.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which clippy does not take for tests")]

use std::collections::BTreeSet;

use portal_api::json::parse_object;
use portal_api::routes::{BUILT, Component};
use portal_api::{
    AttachKeys, BlockListEntry, BlockListState, BlockReason, BlockUser, Date, Effective, Invitation,
    ItemAction, ItemOutcome, KeyItem, KeyRightsView, KeyStatus, KeyType, KeyView, LimitsView,
    MobileKeyChannel, Problem, PutAccessRights, PutKeys, PutLimits, RefreshKeys, Registration, ReplaceKey,
    ResendMobileKey, SendMobileKey, Time, UnblockUser, openapi,
};
use serde::Serialize;
use serde_json::{Map, Value};

const KEY: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

fn document() -> Value {
    openapi::document("0").unwrap()
}

fn example<'a>(document: &'a Value, schema: &str) -> &'a Value {
    &document["components"]["schemas"][schema]["examples"][0]
}

/// Every `$ref` in it.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|inner| references(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(inner, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_left_over() {
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for target in &found {
        assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target} leads nowhere");
    }
    for kind in ["schemas", "parameters", "responses", "headers"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            assert!(found.contains(&format!("#/components/{kind}/{name}")), "{kind}/{name} is never used");
        }
    }
}

#[test]
fn every_operation_has_an_answer_that_is_a_success() {
    for item in document()["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let answers = operation["responses"].as_object().unwrap();
            assert!(answers.keys().any(|status| status.starts_with('2')), "{}", operation["operationId"]);
        }
    }
}

#[test]
fn each_component_can_be_built_alone() {
    for component in [Component::LinkKey, Component::OrderAccessRights, Component::BlockList] {
        let document = openapi::document_of("0", &[component]).unwrap();
        assert!(document["components"]["schemas"].get("KeyItem").is_some(), "{component}");
        assert!(document["components"]["schemas"].get("User").is_none(), "{component}");
        assert!(document["components"]["parameters"].get("job").is_none(), "{component}");
    }
    let built = openapi::document("0").unwrap();
    let built_keys = BUILT.contains(&Component::LinkKey);
    assert_eq!(built["components"]["schemas"].get("Key").is_some(), built_keys);
}

#[test]
fn words_are_those_of_the_types() {
    let document = document();
    for (pointer, all) in [
        ("KeyType", KeyType::ALL.iter().map(|word| word.name()).collect::<Vec<_>>()),
        ("KeyStatus", KeyStatus::ALL.iter().map(|word| word.name()).collect()),
        ("KeyItem/properties/action", ItemAction::ALL.iter().map(|word| word.name()).collect()),
        ("KeyItem/properties/outcome", ItemOutcome::ALL.iter().map(|word| word.name()).collect()),
        ("KeyItem/properties/effective", Effective::ALL.iter().map(|word| word.name()).collect()),
        ("Invitation/properties/channel", MobileKeyChannel::ALL.iter().map(|word| word.name()).collect()),
        ("Invitation/properties/registration", Registration::ALL.iter().map(|word| word.name()).collect()),
        ("BlockUser/properties/reason", BlockReason::ALL.iter().map(|word| word.name()).collect()),
        ("BlockListEntry/properties/state", BlockListState::ALL.iter().map(|word| word.name()).collect()),
    ] {
        let words = document.pointer(&format!("/components/schemas/{pointer}/enum")).unwrap();
        assert_eq!(words, &serde_json::to_value(all).unwrap(), "{pointer}");
    }
}

#[test]
fn examples_of_requests_are_taken() {
    fn taken<T>(document: &Value, schema: &str, read: fn(Map<String, Value>) -> Result<T, Problem>) {
        let body = parse_object(example(document, schema).to_string().as_bytes()).unwrap();
        assert!(read(body).is_ok(), "{schema}");
    }
    let document = document();
    taken(&document, "AttachKeys", AttachKeys::read);
    taken(&document, "PutKeys", PutKeys::read);
    taken(&document, "PutAccessRights", PutAccessRights::read);
    taken(&document, "RefreshKeys", RefreshKeys::read);
    taken(&document, "ReplaceKey", ReplaceKey::read);
    taken(&document, "SendMobileKey", SendMobileKey::read);
    taken(&document, "ResendMobileKey", ResendMobileKey::read);
    taken(&document, "PutLimits", PutLimits::read);
    taken(&document, "Limits", PutLimits::read);
    taken(&document, "BlockUser", BlockUser::read);
    taken(&document, "UnblockUser", UnblockUser::read);
}

#[test]
fn examples_of_answers_are_what_the_types_write() {
    fn same(document: &Value, schema: &str, value: impl Serialize) {
        assert_eq!(&serde_json::to_value(value).unwrap(), example(document, schema), "{schema}");
    }
    let document = document();
    let now = Time::parse("2026-11-24T08:00:00Z").unwrap();
    let key = KeyView {
        id: KEY.parse().unwrap(),
        key_type: KeyType::Mobile,
        name: "Anna Berg".to_owned(),
        description: String::new(),
        stamp: None,
        user_id: Some("anna".to_owned()),
        person_id: Some("0f8fad5b-d9cb-469f-a165-70867728950e".parse().unwrap()),
        status: KeyStatus::Sent,
        ever_programmed: false,
        access_rights: Some(KeyRightsView {
            wanted: BTreeSet::from(["16fd2706-8baf-433b-82eb-8c7fada847da".parse().unwrap()]),
            programmed: BTreeSet::new(),
            refreshed_at: now,
        }),
        block_listed: false,
        revocation_pending_since: None,
        expected_return: Date::parse("2026-12-31"),
        invitation: Some(Invitation {
            channel: MobileKeyChannel::Sms,
            address: "+358401234567".to_owned(),
            sent_at: now,
            count: 1,
            registration: Registration::Waiting,
        }),
        updated_at: now,
    };
    same(&document, "Key", key);
    let item = KeyItem::new(KEY.parse().unwrap(), ItemAction::Attach, ItemOutcome::Ordered)
        .with_status(KeyStatus::Ordered)
        .with_effective(Effective::WhenProgrammed);
    same(&document, "KeyItem", item);
    let limits = LimitsView {
        starts: Some("2026-12-01T08:00:00".parse().unwrap()),
        expected_return: Date::parse("2026-12-31"),
        ..LimitsView::default()
    };
    same(&document, "Limits", limits);
    let entry = BlockListEntry {
        key_id: KEY.parse().unwrap(),
        key_type: Some(KeyType::Key),
        name: "Front desk".to_owned(),
        stamp: Some("A-17".to_owned()),
        user_id: None,
        person_name: Some("Anna Berg".to_owned()),
        state: BlockListState::Listed,
        listed_at: Some(now),
    };
    same(&document, "BlockListEntry", entry);
}
