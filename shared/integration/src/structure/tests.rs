//! What the portal sees, and how it is kept.

use futures::executor::block_on;
use iloq_client::{Error, ErrorKind, MockIloqApi};
use iloq_model::{
    AccessMode, AccessRight, AccessRightStatus, AccessRightType, Lock, LockState, LockType, NetworkModule,
    NetworkModuleDevice, NetworkModuleType, RealEstate, RealEstateId, TimeLimitTitle, TimeLimitTitleOptions,
    Zone, ZoneType,
};
use portal_api::types::{Door, SettingsInput, Structure, TimeProfile, TimeProfileKind};
use serde_json::{Value, json};

use super::{
    map::{Source, Views, map},
    store::{Directory, Listed, StructureStore},
    sync::{keep, read},
};
use crate::{platform::Store, state::Space, testing::Memory};

const ROOT: &str = "00000000-0000-0000-0000-000000000000";

fn text(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: usize) -> T {
    text(number).parse().unwrap()
}

fn views(structure: Structure, source: &Source) -> Views {
    let body = json!({
        "name": "Demo", "serviceAddress": "https://s5.iloq.com/iloqws", "serviceCode": "123", "userName": "api",
        "timeZone": "Europe/Helsinki", "structure": structure,
    });
    let Value::Object(body) = body else { unreachable!() };
    map(&SettingsInput::read(body).unwrap().settings, source)
}

/// A house below the root, an online lock in it, one outside every zone, a hidden one.
fn source() -> Source {
    let mut house = RealEstate::new(id(1));
    (house.name, house.parent_id) = (Some("House A".to_owned()), Some(RealEstateId::ZERO));
    let mut zone = Zone::new(id(2));
    (zone.name, zone.kind) = (Some("Public".to_owned()), Some(ZoneType::Customer));

    let mut online = Lock::new(id(3));
    (online.location_code, online.locking_object) = (Some("D001".to_owned()), Some("Main door".to_owned()));
    (online.kind, online.physical_state) = (Some(LockType::S5Online), Some(LockState::Installed));
    (online.zone_id, online.real_estate_id) = (Some(id(2)), Some(id(1)));
    online.network_module_device_id = Some(id(7));
    online.other = vec![("S40AcceptSoftGroup".into(), json!(true))];
    let mut bare = Lock::new(id(4));
    (bare.description, bare.physical_state) = (Some("Cellar".to_owned()), Some(LockState::OutOfUse));
    let mut hidden = Lock::new(id(5));
    (hidden.kind, hidden.physical_state) = (Some(LockType::S5Online), Some(LockState::Hidden));

    let mut module = NetworkModule::new(id(6));
    (module.kind, module.real_estate_id) = (Some(NetworkModuleType::N500), Some(id(1)));
    module.online_connection_date = Some("2026-11-24T08:00:00Z".into());
    let mut token = NetworkModule::new(id(8));
    token.kind = Some(NetworkModuleType::Token);
    let mut device = NetworkModuleDevice::new(id(7));
    (device.name, device.network_module_id) = (Some("Reader 1".to_owned()), Some(id(6)));
    Source {
        locks: vec![online, bare, hidden],
        zones: vec![zone],
        real_estates: vec![house],
        modules: vec![module, token],
        devices: vec![device],
        ..Source::default()
    }
}

#[test]
fn single_is_one_location_and_one_zone() {
    let views = views(Structure::Single, &source());
    assert_eq!(json!(views.locations), json!([{"id": "-", "name": " - ", "timeZone": "Europe/Helsinki"}]));
    assert_eq!(json!(views.zones), json!([{"id": "-", "name": " - ", "locationId": "-", "type": 8}]));
    assert_eq!(
        json!(views.doors),
        json!([
            {"id": text(3), "name": "D001 Main door", "description": "", "locationId": "-", "zoneId": "-",
                "state": "installed", "allowsApiRights": true, "online": true},
            {"id": text(4), "name": "Cellar", "description": "Cellar", "locationId": "-", "zoneId": "-",
                "state": "outOfUse", "allowsApiRights": null, "online": false},
        ])
    );
    assert!(views.scanners.iter().all(|scanner| scanner.location_id == "-"));
}

#[test]
fn full_is_as_in_iloq() {
    let views = views(Structure::Full, &source());
    assert_eq!(
        json!(views.locations),
        json!([
            {"id": text(1), "name": "House A", "parentId": ROOT, "timeZone": "Europe/Helsinki"},
            {"id": ROOT, "name": " - ", "timeZone": "Europe/Helsinki"},
        ])
    );
    // The second zone is for the door that has none.
    assert_eq!(
        json!(views.zones),
        json!([
            {"id": text(2), "name": "Public", "locationId": ROOT, "type": 1},
            {"id": "-", "name": " - ", "locationId": ROOT, "type": 8},
        ])
    );
    let places: Vec<_> = views.doors.iter().map(|d| (d.location_id.as_str(), d.zone_id.as_str())).collect();
    assert_eq!(places, [(text(1).as_str(), text(2).as_str()), (ROOT, "-")]);
}

#[test]
fn every_reference_leads_to_something_listed() {
    let mut source = source();
    let mut root = RealEstate::new(RealEstateId::ZERO);
    (root.name, root.parent_id) = (Some("Root".to_owned()), Some(RealEstateId::ZERO));
    let mut lost = RealEstate::new(id(11));
    lost.parent_id = Some(id(99));
    source.real_estates.extend([root, lost]);
    source.locks[0].zone_id = Some(id(98));
    source.locks[0].real_estate_id = Some(id(97));
    for structure in [Structure::Single, Structure::Full] {
        let views = views(structure, &source);
        let located = |id: &String| views.locations.iter().any(|location| location.id == *id);
        assert!(views.locations.iter().filter_map(|l| l.parent_id.as_ref()).all(located));
        assert!(views.zones.iter().all(|zone| located(&zone.location_id)));
        assert!(views.scanners.iter().all(|scanner| located(&scanner.location_id)));
        for door in &views.doors {
            assert!(located(&door.location_id) && views.zones.iter().any(|zone| zone.id == door.zone_id));
        }
        let roots = views.locations.iter().filter(|location| location.parent_id.is_none()).count();
        assert_eq!(roots, 1);
    }
}

#[test]
fn scanners_are_online_locks_modules_and_devices() {
    let views = views(Structure::Full, &source());
    let at = "2026-11-24T08:00:00.000Z";
    let place = text(1);
    assert_eq!(
        json!(views.scanners),
        json!([
            {"id": text(3), "name": "D001 Main door", "kind": "onlineLock", "locationId": place, "lastConnection": at},
            {"id": text(6), "name": "network module N500", "kind": "networkModule", "locationId": place, "lastConnection": at},
            {"id": text(7), "name": "Reader 1", "kind": "networkModuleDevice", "locationId": place, "lastConnection": at},
        ])
    );
}

#[test]
fn rights_that_can_not_be_given_say_why() {
    let right = |kind, status, mode| {
        let mut right = AccessRight::new(id(1));
        (right.kind, right.status, right.access_mode) = (Some(kind), status, mode);
        right
    };
    use AccessRightType::{Api, Key, Standard};
    for (right, part) in [
        (right(Api, None, None), None),
        (right(Api, Some(AccessRightStatus::Active), Some(AccessMode::Visible)), None),
        (right(Api, Some(AccessRightStatus::NotInUse), None), Some("no longer in use")),
        (right(Api, None, Some(AccessMode::Hidden)), Some("hidden")),
        (right(Standard, Some(AccessRightStatus::NotInUse), None), Some("programming token")),
        (right(Key, None, None), Some("block list")),
    ] {
        let source = Source { access_rights: vec![right], ..Source::default() };
        let view = &views(Structure::Single, &source).access_rights[0];
        assert_eq!(view.assignable, part.is_none());
        assert_eq!(view.reason.is_some(), part.is_some());
        assert!(part.is_none_or(|part| view.reason.as_deref().unwrap().contains(part)), "{view:?}");
    }
}

#[test]
fn time_profiles_that_fit_keys() {
    let title = |number: usize, bits| {
        let mut title = TimeLimitTitle::new(id(number));
        title.options = Some(TimeLimitTitleOptions::from_bits(bits));
        title
    };
    let profiles = vec![title(1, 2), title(2, 10), title(3, 6), title(4, 1), title(5, 3)];
    let source = Source { time_profiles: profiles, ..Source::default() };
    let kinds: Vec<_> =
        views(Structure::Single, &source).time_profiles.into_iter().map(|p| (p.id, p.kind)).collect();
    use TimeProfileKind::{Editable, Fixed};
    assert_eq!(kinds, [(text(1), Fixed), (text(2), Editable), (text(5), Fixed)]);
}

/// iLOQ where everything but network modules is empty.
fn iloq(modules: impl Fn() -> Result<Vec<NetworkModule>, Error> + Send + 'static) -> MockIloqApi {
    let mut api = MockIloqApi::new();
    api.expect_zones().returning(|| Ok(Vec::new()));
    api.expect_locks().returning(|| Ok(Vec::new()));
    api.expect_real_estates().returning(|| Ok(Vec::new()));
    api.expect_access_rights().returning(|| Ok(Vec::new()));
    api.expect_time_profiles().returning(|| Ok(Vec::new()));
    api.expect_network_modules().returning(modules);
    api.expect_network_module_devices().returning(|| Ok(vec![NetworkModuleDevice::new(id(7))]));
    api
}

#[test]
fn network_modules_that_may_not_be_read_are_left_out() {
    let failing = |status| {
        iloq(move || {
            let (code, message) = (None, Some("No right".to_owned()));
            Err(ErrorKind::Status {
                operation: "NetworkModules_GetAll",
                status,
                code,
                message,
                retry_after: None,
            }
            .into())
        })
    };
    let refused = block_on(read(&failing(403))).unwrap();
    assert_eq!((refused.refused.len(), refused.source.devices.len()), (1, 1));
    let outage = block_on(read(&failing(503))).err().unwrap();
    assert_eq!(outage.status(), Some(503));
}

/// The keys that were written since the last time.
fn written(memory: &Memory) -> Vec<String> {
    let keys = std::mem::take(&mut *memory.written.borrow_mut());
    keys.iter().map(|key| key.rsplit(":i:").next().unwrap().to_owned()).collect()
}

fn profiles(count: usize, kind: TimeProfileKind) -> Vec<TimeProfile> {
    let profile = |number| TimeProfile { id: text(number), name: "x".repeat(1_000), kind };
    (0..count).rev().map(profile).collect()
}

fn write(store: &StructureStore<'_, Memory>, items: Vec<TimeProfile>) {
    let before = store.directory().unwrap();
    let mut directory = Directory::default();
    store.write(&mut directory, items).unwrap();
    store.finish(&before, &directory).unwrap();
}

#[test]
fn only_pages_that_changed_are_written_and_the_directory_comes_last() {
    let memory = Memory::default();
    let space = Space::system(&memory, "s", "i");
    let store = StructureStore::new(&space);
    write(&store, profiles(400, TimeProfileKind::Fixed));
    assert_eq!(written(&memory), ["st:timeProfiles:0", "st:timeProfiles:1", "st:timeProfiles:2", "st"]);
    let mut changed = profiles(400, TimeProfileKind::Fixed);
    changed[0].kind = TimeProfileKind::Editable;
    write(&store, changed);
    assert_eq!(written(&memory), ["st:timeProfiles:2", "st"]);
    write(&store, profiles(10, TimeProfileKind::Fixed));
    let keys = memory.keys().unwrap();
    assert_eq!(keys, ["iloq-functions:s:i:st", "iloq-functions:s:i:st:timeProfiles:0"]);
    assert!(memory.values.borrow().values().all(|value| value.len() <= 200_100));
}

#[test]
fn a_list_is_read_to_its_end_once_whatever_the_page() {
    let memory = Memory::default();
    let space = Space::system(&memory, "s", "i");
    let store = StructureStore::new(&space);
    assert_eq!(store.scan::<TimeProfile>(None, 10, |_| true).unwrap(), (Vec::new(), false));
    write(&store, profiles(400, TimeProfileKind::Fixed));
    for limit in [1, 7, 200, 399, 400, 1000] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let (items, more) = store.scan::<TimeProfile>(after.as_deref(), limit, |_| true).unwrap();
            assert!(items.len() <= limit);
            after = items.last().map(|item| item.id().to_owned());
            seen.extend(items.into_iter().map(|item| item.id));
            if !more {
                break;
            }
        }
        assert_eq!(seen, (0..400).map(text).collect::<Vec<_>>(), "limit {limit}");
    }
    let (none, more) = store.scan::<TimeProfile>(None, 5, |p| p.kind == TimeProfileKind::Editable).unwrap();
    assert_eq!((none.len(), more), (0, false));
    let gone = format!("{}-gone", text(200));
    assert_eq!(store.scan::<TimeProfile>(Some(&gone), 1, |_| true).unwrap().0[0].id, text(201));
}

#[test]
fn what_was_mapped_reads_back() {
    let memory = Memory::default();
    let space = Space::system(&memory, "s", "i");
    let store = StructureStore::new(&space);
    let doors = views(Structure::Full, &source()).doors;
    keep(&store, views(Structure::Full, &source()), 7).unwrap();
    assert_eq!(store.scan::<Door>(None, 10, |_| true).unwrap(), (doors, false));
    written(&memory);
    keep(&store, views(Structure::Full, &source()), 8).unwrap();
    assert_eq!(written(&memory), ["st"]);
    assert_eq!(store.directory().unwrap().synced_at, 8);
}
