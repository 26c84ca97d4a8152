//! Every operation against the simulator, which reads iLOQ's documents on its own: a member that is misspelt,
//! or a body that is wrapped wrongly, is refused there.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are not seen as tests")]

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::executor::block_on;
use iloq_client::io::{
    Clock, HttpRequest, HttpResponse, Method, Random, SessionKeeper, Transport, TransportError,
};
use iloq_client::{
    AnswerLimit, Client, Credentials, Deadline, Error, IloqApi, KeptSession, Lookup, OriginPatterns, Secret,
    View,
};
use iloq_model::{
    AccessRightId, CanAddAccessRight, CanAddTimeLimit, CanDeleteAccessRight, CanDeleteKey, CanDeletePerson,
    CanOrder, CanOrderBlockList, CanReturn, CanUpdateMainZone, InsertKey, KeyId, KeyPhone, KeyPhoneOptions,
    KeyTimeLimitData, KeyTimeLimitSlot, KeyTypeMask, LockGroupOptions, LockLogData, LogSearch, NewKey,
    Person, PersonId, ProgrammingState, RealEstateId, Right, SlotNo, SubscriptionId, UpdateKeyAccessRights,
    WebhookSubscription, WeekDayMask, time::clock_ms,
};
use simulator::{Request, Seed, Simulator, Uuid};

/// The simulator as the outside. Its clock stands still; the session is not kept.
struct Outside(Simulator);

impl Transport for Outside {
    async fn send(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, TransportError> {
        let verb = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        };
        let mut sent = Request::new(verb, &request.path_and_query);
        for (name, value) in &request.headers {
            sent = sent.header(name, value);
        }
        sent.body = request.body.into();
        let reply = self.0.handle(&sent);
        let headers = reply.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Ok(HttpResponse { status: reply.status, headers, body: reply.body.to_vec() })
    }
}

impl Clock for Outside {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {}
}

impl Random for Outside {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

impl SessionKeeper for Outside {
    fn load(&self) -> Option<KeptSession> {
        None
    }

    fn save(&self, _: &KeptSession) {}

    fn clear(&self) {}
}

type OutsideClient<'a> = Client<&'a Outside, &'a Outside, &'a Outside, &'a Outside>;

fn outside() -> Outside {
    Outside(Simulator::new(&Seed { persons: 4, ..Seed::default() }))
}

fn client(outside: &Outside) -> OutsideClient<'_> {
    let credentials = Credentials {
        service_address: "http://127.0.0.1:1/iloqws".to_owned(),
        service_code: "DEMO".to_owned(),
        user_name: "api".to_owned(),
        password: Secret::from("correct horse battery staple"),
        api_key: None,
        lock_group: None,
    };
    let origins = OriginPatterns::iloq_and("http://127.0.0.1:*");
    Client::new(
        credentials,
        origins,
        outside,
        outside,
        outside,
        outside,
        Deadline::at(Duration::from_secs(60)),
    )
}

fn id<I: std::str::FromStr<Err: std::fmt::Debug>>(number: u32) -> I {
    format!("aaaaaaaa-0000-4000-8000-{number:012}").parse().unwrap()
}

fn found<T: std::fmt::Debug>(lookup: Lookup<T>) -> T {
    match lookup {
        Lookup::Found(found) => found,
        Lookup::Absent => panic!("absent"),
    }
}

async fn person(api: &OutsideClient<'_>, number: u32) -> Result<PersonId, Error> {
    let person = Person {
        first_name: Some("Åsa".to_owned()),
        external_person_id: Some(format!("portal {number}/&")),
        ..Person::new(id(number))
    };
    api.insert_person(&person, &[]).await?;
    Ok(person.id)
}

/// A key of a new person.
async fn key(api: &OutsideClient<'_>, number: u32, kind: KeyTypeMask) -> Result<KeyId, Error> {
    let mut new = NewKey::new(id(number), kind, RealEstateId::ZERO);
    new.person_id = Some(person(api, number + 1000).await?);
    new.description = Some(format!("Key {number}"));
    Ok(api.insert_key(&InsertKey::new(new)).await?.id)
}

async fn api_right(api: &OutsideClient<'_>) -> Result<AccessRightId, Error> {
    let rights = api.access_rights().await?;
    Ok(rights.iter().find(|right| right.is_assignable()).unwrap().id)
}

#[test]
fn signing_in() -> Result<(), Error> {
    let outside = outside();
    let api = client(&outside);
    block_on(async {
        assert!(!api.version().await?.is_empty());
        let signed_in = api.sign_in().await?;
        assert_eq!(signed_in.lock_group.name.as_deref(), Some("Demo House"));
        assert!(signed_in.lock_group.options.unwrap().contains(LockGroupOptions::PUBLIC_API));
        assert!(signed_in.rights.has(Right::BrowseLockLogs));
        assert_eq!(api.refresh_rights().await?, signed_in.rights);
        outside.0.expire_sessions();
        assert_eq!(api.persons().await?.len(), 4, "a dead session is renewed");
        api.kill_session(false).await;
        assert_eq!(outside.0.session_count(), 0);
        Ok(())
    })
}

#[test]
fn the_structure() -> Result<(), Error> {
    let outside = outside();
    let api = client(&outside);
    block_on(async {
        assert!(!api.zones().await?.is_empty());
        assert!(api.real_estates().await?.iter().any(|place| place.id == RealEstateId::ZERO));
        assert!(!api.network_modules().await?.is_empty() && !api.network_module_devices().await?.is_empty());
        let locks = api.locks().await?;
        assert!(locks.iter().all(|lock| lock.kind.is_some() && lock.real_estate_id.is_some()));
        let mut doors = 0;
        for lock in &locks {
            doors += api.lock_access_rights(lock.id).await?.len();
            assert!(!api.lock_options(lock.id).await?.is_empty());
        }
        assert!(doors > 0);
        for profile in api.time_profiles().await? {
            for row in api.time_profile_rows(profile.id).await? {
                assert!(clock_ms(&row.start.unwrap()).unwrap() < clock_ms(&row.end.unwrap()).unwrap());
            }
        }
        Ok(())
    })
}

#[test]
fn a_person_from_start_to_end() -> Result<(), Error> {
    let outside = outside();
    let api = client(&outside);
    block_on(async {
        let id = person(&api, 1).await?;
        let mut read = api.persons_by_external_id("portal 1/&").await?.remove(0);
        assert_eq!((read.id, read.first_name.as_deref()), (id, Some("Åsa")));
        read.email = Some("asa@example.com".to_owned());
        api.update_person(&read).await?;
        assert_eq!(found(api.person(id).await?), read);
        assert!(api.persons_by_external_id("nobody").await?.is_empty());
        assert_eq!(api.person_keys(id).await?, Lookup::Found(Vec::new()));
        assert_eq!(api.can_delete_person(id).await?, Lookup::Found(CanDeletePerson::Ok));
        assert_eq!(api.delete_person(id).await?, Lookup::Found(()));
        assert_eq!(api.person(id).await?, Lookup::Absent);
        assert_eq!(api.delete_person(id).await?, Lookup::Absent);
        assert_eq!(api.can_delete_person(id).await?, Lookup::Absent);
        assert_eq!(api.person_keys(id).await?, Lookup::Absent);
        let again = person(&api, 2).await?;
        let refused = api.insert_person(&Person::new(again), &[]).await.unwrap_err();
        assert_eq!((refused.status(), refused.outcome_unknown()), (Some(400), false));
        Ok(())
    })
}

#[test]
fn a_key_from_planning_to_programmed() -> Result<(), Error> {
    let outside = outside();
    let api = client(&outside);
    block_on(async {
        let id = key(&api, 1, KeyTypeMask::SERIES_5_KEY).await?;
        let right = api_right(&api).await?;
        let mut read = found(api.key(id).await?);
        read.info_text = Some("found again".to_owned());
        api.update_key(&read).await?;
        assert!(api.keys().await?.iter().any(|key| key.info_text == read.info_text));
        let zone = api.key_zones(id).await?.zone_ids[0];
        assert_eq!(api.can_update_main_zone(id).await?, CanUpdateMainZone::Ok);
        api.update_main_zone(id, zone).await?;
        assert_eq!(api.key_zones(id).await?.main, Some(zone));

        assert_eq!(api.can_add_access_right(id).await?, CanAddAccessRight::Ok);
        api.add_access_right(id, right).await?;
        assert_eq!(api.can_delete_access_right(id, right).await?, CanDeleteAccessRight::Ok);
        api.delete_access_right(id, right).await?;
        assert_eq!(api.can_delete_access_right(id, right).await?, CanDeleteAccessRight::NotOnKey);
        let mut start = KeyTimeLimitSlot::new(SlotNo::Start);
        start.date_lg = Some("2026-03-01T08:00:00".into());
        let all = UpdateKeyAccessRights { right_ids: vec![right], slots: vec![start], ..Default::default() };
        api.put_access_rights(id, &all).await?;
        assert_eq!(api.key_access_rights(id, View::Planned).await?.rights[0].id, right);
        assert!(api.key_access_rights(id, View::Programmed).await?.rights.is_empty());
        let limits = api.key_time_limits(id, View::Planned).await?;
        assert_eq!(limits.slots[0].date_lg, Some("2026-03-01T08:00:00".into()));

        assert_eq!(api.can_order(id).await?, CanOrder::Ok);
        api.order(id).await?;
        assert_eq!(api.can_order(id).await?, CanOrder::NotInPlanning);
        outside.0.program(None, Uuid::from_bytes(*id.as_uuid().as_bytes())).unwrap();
        assert_eq!(found(api.key(id).await?).programming_state, Some(ProgrammingState::Programmed));
        assert_eq!(api.key_access_rights(id, View::Programmed).await?.rights[0].id, right);
        assert_eq!(api.can_delete_key(id).await?, CanDeleteKey::Programmed);
        assert_eq!(api.can_return(id).await?, CanReturn::WrongKeyType);
        Ok(())
    })
}

#[test]
fn a_time_profile_on_a_key() -> Result<(), Error> {
    let outside = outside();
    let api = client(&outside);
    block_on(async {
        let id = key(&api, 1, KeyTypeMask::SERIES_5_KEY).await?;
        let title = api.time_profiles().await?.remove(0);
        let mut slot = KeyTimeLimitSlot::new(SlotNo::Profile);
        slot.title_id = Some(title.id);
        slot.title_start_lg = title.start_lg;
        slot.title_end_lg = title.end_lg;
        let rows = api.time_profile_rows(title.id).await?.into_iter().map(|row| {
            let ms = |text: Option<String>| clock_ms(&text.unwrap()).unwrap();
            KeyTimeLimitData::new(row.days.unwrap(), ms(row.start), ms(row.end))
        });
        slot.rows = Some(rows.collect());
        assert_eq!(api.can_add_time_limit(id, &slot).await?, CanAddTimeLimit::Ok);
        api.add_time_limit(id, &slot).await?;
        let read = api.key_time_limits(id, View::Planned).await?;
        let times = |rows: &Option<Vec<KeyTimeLimitData>>| {
            let rows = rows.as_ref().unwrap().iter();
            rows.map(|row| (row.days, row.start_ms, row.end_ms)).collect::<Vec<_>>()
        };
        assert_eq!(times(&read.slots[0].rows), times(&slot.rows));
        // What was read goes back as it came.
        let all = UpdateKeyAccessRights {
            slots: read.slots.clone(),
            outside_slots: read.outside_slots.clone(),
            ..Default::default()
        };
        api.put_access_rights(id, &all).await?;
        assert_eq!(api.key_time_limits(id, View::Planned).await?, read);
        api.update_time_limit(id, title.id, &slot).await?;
        api.delete_time_limit(id, title.id).await?;
        assert!(api.key_time_limits(id, View::Planned).await?.slots.is_empty());
        slot.rows = Some(vec![KeyTimeLimitData::new(WeekDayMask::MONDAY, 1, 900_000)]);
        assert_ne!(api.can_add_time_limit(id, &slot).await?, CanAddTimeLimit::Ok);
        Ok(())
    })
}

#[test]
fn a_phone_key_is_sent_and_returned() -> Result<(), Error> {
    let outside = outside();
    let api = client(&outside);
    block_on(async {
        let id = key(&api, 1, KeyTypeMask::PHONE_KEY).await?;
        let phone = KeyPhone { phone_no: Some("+358401234567".to_owned()), ..KeyPhone::new(id) };
        assert_eq!(api.can_order(id).await?.code(), CanOrder::PhoneNumberMissing.code());
        api.update_key_phone(&phone).await?;
        assert_eq!(api.key_phone(id).await?.phone_no, phone.phone_no);
        let zone = api.key_zones(id).await?.zone_ids[0];
        api.update_main_zone(id, zone).await?;
        api.add_access_right(id, api_right(&api).await?).await?;
        assert_eq!(api.can_order(id).await?, CanOrder::Ok);
        api.order(id).await?;
        api.re_register(id).await?;
        assert_eq!(outside.0.messages(None).len(), 2);
        outside.0.activate(None, Uuid::from_bytes(*id.as_uuid().as_bytes())).unwrap();
        assert!(api.key_phone(id).await?.options.unwrap().contains(KeyPhoneOptions::REGISTERED));
        assert_eq!(api.can_return(id).await?, CanReturn::Ok);
        api.return_key(id).await?;
        let unused = key(&api, 2, KeyTypeMask::PHONE_KEY).await?;
        assert_eq!(api.can_delete_key(unused).await?, CanDeleteKey::Ok);
        api.delete_key(unused).await?;
        assert_eq!(api.key(unused).await?, Lookup::Absent);
        Ok(())
    })
}

#[test]
fn the_block_list() -> Result<(), Error> {
    let outside = outside();
    let api = client(&outside);
    block_on(async {
        let id = key(&api, 1, KeyTypeMask::SERIES_5_KEY).await?;
        assert!(!api.can_block(id).await?, "a key without rights cannot be listed");
        api.add_access_right(id, api_right(&api).await?).await?;
        assert!(api.can_block(id).await?);
        api.block(id).await?;
        assert!(api.block_list().await?.items.iter().any(|item| item.key_id == id));
        assert_eq!(api.can_order_block_list().await?, CanOrderBlockList::Ok);
        api.order_block_list().await?;
        assert_eq!(api.can_order_block_list().await?, CanOrderBlockList::NothingToOrder);
        assert!(api.can_unblock(id).await?);
        api.unblock(id).await?;
        Ok(())
    })
}

#[test]
fn the_log() -> Result<(), Error> {
    let outside = outside();
    let api = client(&outside);
    block_on(async {
        let lock = api.locks().await?[0].id;
        let key = api.keys().await?[0].id;
        let opening = serde_json::json!({ "key": key });
        let opening = serde_json::from_value(opening).unwrap();
        outside.0.open(None, Uuid::from_bytes(*lock.as_uuid().as_bytes()), &opening).unwrap();
        let arrived = async |from, until| {
            let mut rows = Vec::new();
            let limit = AnswerLimit { bytes: 1 << 20, time: Duration::from_secs(10) };
            api.log_by_arrival(from, until, limit, &mut |row: LockLogData| rows.push(row)).await?;
            Ok::<_, Error>(rows)
        };
        let rows = arrived(None, None).await?;
        assert_eq!((rows.len(), rows[0].key_id, rows[0].lock_id), (1, Some(key), Some(lock)));
        let at = rows[0].arrived_at.as_ref().unwrap().utc().unwrap();
        assert_eq!(arrived(Some(at), None).await?.len(), 1, "the start is part of it");
        assert!(arrived(None, Some(at)).await?.is_empty(), "the end is not");
        assert_eq!(api.log_by_passage(None, None).await?.len(), 1);
        let found = api.search_log(&LogSearch { lock_ids: vec![lock], ..LogSearch::default() }).await?;
        assert_eq!((found.total, found.rows[0].id), (Some(1), rows[0].id));
        assert_eq!(found.rows[0].key.as_ref().unwrap().id, key);
        Ok(())
    })
}

#[test]
fn subscriptions() -> Result<(), Error> {
    let outside = outside();
    let api = client(&outside);
    block_on(async {
        let event = api.webhook_events().await?.remove(0);
        let new: SubscriptionId = id(7);
        let mut subscription = WebhookSubscription::new(new, event.id);
        subscription.target = Some("https://portal.example/v1/events/house".to_owned());
        subscription.start = Some(outside.now().into());
        subscription.end = Some((outside.now() + chrono::TimeDelta::days(300)).into());
        api.add_webhook_subscription(&subscription).await?;
        let mut read = found(api.webhook_subscription(new).await?);
        assert!(read.sign_key.is_some());
        read.end = Some((outside.now() + chrono::TimeDelta::days(200)).into());
        api.update_webhook_subscription(&read).await?;
        assert_eq!(api.webhook_subscriptions().await?.len(), 1);
        assert_eq!(api.delete_webhook_subscription(new).await?, Lookup::Found(()));
        assert_eq!(api.webhook_subscription(new).await?, Lookup::Absent);
        assert_eq!(api.delete_webhook_subscription(new).await?, Lookup::Absent);
        Ok(())
    })
}
