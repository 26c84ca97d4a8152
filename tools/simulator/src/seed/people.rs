//! The people: persons and their keys.

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    ids::Ids,
    keys::{self, KeyPlan},
    orders,
    persons::PersonRow,
    phones,
    shape::Record,
    world::{System, number},
};

use super::{Seed, record};

const FIRST: [&str; 20] = [
    "Aino", "Väinö", "Åsa", "Jürgen", "Zoë", "Michał", "Søren", "Eszter", "Anna", "Matti", "Liisa", "Pekka",
    "Maria", "José", "Ingrid", "Tõnu", "Chloé", "Kaisa", "Oskar", "Þóra",
];
const LAST: [&str; 20] = [
    "Virtanen",
    "Mäkelä",
    "Öberg",
    "Müller",
    "O'Brien",
    "Kowalski",
    "Sørensen",
    "Kovács",
    "Korhonen",
    "Nieminen",
    "Łukasik",
    "García Márquez",
    "von Döbeln",
    "Tamm",
    "Lefèvre",
    "Järvinen",
    "Smith-Jones",
    "Bērziņš",
    "Åkerlund",
    "Jónsdóttir",
];
const LANGUAGES: [&str; 3] = ["FIN", "SWE", "ENG"];

/// Lets persons with their keys move in.
pub(super) fn move_in(system: &mut System, ids: &mut Ids, rng: &mut Rng, seed: &Seed) {
    let zone = system.zones.iter().find(|(_, zone)| number(zone, "Type") == 4).map(|(id, _)| id);
    let zones: BTreeSet<Uuid> = zone.into_iter().collect();
    let rights = system.rights.iter().filter(|(_, right)| number(right, "Type") == 3).map(|(id, _)| id);
    let rights: Vec<Uuid> = rights.collect();
    for place in 0..seed.persons {
        let person = ids.next();
        let record = person_record(person, place, rng);
        system.persons.put(person, PersonRow { record, zones: zones.clone(), can_delete: None });
        for nth in 0..seed.keys_per_person {
            let is_phone = nth == 0 && place % 4 == 3;
            let right = rights.get(place % rights.len().max(1)).copied();
            add_key(system, ids, person, is_phone, right, zones.clone());
        }
    }
}

fn person_record(id: Uuid, place: usize, rng: &mut Rng) -> Record {
    let mut pick = |words: &[&'static str]| rng.choice(words).copied().unwrap_or_default();
    let (first, last, language) = (pick(&FIRST), pick(&LAST), pick(&LANGUAGES));
    let mut record = Record::new();
    let mut set = |name: &str, value: Value| record.insert(name.to_owned(), value);
    set("Person_ID", Value::from(id.to_string()));
    set("FirstName", Value::from(first));
    set("LastName", Value::from(last));
    set("PersonCode", Value::from(format!("P{place:06}")));
    set("LanguageCode", Value::from(language));
    // In so many of a hundred cases.
    let mut chance = |percent: u8| rng.u8(..100) < percent;
    if chance(70) {
        set("eMail", Value::from(format!("person{place}@example.com")));
    }
    if chance(60) {
        set("Phone1", Value::from(format!("+35840{:07}", place % 10_000_000)));
    }
    if chance(40) {
        set("ExternalPersonId", Value::from(format!("HR-{place:06}")));
    }
    if chance(20) {
        set("CompanyName", Value::from("Esimerkki Oy"));
        set("WorkTitle", Value::from("Työnjohtaja"));
    }
    record
}

/// A programmed key of a person.
fn add_key(
    system: &mut System,
    ids: &mut Ids,
    person: Uuid,
    is_phone: bool,
    right: Option<Uuid>,
    zones: BTreeSet<Uuid>,
) {
    let id = ids.next();
    let stamp = if is_phone { String::new() } else { format!("{:04}", system.next_key_number % 10_000) };
    let record = record(json!({
        "FNKey_ID": id.to_string(), "Person_ID": person.to_string(), "RealEstate_ID": Uuid::nil().to_string(),
        "KeyTypeMask": if is_phone { 6 } else { 264 }, "State": keys::HANDED_OVER, "Stamp": stamp,
        "StampSource": i32::from(!is_phone), "Description": if is_phone { "Phone" } else { "Key" },
    }));
    let main_zone = zones.first().copied();
    let mut row = keys::new_row(system, record, zones);
    row.main_zone = main_zone;
    row.plan = KeyPlan { rights: right.into_iter().collect(), ..KeyPlan::default() };
    row.ordered = Some(row.plan.clone());
    if let Some(phone) = row.phone.as_mut() {
        phone.insert("PhoneNo".to_owned(), Value::from(format!("+35850{:07}", row.number)));
    }
    if !is_phone {
        row.set("ROM_ID", format!("{:016X}", 0x0100_0000_0000_0000_u64 | row.number.unsigned_abs()));
    }
    orders::programmed(&mut row);
    phones::registered(&mut row);
    system.keys.put(id, row);
}
