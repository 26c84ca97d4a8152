//! What Manager does to the records of a locking system.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    http::Refusal,
    ids::Ids,
    keys::{self, KeyPlan},
    orders,
    persons::PersonRow,
    phones,
    shape::{Record, shape},
    structure::{LockPlan, LockRow},
    webhooks,
    world::{System, TitleRow, World, guid, guids, number},
};

/// A key as Manager would make it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewKey {
    /// The members of Key; an id is made if there is none.
    pub record: serde_json::Map<String, Value>,
    /// Its zones; the default zone if empty.
    pub zones: BTreeSet<Uuid>,
    /// Its main zone.
    pub main_zone: Option<Uuid>,
    /// Its access rights.
    pub rights: BTreeSet<Uuid>,
    /// Its time limit slots, as in `KeyTimeLimitSlots`.
    pub slots: Vec<serde_json::Map<String, Value>>,
    /// How long it works offline, in seconds; 0 for without end.
    pub offline_seconds: i64,
    /// Its automatic renewal, as in `KeyScheduler`.
    pub scheduler: Option<serde_json::Map<String, Value>>,
    /// Whether it is programmed already.
    pub programmed: bool,
    /// The phone number, for a phone key.
    pub phone_number: Option<String>,
}

/// A record that the control interface knows by table name.
pub(crate) const TABLES: [(&str, &str, &str); 10] = [
    ("persons", "Person_ID", "Person"),
    ("keys", "FNKey_ID", "Key"),
    ("rights", "SecurityAccess_ID", "SecurityAccess"),
    ("profiles", "TimeLimitTitle_ID", "TimeLimitTitle"),
    ("zones", "Zone_ID", "Zone"),
    ("real-estates", "RealEstate_ID", "RealEstate"),
    ("locks", "FLock_ID", "Lock"),
    ("modules", "FProgKey_ID", "NetworkModule"),
    ("devices", "NetworkModuleDevice_ID", "NetworkModuleDevice"),
    ("phones", "FNKey_ID", "KeyPhone"),
];

impl World {
    /// The locking system called `id`; the only or first one for `None`.
    pub(crate) fn system(&mut self, id: Option<Uuid>) -> Result<&mut System, Refusal> {
        self.system_and_ids(id).map(|(system, _)| system)
    }

    /// The same, with the source of new ids.
    pub(super) fn system_and_ids(&mut self, id: Option<Uuid>) -> Result<(&mut System, &mut Ids), Refusal> {
        let found = match id {
            Some(id) => self.systems.get_mut(&id),
            None => self.systems.values_mut().next(),
        };
        let system = found.ok_or_else(|| Refusal::not_found("Locking system", id.unwrap_or_default()))?;
        Ok((system, &mut self.ids))
    }

    /// Adds a record as Manager would. Gives its id.
    pub(crate) fn add(
        &mut self,
        system: Option<Uuid>,
        table: &str,
        mut record: Record,
    ) -> Result<Uuid, Refusal> {
        let (_, id_member, _) = described(table)?;
        let id = guid(&record, id_member).unwrap_or_else(|| self.ids.next());
        record.insert(id_member.to_owned(), Value::from(id.to_string()));
        let zones: BTreeSet<Uuid> = guids(&record, "zones").into_iter().collect();
        record.remove("zones");
        let system = self.system(system)?;
        learn(system, table, &record)?;
        let default = system.zones.iter().find(|(_, zone)| number(zone, "Type") == 4).map(|(id, _)| id);
        match table {
            "persons" => {
                let zones = if zones.is_empty() { default.into_iter().collect() } else { zones };
                system.persons.put(id, PersonRow { record, zones, can_delete: None });
            }
            "rights" => system.rights.insert(id, record),
            "zones" => system.zones.insert(id, record),
            "real-estates" => system.real_estates.insert(id, record),
            "modules" => system.modules.insert(id, record),
            "devices" => system.devices.insert(id, record),
            "locks" => {
                let plan = LockPlan::default();
                system
                    .locks
                    .insert(id, LockRow { record, options: Record::new(), programmed: plan.clone(), plan });
            }
            "profiles" => system.titles.insert(id, TitleRow { record, rows: Vec::new(), can_delete: None }),
            _ => {
                return Err(Refusal::validation(
                    "Keys are added as {\"record\": ...}, phones come with their keys.",
                ));
            }
        }
        Ok(id)
    }

    /// Adds a key as Manager would. Gives its id.
    pub(crate) fn add_key(&mut self, system: Option<Uuid>, key: NewKey) -> Result<Uuid, Refusal> {
        let NewKey { mut record, mut zones, main_zone, rights, slots, .. } = key;
        let NewKey { offline_seconds, scheduler, programmed, phone_number, .. } = key;
        let id = guid(&record, "FNKey_ID").unwrap_or_else(|| self.ids.next());
        record.insert("FNKey_ID".to_owned(), Value::from(id.to_string()));
        record.entry("RealEstate_ID").or_insert_with(|| Value::from(Uuid::nil().to_string()));
        let now = self.now();
        let (system, ids) = self.system_and_ids(system)?;
        learn(system, "keys", &record)?;
        if zones.is_empty() {
            zones = system
                .zones
                .iter()
                .find(|(_, zone)| number(zone, "Type") == 4)
                .map(|(id, _)| id)
                .into_iter()
                .collect();
        }
        let mut row = keys::new_row(system, record, zones);
        row.main_zone = main_zone;
        row.plan = KeyPlan { rights, slots, offline_seconds, scheduler };
        if let (Some(phone), Some(phone_number)) = (row.phone.as_mut(), phone_number) {
            phone.insert("PhoneNo".to_owned(), Value::from(phone_number));
        }
        if programmed {
            row.set("State", keys::HANDED_OVER);
            row.ordered = Some(row.plan.clone());
            orders::programmed(&mut row);
            phones::registered(&mut row);
        }
        system.keys.put(id, row);
        webhooks::key_event(system, ids, "key_added", id, now);
        Ok(id)
    }

    /// Changes members of a record as Manager would. Members beyond the documented ones are kept and, from then on,
    /// taken in requests too. The member `CanDelete` of a person or profile and `CanOrder` of a key set the code of
    /// that check; `zones` of a person or key sets its zones.
    pub(crate) fn patch(
        &mut self,
        system: Option<Uuid>,
        table: &str,
        id: Uuid,
        mut change: Record,
    ) -> Result<(), Refusal> {
        described(table)?;
        let system = self.system(system)?;
        let zones =
            change.remove("zones").map(|zones| guids(&Record::from_iter([("z".to_owned(), zones)]), "z"));
        let code = change.remove(if table == "keys" { "CanOrder" } else { "CanDelete" });
        let code = code.map(|code| code.as_i64().filter(|code| *code != 0));
        learn(system, table, &change)?;
        let missing = || Refusal::not_found(table, id);
        match table {
            "persons" => {
                let mut row = system.persons.remove(id).ok_or_else(missing)?;
                row.record.extend(change);
                row.can_delete = code.unwrap_or(row.can_delete);
                row.zones = zones.map_or(row.zones, BTreeSet::from_iter);
                system.persons.put(id, row);
            }
            "keys" => {
                let mut row = system.keys.remove(id).ok_or_else(missing)?;
                row.record.extend(change);
                row.can_order = code.unwrap_or(row.can_order);
                row.zones = zones.map_or(row.zones, BTreeSet::from_iter);
                system.keys.put(id, row);
            }
            "profiles" => {
                let row = system.titles.get_mut(id).ok_or_else(missing)?;
                row.record.extend(change);
                row.can_delete = code.unwrap_or(row.can_delete);
            }
            _ => record_mut(system, table, id).ok_or_else(missing)?.extend(change),
        }
        Ok(())
    }

    /// Deletes a record as Manager would, whatever hangs on it.
    pub(crate) fn remove(&mut self, system: Option<Uuid>, table: &str, id: Uuid) -> Result<(), Refusal> {
        described(table)?;
        let system = self.system(system)?;
        let found = match table {
            "persons" => system.persons.remove(id).is_some(),
            "keys" => system.keys.remove(id).is_some(),
            "rights" => system.rights.remove(id).is_some(),
            "zones" => system.zones.remove(id).is_some(),
            "real-estates" => system.real_estates.remove(id).is_some(),
            "modules" => system.modules.remove(id).is_some(),
            "devices" => system.devices.remove(id).is_some(),
            "locks" => system.locks.remove(id).is_some(),
            "profiles" => system.titles.remove(id).is_some(),
            _ => false,
        };
        if found { Ok(()) } else { Err(Refusal::not_found(table, id)) }
    }

    /// Sets the access rights that a lock lets in, planned and programmed.
    pub(crate) fn set_lock_rights(
        &mut self,
        system: Option<Uuid>,
        lock: Uuid,
        rights: BTreeSet<Uuid>,
    ) -> Result<(), Refusal> {
        let row = self.system(system)?.locks.get_mut(lock).ok_or_else(|| Refusal::not_found("Lock", lock))?;
        row.plan.rights = rights;
        row.programmed = row.plan.clone();
        Ok(())
    }
}

fn described(table: &str) -> Result<(&'static str, &'static str, &'static str), Refusal> {
    TABLES.into_iter().find(|(name, _, _)| *name == table).ok_or_else(|| Refusal::not_found("Table", table))
}

/// Remembers the members of `record` that are beyond the documented ones.
fn learn(system: &mut System, table: &str, record: &Record) -> Result<(), Refusal> {
    let (_, _, name) = described(table)?;
    system.extras.extend(record.keys().filter(|member| !shape(name).knows(member)).cloned());
    Ok(())
}

fn record_mut<'a>(system: &'a mut System, table: &str, id: Uuid) -> Option<&'a mut Record> {
    match table {
        "rights" => system.rights.get_mut(id),
        "zones" => system.zones.get_mut(id),
        "real-estates" => system.real_estates.get_mut(id),
        "modules" => system.modules.get_mut(id),
        "devices" => system.devices.get_mut(id),
        "locks" => system.locks.get_mut(id).map(|lock| &mut lock.record),
        "phones" => system.keys.get_mut(id).and_then(|key| key.phone.as_mut()),
        _ => None,
    }
}
