//! Request bodies and answers of the operations on keys.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which clippy does not take for tests")]

use portal_api::json::parse_object;
use portal_api::{
    AttachKeys, BlockReason, BlockUser, Code, ItemAction, ItemOutcome, ItemsAnswer, KeyItem, KeyStatus,
    KeyType, KeyView, LimitsAnswer, LimitsView, MobileKeyAnswer, MobileKeyChannel, Patch, Problem,
    PutAccessRights, PutKeys, PutLimits, RefreshAnswer, RefreshItem, RefreshKeys, ReplaceKey,
    ResendMobileKey, SendMobileKey, Time, UnblockUser, check_period,
};
use serde_json::{Map, Value, json};

const A: &str = "7C9E6679-7425-40DE-944B-E07FC1F90AE7";
const B: &str = "9b2d8f4e-3c1a-4f5b-8e7d-6a5c4b3d2e1f";

fn body(value: &Value) -> Map<String, Value> {
    parse_object(value.to_string().as_bytes()).unwrap()
}

/// The code, and the pointers.
fn refusal<T: std::fmt::Debug>(
    read: fn(Map<String, Value>) -> Result<T, Problem>,
    request: &Value,
) -> (Code, Vec<String>) {
    let problem = read(body(request)).unwrap_err();
    (problem.code, problem.errors.clone().into_iter().map(|error| error.pointer).collect())
}

fn many(count: u32) -> Vec<String> {
    (0..count).map(|number| format!("00000000-0000-4000-8000-{number:012}")).collect()
}

#[test]
fn keys_and_their_rights() {
    let request = json!({"keys": [{"keyId": A, "accessRightIds": [B, A, B.to_uppercase()]}, {"keyId": B, "accessRightIds": []}]});
    let attach = AttachKeys::read(body(&request)).unwrap();
    assert!(!attach.dry_run);
    assert_eq!(attach.keys.len(), 2);
    assert_eq!(attach.keys[0].key_id.to_string(), A.to_lowercase());
    assert_eq!(attach.keys[0].access_right_ids.len(), 2, "a right that is repeated counts once");
    let rights = PutAccessRights::read(body(&request)).unwrap();
    assert_eq!((rights.keys, rights.dry_run), (attach.keys.clone(), false));
    let mut typed = request.clone();
    typed["type"] = json!("tag");
    let put = PutKeys::read(body(&typed)).unwrap();
    assert_eq!((put.key_type, put.keys), (KeyType::Tag, attach.keys));
    assert!(PutKeys::read(body(&json!({"type": "key", "keys": []}))).unwrap().keys.is_empty());
    let full: Vec<Value> =
        many(50).iter().map(|key| json!({"keyId": key, "accessRightIds": many(100)})).collect();
    assert!(AttachKeys::read(body(&json!({"keys": full, "dryRun": true}))).unwrap().dry_run);
}

#[test]
fn each_wrong_member_of_keys_gets_its_pointer() {
    let key = json!({"keyId": A, "accessRightIds": []});
    let too_many: Vec<Value> =
        many(51).iter().map(|key| json!({"keyId": key, "accessRightIds": []})).collect();
    for (request, wanted) in [
        (json!({}), vec!["/keys"]),
        (json!({"keys": null}), vec!["/keys"]),
        (json!({"keys": []}), vec!["/keys"]),
        (json!({"keys": key}), vec!["/keys"]),
        (json!({"keys": too_many}), vec!["/keys"]),
        (json!({"keys": [5]}), vec!["/keys/0"]),
        (json!({"keys": [{}]}), vec!["/keys/0/keyId", "/keys/0/accessRightIds"]),
        (
            json!({"keys": [{"keyId": "x", "accessRightIds": ["y"]}]}),
            vec!["/keys/0/accessRightIds/0", "/keys/0/keyId"],
        ),
        (json!({"keys": [{"keyId": A, "accessRightIds": many(101)}]}), vec!["/keys/0/accessRightIds"]),
        (json!({"keys": [{"keyId": A, "accessRightIds": null}]}), vec!["/keys/0/accessRightIds"]),
        (json!({"keys": [key, {"keyId": A.to_lowercase(), "accessRightIds": []}]}), vec!["/keys/1/keyId"]),
        (json!({"keys": [key, {"keyId": B, "accessRightIds": [], "colour": 1}]}), vec!["/keys/1/colour"]),
        (json!({"keys": [key], "dryRun": "yes", "type": "key"}), vec!["/dryRun", "/type"]),
    ] {
        for read in [|body| AttachKeys::read(body).map(drop), |body| PutAccessRights::read(body).map(drop)] {
            let (code, mut pointers) = refusal(read, &request);
            pointers.sort();
            let mut wanted = wanted.clone();
            wanted.sort_unstable();
            assert_eq!(
                (code, pointers),
                (Code::InvalidRequest, wanted.iter().map(ToString::to_string).collect())
            );
        }
    }
    for (request, wanted) in [
        (json!({"keys": [key]}), "/type"),
        (json!({"keys": [key], "type": "phone"}), "/type"),
        (json!({"type": "key"}), "/keys"),
        (json!({"type": "key", "keys": [key], "dryRun": true}), "/dryRun"),
        (json!({"type": "key", "keys": [key, key]}), "/keys/1/keyId"),
    ] {
        assert_eq!(
            refusal(PutKeys::read, &request),
            (Code::InvalidRequest, vec![wanted.to_owned()]),
            "{request}"
        );
    }
}

#[test]
fn refresh_takes_keys_or_a_user() {
    let RefreshKeys::Keys(keys) =
        RefreshKeys::read(body(&json!({"keyIds": [B, A], "userId": null}))).unwrap()
    else {
        panic!("keys")
    };
    assert_eq!(keys, [B.parse().unwrap(), A.parse().unwrap()], "in the request's order");
    let RefreshKeys::User(user) = RefreshKeys::read(body(&json!({"userId": "anna"}))).unwrap() else {
        panic!("a user")
    };
    assert_eq!(user.as_str(), "anna");
    for (request, wanted) in [
        (json!({}), ""),
        (json!({"keyIds": [A], "userId": "anna"}), ""),
        (json!({"keyIds": []}), "/keyIds"),
        (json!({"keyIds": many(51)}), "/keyIds"),
        (json!({"keyIds": [A, "x"]}), "/keyIds/1"),
        (json!({"keyIds": [A, B, A.to_lowercase()]}), "/keyIds/2"),
        (json!({"userId": "sync"}), "/userId"),
        (json!({"userId": 5}), "/userId"),
    ] {
        assert_eq!(
            refusal(RefreshKeys::read, &request),
            (Code::InvalidRequest, vec![wanted.to_owned()]),
            "{request}"
        );
    }
}

#[test]
fn replacing_blocks_the_old_key_unless_told_otherwise() {
    let replace = ReplaceKey::read(body(&json!({"newKeyId": A}))).unwrap();
    assert!(replace.block_old);
    assert!(!ReplaceKey::read(body(&json!({"newKeyId": A, "blockOld": false}))).unwrap().block_old);
    assert!(replace.check(B.parse().unwrap()).is_ok());
    let problem = replace.check(A.parse().unwrap()).unwrap_err();
    assert_eq!((problem.status(), problem.errors[0].pointer.as_str()), (422, "/newKeyId"));
    for (request, wanted) in [(json!({}), "/newKeyId"), (json!({"newKeyId": A, "blockOld": 1}), "/blockOld")]
    {
        assert_eq!(refusal(ReplaceKey::read, &request).1, [wanted], "{request}");
    }
}

#[test]
fn a_phone_key_to_send() {
    let least = SendMobileKey::read(body(&json!({"accessRightIds": [A]}))).unwrap();
    assert_eq!((least.name, least.limits), (None, None));
    assert_eq!((least.contact.channel, least.contact.phone, least.contact.email), (None, None, None));
    let full = SendMobileKey::read(body(&json!({
        "name": " Anna ", "channel": "email", "phone": "+358401234567", "email": "anna@example.com", "accessRightIds": [],
        "limits": {"endsLocal": "2026-12-31T23:59:59"},
    })))
    .unwrap();
    assert_eq!(full.name.as_deref(), Some("Anna"));
    assert_eq!(full.contact.channel, Some(MobileKeyChannel::Email));
    assert_eq!(full.limits.unwrap().ends, Patch::Value("2026-12-31T23:59:59".parse().unwrap()));
    for (changes, code, wanted) in [
        (json!({"name": "x".repeat(51)}), Code::InvalidRequest, "/name"),
        (json!({"name": " "}), Code::InvalidRequest, "/name"),
        (json!({"channel": "post"}), Code::InvalidRequest, "/channel"),
        (json!({"phone": "040 123"}), Code::InvalidPhoneNumber, "/phone"),
        (json!({"email": "nobody"}), Code::InvalidEmail, "/email"),
        (json!({"accessRightIds": null}), Code::InvalidRequest, "/accessRightIds"),
        (json!({"limits": {"endsLocal": "tomorrow"}}), Code::InvalidRequest, "/limits/endsLocal"),
        (json!({"limits": {"x": 1}}), Code::InvalidRequest, "/limits/x"),
        (
            json!({"limits": {"startsLocal": "2027-01-01T00:00:00", "endsLocal": "2026-01-01T00:00:00"}}),
            Code::InvalidTimeLimit,
            "/limits/endsLocal",
        ),
    ] {
        let mut request = json!({"accessRightIds": [A]});
        for (name, value) in changes.as_object().unwrap() {
            request[name] = value.clone();
        }
        assert_eq!(refusal(SendMobileKey::read, &request), (code, vec![wanted.to_owned()]), "{changes}");
    }
    assert_eq!(ResendMobileKey::read(Map::new()).unwrap(), ResendMobileKey::default());
    assert!(ResendMobileKey::read(body(&json!({"force": true, "channel": "sms"}))).unwrap().force);
    assert_eq!(refusal(ResendMobileKey::read, &json!({"phone": "1"})).0, Code::InvalidPhoneNumber);
}

#[test]
fn limits_are_kept_removed_or_set() {
    assert!(PutLimits::read(Map::new()).unwrap().is_empty());
    let removed = PutLimits::read(body(&json!({
        "startsLocal": null, "endsLocal": null, "timeProfileIds": [], "offlineExpirySeconds": null, "expectedReturn": null,
    })))
    .unwrap();
    assert!(!removed.is_empty());
    assert_eq!((removed.starts, removed.time_profile_ids), (Patch::Null, Patch::Null));
    let set = PutLimits::read(body(&json!({
        "startsLocal": "2026-12-01T08:00:00", "timeProfileIds": [A, A], "offlineExpirySeconds": 0, "expectedReturn": "2026-12-31",
    })))
    .unwrap();
    assert_eq!(set.time_profile_ids.value().unwrap().len(), 1);
    assert_eq!((set.ends, set.offline_expiry_seconds), (Patch::Absent, Patch::Value(0)));
    assert_eq!(set.expected_return.value().unwrap().to_string(), "2026-12-31");
    for (request, code, wanted) in [
        (json!({"startsLocal": "2026-12-01T08:00:00Z"}), Code::InvalidRequest, "/startsLocal"),
        (json!({"endsLocal": "2026-12-01"}), Code::InvalidRequest, "/endsLocal"),
        (json!({"timeProfileIds": ["x"]}), Code::InvalidRequest, "/timeProfileIds/0"),
        (json!({"offlineExpirySeconds": 16_761_541}), Code::InvalidRequest, "/offlineExpirySeconds"),
        (json!({"expectedReturn": "2026-12-31T00:00:00"}), Code::InvalidRequest, "/expectedReturn"),
        (
            json!({"startsLocal": "2026-12-01T08:00:00", "endsLocal": "2026-12-01T08:00:00"}),
            Code::InvalidTimeLimit,
            "/endsLocal",
        ),
    ] {
        assert_eq!(refusal(PutLimits::read, &request), (code, vec![wanted.to_owned()]), "{request}");
    }
    let (early, late) = ("2026-12-01T08:00:00".parse().unwrap(), "2026-12-01T08:00:01".parse().unwrap());
    assert!(check_period(Some(early), Some(late)).is_ok() && check_period(Some(late), None).is_ok());
    assert_eq!(check_period(Some(late), Some(early)).unwrap_err().code, Code::InvalidTimeLimit);
    let shown = serde_json::to_value(LimitsView::default()).unwrap();
    assert!(!PutLimits::read(body(&shown)).unwrap().is_empty(), "what is answered can be put again");
}

#[test]
fn blocking_needs_a_reason_and_unblocking_a_word_on_restoring() {
    let block = BlockUser::read(body(&json!({"reason": "lost"}))).unwrap();
    assert_eq!(block, BlockUser { reason: BlockReason::Lost, keep_keys: false, dry_run: false });
    let block =
        BlockUser::read(body(&json!({"reason": "leaver", "keepKeys": true, "dryRun": true}))).unwrap();
    assert!(block.keep_keys && block.dry_run);
    assert_eq!(refusal(BlockUser::read, &json!({})).1, ["/reason"]);
    assert_eq!(refusal(BlockUser::read, &json!({"reason": "bored"})).1, ["/reason"]);
    assert!(UnblockUser::read(body(&json!({"restore": true}))).unwrap().restore);
    assert_eq!(refusal(UnblockUser::read, &json!({})).1, ["/restore"]);
    assert_eq!(refusal(UnblockUser::read, &json!({"restore": 1})).1, ["/restore"]);
}

fn key() -> KeyView {
    KeyView {
        id: A.parse().unwrap(),
        key_type: KeyType::Fob,
        name: "Fob".to_owned(),
        description: String::new(),
        stamp: None,
        user_id: None,
        person_id: None,
        status: KeyStatus::Programmed,
        ever_programmed: true,
        access_rights: None,
        block_listed: false,
        revocation_pending_since: None,
        expected_return: None,
        invitation: None,
        updated_at: Time::from_millis(0),
    }
}

#[test]
fn one_failed_item_makes_207() {
    let item = |outcome| KeyItem::new(A.parse().unwrap(), ItemAction::Rights, outcome);
    assert_eq!(ItemsAnswer::default().status(), 200);
    for outcome in ItemOutcome::ALL {
        let items = vec![item(ItemOutcome::Ordered), item(*outcome)];
        let wanted = if *outcome == ItemOutcome::Failed { 207 } else { 200 };
        assert_eq!(ItemsAnswer { items }.status(), wanted, "{outcome}");
        let limits = LimitsAnswer { limits: LimitsView::default(), item: item(*outcome), warning: None };
        assert_eq!(limits.status(), wanted, "{outcome}");
    }
    let failed = KeyItem::failed(A.parse().unwrap(), ItemAction::Attach, Problem::of(Code::IloqUnavailable));
    assert_eq!(failed.problem.as_ref().unwrap().retry_after, None, "an item has no headers");
    let shown = serde_json::to_value(ItemsAnswer { items: vec![failed] }).unwrap();
    assert_eq!(shown["items"][0]["keyId"], A.to_lowercase());
    assert_eq!(shown["items"][0]["problem"]["code"], "iloq-unavailable");
    assert!(shown["items"][0].get("status").is_none());
}

#[test]
fn keys_in_answers_are_items_too() {
    let missing = RefreshItem::failed(B.parse().unwrap(), Problem::of(Code::UnknownKey));
    let answer = RefreshAnswer { items: vec![RefreshItem::key(key()), missing] };
    assert_eq!(answer.status(), 207);
    let shown = serde_json::to_value(&answer).unwrap();
    let (read, failed) = (&shown["items"][0], &shown["items"][1]);
    assert_eq!((&read["id"], &read["keyId"]), (&read["keyId"], &json!(A.to_lowercase())));
    assert_eq!((&read["status"], &read["outcome"]), (&json!("programmed"), &json!("unchanged")));
    assert!(read["accessRights"].is_null() && read.get("problem").is_none());
    assert_eq!((&failed["keyId"], &failed["outcome"]), (&json!(B), &json!("failed")));
    let item = KeyItem::new(A.parse().unwrap(), ItemAction::Resend, ItemOutcome::Unknown);
    let answer = MobileKeyAnswer { key: key(), items: vec![item], warning: None };
    let shown = serde_json::to_value(answer).unwrap();
    assert_eq!((&shown["type"], &shown["items"][0]["outcome"]), (&json!("fob"), &json!("unknown")));
}
