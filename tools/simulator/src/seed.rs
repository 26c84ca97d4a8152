//! What a simulator holds at the start: the same for the same [`Seed`].

mod house;
mod people;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call_log::CallLog,
    clock::Clock,
    faults::Faults,
    ids::Ids,
    shape::Record,
    simulator::Simulator,
    users::User,
    world::{Settings, System, World},
};

/// Every user right there is.
const ALL_RIGHTS: u64 = (1 << 55) - 1;

/// How to fill a locking system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    /// Persons.
    pub persons: usize,
    /// Keys of each person: one is a phone key in every fourth person, the others are 5 Series keys.
    pub keys_per_person: usize,
    /// Locks.
    pub locks: usize,
    /// Another number gives other people and other ids.
    pub seed: u64,
    /// The locking system's name.
    pub name: String,
    /// The service code (`CustomerCode`).
    pub service_code: String,
    /// The API user's name.
    pub user: String,
    /// The API user's password.
    pub password: String,
    /// The API user's rights mask.
    pub rights: u64,
    /// `LockGroup.OptionMask`.
    pub option_mask: i64,
    /// `LockGroup.TimeZoneStandardName`, a Windows zone name.
    pub time_zone: String,
}

impl Default for Seed {
    fn default() -> Self {
        Self {
            persons: 50,
            keys_per_person: 1,
            locks: 12,
            seed: 1,
            name: "Demo House".to_owned(),
            service_code: "DEMO".to_owned(),
            user: "api".to_owned(),
            password: "correct horse battery staple".to_owned(),
            rights: ALL_RIGHTS,
            option_mask: 1 | 2 | 512 | 2048 | 16_384 | 32_768 | 65_536,
            time_zone: "FLE Standard Time".to_owned(),
        }
    }
}

impl Simulator {
    /// A simulator with one locking system and one API user.
    #[must_use]
    pub fn new(seed: &Seed) -> Self {
        let mut world = World {
            clock: Clock::Running(TimeDelta::zero()),
            settings: Settings::default(),
            ids: Ids::new(seed.seed.wrapping_add(1 << 32)),
            systems: BTreeMap::new(),
            users: Vec::new(),
            sessions: BTreeMap::new(),
            faults: Faults::default(),
            calls: CallLog::default(),
        };
        grow(&mut world, seed);
        Self::of(world)
    }

    /// One more locking system. If the service code and the user exist already, the user gets it too. Gives its
    /// `LockGroup_ID`.
    pub fn add_system(&self, seed: &Seed) -> Uuid {
        grow(&mut self.world(), seed)
    }
}

fn grow(world: &mut World, seed: &Seed) -> Uuid {
    let mut ids = Ids::new(seed.seed);
    let mut rng = fastrand::Rng::with_seed(seed.seed);
    let id = ids.next();
    let group = record(json!({
        "LockGroup_ID": id.to_string(),
        "Customer_ID": ids.next().to_string(),
        "Name": seed.name,
        "CountryCode": "FIN",
        "OptionMask": seed.option_mask,
        "State": 0,
        "TimeZoneStandardName": seed.time_zone,
    }));
    let mut system = System::new(group, &mut ids);
    house::build(&mut system, &mut ids, seed.locks);
    people::move_in(&mut system, &mut ids, &mut rng, seed);
    world.systems.insert(id, system);
    let known =
        world.users.iter_mut().find(|user| user.service_code == seed.service_code && user.name == seed.user);
    match known {
        Some(user) => drop(user.rights.insert(id, seed.rights)),
        None => world.users.push(User {
            name: seed.user.clone(),
            password: seed.password.clone(),
            service_code: seed.service_code.clone(),
            rights: BTreeMap::from([(id, seed.rights)]),
            zones: None,
            login_result: None,
            failures: 0,
            locked_until: None,
        }),
    }
    id
}

/// The members of a JSON object.
fn record(value: Value) -> Record {
    match value {
        Value::Object(record) => record,
        _ => Record::new(),
    }
}
