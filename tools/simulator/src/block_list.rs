//! The block list ("Blacklists").

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::Call,
    clock::utc_text,
    http::{Answer, Outcome, Refusal},
    ids::Ids,
    keys::{KeyRow, S50, SERIES_5, in_use},
    operation::{Operation, Rights},
    persons::full_name,
    shape::{Record, shape},
    webhooks,
    world::{System, text},
};

const READ: Rights = Rights::All(8_388_736);
const WRITE: Rights = Rights::All(8_519_808);

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("Blacklists_GetAll", "GET", "Blacklists", READ, list),
    Operation::new("Blacklists_CanAddKey", "GET", "Blacklists/CanAddKey/{}", WRITE, |call| {
        let id = call.id(0)?;
        Answer::of(&can_add(call.system, in_use(call, id)?, id))
    }),
    Operation::new("Blacklists_AddKey", "POST", "Blacklists/AddKey/{}", WRITE, |call| {
        let id = call.id(0)?;
        if !can_add(call.system, in_use(call, id)?, id) {
            return Err(Refusal::validation("The key can not be added: CanAddKey answers false."));
        }
        add(call.system, call.ids, id, call.now);
        Ok(Answer::Void)
    }),
    Operation::new("Blacklists_CanRemoveKey", "GET", "Blacklists/CanRemoveKey/{}", WRITE, |call| {
        let id = call.id(0)?;
        in_use(call, id)?;
        Answer::of(&call.system.block_list.holds(id))
    }),
    Operation::new("Blacklists_RemoveKey", "DELETE", "Blacklists/RemoveKey/{}", WRITE, |call| {
        let id = call.id(0)?;
        in_use(call, id)?;
        if !call.system.block_list.holds(id) {
            return Err(Refusal::validation("The key can not be removed: CanRemoveKey answers false."));
        }
        remove(call.system, id);
        Ok(Answer::Void)
    }),
    Operation::new(
        "Blacklists_CanOrderS40Blacklist",
        "GET",
        "Blacklists/CanOrderS40Blacklist",
        WRITE,
        |call| Answer::of(&can_order(call.system)),
    ),
    Operation::new("Blacklists_OrderS40Blacklist", "POST", "Blacklists/OrderS40Blacklist", WRITE, order),
];

/// What became of an item since the last order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "i64")]
enum Change {
    Unchanged,
    Added,
    Removed,
}

impl From<Change> for i64 {
    fn from(change: Change) -> Self {
        match change {
            Change::Unchanged => 0,
            Change::Added => 1,
            Change::Removed => 2,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
struct Item {
    link: Uuid,
    /// The access right of type 0 that the listing made.
    right: Uuid,
    since: String,
    change: Change,
}

/// The list and the packet that carries it to the locks.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct BlockList {
    items: BTreeMap<Uuid, Item>,
    packet: Uuid,
    version: i64,
    ordered_before: bool,
}

impl BlockList {
    pub(crate) fn new(ids: &mut Ids) -> Self {
        Self { items: BTreeMap::new(), packet: ids.next(), version: 0, ordered_before: false }
    }

    /// Whether the key is on the list.
    pub(crate) fn holds(&self, key: Uuid) -> bool {
        self.items.get(&key).is_some_and(|item| item.change != Change::Removed)
    }

    fn is_changed(&self) -> bool {
        self.items.values().any(|item| item.change != Change::Unchanged)
    }
}

fn list(call: &mut Call<'_>) -> Outcome {
    let list = &call.system.block_list;
    let (mut items, mut hidden) = (Vec::new(), 0);
    for (key, item) in &list.items {
        match call.system.keys.get(*key) {
            Some(row) if call.viewer.sees(&row.zones) => items.push(render(call.system, *key, row, item)),
            _ => hidden += 1,
        }
    }
    let packet = json!({
        "BlacklistPacket_ID": list.packet.to_string(),
        "HardDataVersion": list.version,
        "SoftDataVersion": list.version,
        "State": i32::from(!list.is_changed()),
    });
    let packet = if list.ordered_before || !list.items.is_empty() { packet } else { Value::Null };
    Answer::of(
        &json!({ "BlacklistItems": items, "BlacklistPacket": packet, "OutsideUserZoneKeyCount": hidden }),
    )
}

fn render(system: &System, key: Uuid, row: &KeyRow, item: &Item) -> Value {
    let person = row.person().and_then(|person| system.persons.table.get(person));
    let record = json!({
        "FNKey_ID": key.to_string(),
        "FNKeyBlacklistPacketLink_ID": item.link.to_string(),
        "KeyStamp": text(&row.record, "Stamp"),
        "KeyTypeMask": row.kind(),
        "Name": text(&row.record, "Description"),
        "PersonName": person.map(|person| full_name(&person.record)),
        "BlackListDateUtc": item.since,
        "BlacklistVersion": system.block_list.version.to_string(),
        "ChangeType": i64::from(item.change),
    });
    json!(shape("BlackList").render(record.as_object().unwrap_or(&Record::new())))
}

/// `CanAddKey`: an S50 or 5 Series key that is not listed and has an access right.
fn can_add(system: &System, row: &KeyRow, id: Uuid) -> bool {
    row.kind() & (S50 | SERIES_5) != 0 && !system.block_list.holds(id) && !row.plan.rights.is_empty()
}

/// Lists a key, as the API and Manager do.
pub(crate) fn add(system: &mut System, ids: &mut Ids, key: Uuid, now: chrono::DateTime<chrono::Utc>) {
    let (link, right) = (ids.next(), ids.next());
    // A key that is still in the locks' list needs no new order.
    let change = match system.block_list.items.get(&key) {
        Some(_) => Change::Unchanged,
        None => Change::Added,
    };
    let name = system.keys.get(key).map_or("", |row| text(&row.record, "Description")).to_owned();
    let record = json!({ "SecurityAccess_ID": right.to_string(), "Name": name, "Type": 0, "Status": 2 });
    if let Value::Object(record) = record {
        system.rights.insert(right, record);
    }
    system.block_list.items.insert(key, Item { link, right, since: utc_text(now), change });
    webhooks::key_event(system, ids, "key_blocklisted", key, now);
}

/// Takes a key off the list; locks hear of it with the next order.
pub(crate) fn remove(system: &mut System, key: Uuid) {
    let Some(item) = system.block_list.items.get_mut(&key) else { return };
    system.rights.remove(item.right);
    if item.change == Change::Added {
        system.block_list.items.remove(&key);
    } else {
        item.change = Change::Removed;
    }
}

/// `CanOrderS40Blacklist`: 1 = needs a token, 2 = nothing to order, 3 = too many items.
fn can_order(system: &System) -> i64 {
    if system.limits.block_list_needs_token {
        1
    } else if !system.block_list.is_changed() {
        2
    } else if system.block_list.items.len() > system.limits.block_list {
        3
    } else {
        0
    }
}

fn order(call: &mut Call<'_>) -> Outcome {
    let code = can_order(call.system);
    if code != 0 {
        return Err(Refusal::validation(format!(
            "The block list can not be ordered: CanOrderS40Blacklist answers {code}."
        )));
    }
    let list = &mut call.system.block_list;
    list.items.retain(|_, item| item.change != Change::Removed);
    list.items.values_mut().for_each(|item| item.change = Change::Unchanged);
    list.version += 1;
    list.ordered_before = true;
    Ok(Answer::Void)
}
