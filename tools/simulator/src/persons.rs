//! Persons.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::{Call, Viewer, listing},
    http::{Answer, Outcome, Refusal},
    operation::{Operation, Rights},
    shape::{Record, shape},
    world::{System, Table, guid, guids, text},
};

const READ: Rights = Rights::All(2);
const WRITE: Rights = Rights::All(65_536);

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("Persons_GetAllPersons", "GET", "Persons", READ, all),
    Operation::new("Persons_GetPerson", "GET", "Persons/{}", READ, one),
    Operation::new(
        "Persons_GetPersonsByExternalPersonIds",
        "GET",
        "Persons/GetByExternalPersonIds",
        READ,
        by_external_ids,
    )
    .query(&["externalPersonIds"]),
    Operation::new("Persons_Insert", "POST", "Persons", WRITE, insert).body("InsertPerson"),
    Operation::new("Persons_Update", "PUT", "Persons", WRITE, update).body("UpdatePerson"),
    Operation::new("Persons_CanDelete", "GET", "Persons/{}/CanDelete", WRITE, |call| {
        let id = call.id(0)?;
        Answer::of(&can_delete(call.system, visible(call, id)?, id))
    }),
    Operation::new("Persons_Delete", "DELETE", "Persons/{}", WRITE, delete),
    Operation::new("Persons_GetNortecCode", "GET", "Persons/{}/NortecActivationCode", READ, |call| {
        let id = call.id(0)?;
        visible(call, id)?;
        Answer::of(&"")
    }),
    Operation::new("Keys_GetKeysByPerson", "GET", "Persons/{}/Keys", Rights::All(512), keys_of),
    Operation::new(
        "PersonRoles_GetPersonRolesByPersonResult",
        "GET",
        "Persons/{}/PersonRoles",
        Rights::All(32_768),
        |call| {
            let id = call.id(0)?;
            visible(call, id)?;
            Answer::of(&Vec::<Value>::new())
        },
    ),
];

/// A person with what the API does not show.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PersonRow {
    pub(crate) record: Record,
    pub(crate) zones: BTreeSet<Uuid>,
    /// A CanDelete code that is not computed.
    pub(crate) can_delete: Option<i64>,
}

/// All persons, also by ExternalPersonId.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Persons {
    pub(crate) table: Table<PersonRow>,
    #[serde(skip)]
    by_external_id: BTreeMap<String, BTreeSet<Uuid>>,
}

impl Persons {
    /// Adds a person, or puts it in the place of the one with the same id.
    pub(crate) fn put(&mut self, id: Uuid, row: PersonRow) {
        self.remove(id);
        let external_id = text(&row.record, "ExternalPersonId");
        if !external_id.is_empty() {
            self.by_external_id.entry(external_id.to_owned()).or_default().insert(id);
        }
        self.table.insert(id, row);
    }

    pub(crate) fn remove(&mut self, id: Uuid) -> Option<PersonRow> {
        let row = self.table.remove(id)?;
        if let Some(same) = self.by_external_id.get_mut(text(&row.record, "ExternalPersonId")) {
            same.remove(&id);
        }
        Some(row)
    }

    fn with_external_id(&self, external_id: &str) -> impl Iterator<Item = Uuid> {
        self.by_external_id.get(external_id).into_iter().flatten().copied()
    }
}

fn all(call: &mut Call<'_>) -> Outcome {
    let sees = |viewer: &Viewer, row: &PersonRow| viewer.sees(&row.zones);
    listing(
        &mut call.system.persons.table,
        &call.viewer,
        |_| true,
        sees,
        |row| shape("Person").render(&row.record),
    )
}

fn one(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    Answer::of(&shape("Person").render(&visible(call, id)?.record))
}

fn by_external_ids(call: &mut Call<'_>) -> Outcome {
    let wanted = call.values("externalPersonIds");
    if wanted.is_empty() {
        return Err(Refusal::invalid("externalPersonIds", ""));
    }
    let mut found = Vec::new();
    for external_id in wanted {
        let persons = call.system.persons.with_external_id(external_id);
        let rows: Vec<_> = persons.filter_map(|id| visible(call, id).ok()).collect();
        if rows.is_empty() {
            return Err(Refusal::invalid("externalPersonIds", external_id));
        }
        found.extend(rows.iter().map(|row| shape("Person").render(&row.record)));
    }
    Answer::of(&found)
}

fn insert(call: &mut Call<'_>) -> Outcome {
    let mut record = call.object("Person")?;
    let id = guid(&record, "Person_ID").unwrap_or_else(|| call.ids.next());
    if call.system.persons.table.contains(id) {
        return Err(Refusal::invalid("Person.Person_ID", id));
    }
    check_external_id(call.system, &record, id)?;
    let zones = call.zones_or_default(guids(&call.body, "ZoneIds"))?;
    record.insert("Person_ID".to_owned(), Value::from(id.to_string()));
    record.insert("State".to_owned(), Value::from(0));
    call.system.persons.put(id, PersonRow { record, zones, can_delete: None });
    Answer::of(&json!({ "PersonIds": [id.to_string()] }))
}

/// The whole record takes the place of the old one: what is left out becomes null. `State` cannot be set.
fn update(call: &mut Call<'_>) -> Outcome {
    let mut record = call.object("Person")?;
    let id = guid(&record, "Person_ID")
        .ok_or_else(|| Refusal::validation("Parameter Person.Person_ID is required."))?;
    let old = visible(call, id)?.clone();
    check_external_id(call.system, &record, id)?;
    record.insert("State".to_owned(), old.record.get("State").cloned().unwrap_or_else(|| Value::from(0)));
    call.system.persons.put(id, PersonRow { record, ..old });
    Ok(Answer::Void)
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    let code = can_delete(call.system, visible(call, id)?, id);
    if code != 0 {
        return Err(Refusal::validation(format!("The person can not be deleted: CanDelete answers {code}.")));
    }
    call.system.persons.remove(id);
    Ok(Answer::Stream)
}

fn keys_of(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    visible(call, id)?;
    let rows = call.system.keys.held_by(id).filter(|row| call.viewer.sees(&row.zones));
    Answer::of(&json!({ "Keys": rows.map(|row| shape("Key").render(&row.record)).collect::<Vec<_>>() }))
}

/// CanDelete: 1 = active keys, then what has been set for the person.
fn can_delete(system: &System, row: &PersonRow, id: Uuid) -> i64 {
    if system.keys.held_by(id).next().is_some() { 1 } else { row.can_delete.unwrap_or(0) }
}

/// The person called `id`, if the user sees it.
pub(crate) fn visible<'a>(call: &'a Call<'_>, id: Uuid) -> Result<&'a PersonRow, Refusal> {
    let row = call.system.persons.table.get(id).filter(|row| call.viewer.sees(&row.zones));
    row.ok_or_else(|| Refusal::not_found("Person", id))
}

/// ExternalPersonId is unique among all persons, hidden ones too.
fn check_external_id(system: &System, record: &Record, id: Uuid) -> Result<(), Refusal> {
    let external_id = text(record, "ExternalPersonId");
    match system.persons.with_external_id(external_id).find(|other| *other != id) {
        Some(_) => Err(Refusal::invalid("Person.ExternalPersonId", external_id)),
        None => Ok(()),
    }
}

/// First and last name with a space.
pub(crate) fn full_name(record: &Record) -> String {
    format!("{} {}", text(record, "FirstName"), text(record, "LastName")).trim().to_owned()
}
