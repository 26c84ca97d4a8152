//! What readers, phones, doors and administrators do.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    block_list,
    clock::parse_utc,
    http::Refusal,
    keys::{self, KeyRow},
    logs, orders,
    persons::full_name,
    phones,
    trail::LogRow,
    users::User,
    world::World,
};

/// A key at a door.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Opening {
    /// The key; `None` for one that the lock does not know.
    pub key: Option<Uuid>,
    /// When, UTC; now if `None`.
    pub at: Option<String>,
    /// When the row reaches the server, UTC; at once if `None`.
    pub arrives_at: Option<String>,
    /// Whether the lock stays shut.
    pub refused: bool,
    /// Whether the lock has no clock: the row then has no time of its own.
    pub no_clock: bool,
}

/// A change of an API user; a user that is not known is made.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserChange {
    /// The service code that he belongs to; the first one if `None`.
    pub service_code: Option<String>,
    /// A new password.
    pub password: Option<String>,
    /// A new rights mask.
    pub rights: Option<u64>,
    /// New visible zones; an empty list for all.
    pub zones: Option<BTreeSet<Uuid>>,
    /// The CreateSession result that right credentials get; 1 for the usual one.
    pub login_result: Option<i64>,
}

impl World {
    fn key(&mut self, system: Option<Uuid>, id: Uuid) -> Result<&mut KeyRow, Refusal> {
        self.system(system)?.keys.get_mut(id).ok_or_else(|| Refusal::not_found("Key", id))
    }

    fn ordered_key(&mut self, system: Option<Uuid>, id: Uuid) -> Result<&mut KeyRow, Refusal> {
        let row = self.key(system, id)?;
        if row.ordered_at.is_some() {
            return Ok(row);
        }
        Err(Refusal::validation(format!("Nothing has been ordered for key {id}.")))
    }

    /// The key is programmed at a reader, or by its phone.
    pub(crate) fn program(&mut self, system: Option<Uuid>, id: Uuid) -> Result<(), Refusal> {
        orders::programmed(self.ordered_key(system, id)?);
        Ok(())
    }

    /// The packet is fetched, and not confirmed yet.
    pub(crate) fn fetch(&mut self, system: Option<Uuid>, id: Uuid) -> Result<(), Refusal> {
        self.ordered_key(system, id)?.set("ProgrammingState", orders::FETCHED);
        Ok(())
    }

    /// Programming fails.
    pub(crate) fn fail(&mut self, system: Option<Uuid>, id: Uuid) -> Result<(), Refusal> {
        self.ordered_key(system, id)?.set("ProgrammingState", -1);
        Ok(())
    }

    /// The person follows the registration message: the phone is registered and, if something is ordered, programmed.
    pub(crate) fn activate(&mut self, system: Option<Uuid>, id: Uuid) -> Result<(), Refusal> {
        let row = self.key(system, id)?;
        if row.phone.is_none() {
            return Err(Refusal::validation(format!("Key {id} is not a phone key.")));
        }
        phones::registered(row);
        if row.ordered_at.is_some() {
            orders::programmed(row);
        }
        Ok(())
    }

    /// Manager puts a key on the block list, or takes it off.
    pub(crate) fn block(&mut self, system: Option<Uuid>, id: Uuid, on: bool) -> Result<(), Refusal> {
        let now = self.now();
        let (system, ids) = self.system_and_ids(system)?;
        if !system.keys.contains(id) {
            return Err(Refusal::not_found("Key", id));
        }
        match (on, system.block_list.holds(id)) {
            (true, false) => block_list::add(system, ids, id, now),
            (false, true) => block_list::remove(system, id),
            _ => {}
        }
        Ok(())
    }

    /// Someone holds a key to a door. Gives the id of the row in the audit trail.
    pub(crate) fn open(
        &mut self,
        system: Option<Uuid>,
        lock: Uuid,
        opening: &Opening,
    ) -> Result<Uuid, Refusal> {
        let now = self.now();
        let time = |text: &Option<String>| -> Result<DateTime<Utc>, Refusal> {
            let Some(text) = text else { return Ok(now) };
            parse_utc(text).ok_or_else(|| Refusal::invalid("at", text))
        };
        let (went_at, arrives_at) = (time(&opening.at)?, time(&opening.arrives_at)?);
        let id = self.ids.next();
        let system = self.system(system)?;
        if !system.locks.contains(lock) {
            return Err(Refusal::not_found("Lock", lock));
        }
        let key = opening.key.and_then(|key| system.keys.get(key));
        let person = key.and_then(KeyRow::person);
        let name =
            person.and_then(|person| system.persons.table.get(person)).map(|row| full_name(&row.record));
        let result = if opening.refused { logs::REFUSED } else { logs::OPENED };
        let by = if key.is_some_and(|key| key.kind() & keys::SERIES_5 != 0) { logs::BY_5_SERIES } else { 0 };
        let row = LogRow {
            id,
            lock,
            key: opening.key,
            went_at: (!opening.no_clock).then_some(went_at),
            arrives_at,
            kind: result | by,
            error: i64::from(opening.refused),
            person,
            person_name: name.map(Into::into),
            counter: i64::try_from(system.logs.len()).unwrap_or(i64::MAX).saturating_add(1),
            announced: false,
        };
        system.logs.push(row);
        self.settle();
        Ok(id)
    }

    /// Changes or makes an API user.
    pub(crate) fn change_user(&mut self, name: &str, change: UserChange) -> Result<(), Refusal> {
        let code = change.service_code.or_else(|| self.users.first().map(|user| user.service_code.clone()));
        let code = code.unwrap_or_default();
        let place = self.users.iter().position(|user| user.name == name && user.service_code == code);
        let place = place.unwrap_or_else(|| {
            // A new user belongs to the locking systems of the others with his service code.
            let rights =
                self.users.iter().find(|user| user.service_code == code).map(|user| user.rights.clone());
            self.users.push(User {
                name: name.to_owned(),
                password: String::new(),
                service_code: code.clone(),
                rights: rights.unwrap_or_default(),
                zones: None,
                login_result: None,
                failures: 0,
                locked_until: None,
            });
            self.users.len() - 1
        });
        let user = self.users.get_mut(place).ok_or_else(|| Refusal::not_found("User", name))?;
        if let Some(password) = change.password {
            user.password = password;
        }
        if let Some(rights) = change.rights {
            user.rights.values_mut().for_each(|mask| *mask = rights);
        }
        if let Some(zones) = change.zones {
            user.zones = (!zones.is_empty()).then_some(zones);
        }
        if let Some(result) = change.login_result {
            user.login_result = (result != crate::users::LOGGED_IN).then_some(result);
        }
        Ok(())
    }
}
