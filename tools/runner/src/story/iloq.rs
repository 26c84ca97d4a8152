//! What iLOQ saw, and what it has.

use anyhow::{Context, Result, anyhow};
use serde_json::{Map, Value};
use simulator::{CallEntry, Simulator, Uuid};

/// Calls that iLOQ got.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    calls: Vec<CallEntry>,
}

impl Seen {
    /// The calls since the last time.
    pub(super) fn take(iloq: &Simulator) -> Self {
        let calls = iloq.calls();
        iloq.reset_calls();
        Self { calls }
    }

    /// How many calls.
    pub(super) fn count(&self) -> usize {
        self.calls.len()
    }

    /// How many of them changed something in iLOQ.
    pub(super) fn writes(&self) -> usize {
        self.calls.iter().filter(|call| call.effect).count()
    }

    /// How many calls of one operation.
    pub(super) fn of(&self, operation: &str) -> usize {
        self.calls.iter().filter(|call| call.operation == operation).count()
    }

    /// A sentence: number and names in the order of the first of each.
    pub(super) fn told(&self) -> String {
        let mut names: Vec<(&str, usize)> = Vec::new();
        for call in &self.calls {
            match names.iter_mut().find(|(name, _)| *name == call.operation) {
                Some((_, count)) => *count += 1,
                None => names.push((call.operation, 1)),
            }
        }
        let name = |(name, count): &(&str, usize)| {
            if *count == 1 { (*name).to_owned() } else { format!("{name} x{count}") }
        };
        let names: Vec<_> = names.iter().map(name).collect();
        match self.count() {
            0 => "iLOQ saw no call".to_owned(),
            1 => format!("iLOQ saw 1 call: {}", names.join(", ")),
            count => format!("iLOQ saw {count} calls: {}", names.join(", ")),
        }
    }
}

/// The person in iLOQ whose `member` is `value`.
pub(super) fn person(iloq: &Simulator, member: &str, value: &str) -> Option<Value> {
    persons(iloq).into_iter().find(|person| person[member].as_str() == Some(value))
}

/// All persons in iLOQ.
pub(super) fn persons(iloq: &Simulator) -> Vec<Value> {
    let mut found = Vec::new();
    collect(&iloq.snapshot(), &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<Value>) {
    match value {
        // Keys have a Person_ID, too, but no names.
        Value::Object(members) if members.contains_key("Person_ID") && members.contains_key("LastName") => {
            found.push(value.clone());
        }
        Value::Object(members) => members.values().for_each(|value| collect(value, found)),
        Value::Array(items) => items.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// What iLOQ has of a key: `record`, its rights as `plan`, `ordered` and `programmed`, its `phone`.
pub(super) fn key(iloq: &Simulator, id: &str) -> Value {
    system(iloq)["keys"][id].clone()
}

/// How many rights a key has as planned, ordered and programmed.
pub(super) fn rights(key: &Value) -> [usize; 3] {
    ["plan", "ordered", "programmed"].map(|stage| key[stage]["rights"].as_array().map_or(0, Vec::len))
}

/// The keys on the block list that the locks get.
pub(super) fn block_list(iloq: &Simulator) -> Vec<String> {
    let items = system(iloq)["block_list"]["items"].as_object().cloned().unwrap_or_default();
    items.into_iter().filter(|(_, item)| item["change"] == 0).map(|(key, _)| key).collect()
}

/// Channel, address and reason of every message that went to a phone.
pub(super) fn messages(iloq: &Simulator) -> Vec<Vec<String>> {
    let row = |message: simulator::Message| {
        vec![message.channel.to_owned(), message.address, message.reason.to_owned()]
    };
    iloq.messages(None).into_iter().map(row).collect()
}

/// The only locking system.
fn system(iloq: &Simulator) -> Value {
    iloq.snapshot().as_object().and_then(|all| all.values().next().cloned()).unwrap_or_default()
}

/// The id of a person.
pub(super) fn id_of(person: &Value) -> Result<Uuid> {
    let text = person["Person_ID"].as_str().context("a person without Person_ID")?;
    Ok(text.parse()?)
}

/// Adds a person as Manager does.
pub(super) fn add(iloq: &Simulator, record: Value) -> Result<Uuid> {
    iloq.add(None, "persons", members(record)).map_err(|error| anyhow!(error))
}

/// Changes a person as Manager does.
pub(super) fn change(iloq: &Simulator, person: Uuid, change: Value) -> Result<()> {
    iloq.patch(None, "persons", person, members(change)).map_err(|error| anyhow!(error))
}

/// Deletes a person as Manager does.
pub(super) fn delete(iloq: &Simulator, person: Uuid) -> Result<()> {
    iloq.remove(None, "persons", person).map_err(|error| anyhow!(error))
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
