//! Keys: records, zones, deletion.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::{Call, Viewer, listing},
    http::{Answer, Outcome, Refusal},
    limits,
    operation::{Operation, Rights},
    persons,
    shape::{Record, shape},
    structure,
    world::{System, guid, guids, number, objects, text},
};

pub(crate) use crate::key_rows::{
    DELETED, EXTERNAL, HANDED_OVER, KeyPlan, KeyRow, Keys, PHONE, PLANNED, RETURNED, S50, SERIES_5, new_row,
    set_tag_hex,
};

const READ: Rights = Rights::All(512);
const WRITE: Rights = Rights::All(524_288);

/// `LockGroup.OptionMask` bits.
const HOLDER_MAY_CHANGE: i64 = 1;
const ZONES: i64 = 2;
const EXTERNAL_TAGS: i64 = 32_768;
const SERIES_5_ON: i64 = 65_536;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("Keys_GetAllKeys", "GET", "Keys", READ, |call| {
        let sees = |viewer: &Viewer, row: &KeyRow| viewer.sees(&row.zones);
        listing(&mut call.system.keys, &call.viewer, KeyRow::is_listed, sees, |row| {
            shape("Key").render(&row.record)
        })
    }),
    Operation::new("Keys_GetKey", "GET", "Keys/{}", READ, |call| {
        let id = call.id(0)?;
        Answer::of(&shape("Key").render(&visible(call, id)?.record))
    }),
    Operation::new("Keys_GetKeysByRomIds", "GET", "Keys/GetByRomIds", READ, by_rom_ids).query(&["romIds"]),
    Operation::new("Keys_Insert", "POST", "Keys", WRITE, insert).body("InsertKey"),
    Operation::new("Keys_Update", "PUT", "Keys", WRITE, update)
        .body("UpdateKey")
        .query(&["updateVersionCode"]),
    Operation::new("Keys_CanDeleteKey", "GET", "Keys/{}/CanDelete", WRITE, |call| {
        let id = call.id(0)?;
        Answer::of(&can_delete(call.system, in_use(call, id)?, id))
    }),
    Operation::new("Keys_Delete", "DELETE", "Keys/{}", WRITE, delete),
    Operation::new("Keys_GetZones", "GET", "Keys/{}/Zones", Rights::Any(2560), zones),
    Operation::new("Keys_CanUpdateKeyMainZone", "GET", "Keys/{}/CanUpdateMainZone", WRITE, |call| {
        let id = call.id(0)?;
        Answer::of(&can_update_main_zone(call.system, in_use(call, id)?))
    }),
    Operation::new("Keys_UpdateMainZone", "PUT", "Keys/{}/UpdateMainZone", WRITE, update_main_zone)
        .body("UpdateMainZone"),
];

/// The key called `id`, if the user sees it; also one that was returned.
pub(crate) fn visible<'a>(call: &'a Call<'_>, id: Uuid) -> Result<&'a KeyRow, Refusal> {
    let found = call.system.keys.get(id).filter(|row| call.viewer.sees(&row.zones));
    found.ok_or_else(|| Refusal::not_found("Key", id))
}

/// The key called `id`, if the user sees it and it is neither deleted nor returned.
pub(crate) fn in_use<'a>(call: &'a Call<'_>, id: Uuid) -> Result<&'a KeyRow, Refusal> {
    let row = visible(call, id)?;
    if row.is_listed() { Ok(row) } else { Err(Refusal::not_found("Key", id)) }
}

fn by_rom_ids(call: &mut Call<'_>) -> Outcome {
    let wanted: BTreeSet<&str> = call.values("romIds").into_iter().collect();
    let rows = call.system.keys.iter().map(|(_, row)| row);
    let rows = rows.filter(|row| row.is_listed() && call.viewer.sees(&row.zones));
    let rows = rows.filter(|row| wanted.contains(text(&row.record, "ROM_ID")));
    Answer::of(&rows.map(|row| shape("Key").render(&row.record)).collect::<Vec<_>>())
}

fn insert(call: &mut Call<'_>) -> Outcome {
    let mut record = call.object("Key")?;
    let id = guid(&record, "FNKey_ID").unwrap_or_else(|| call.ids.next());
    if call.system.keys.contains(id) {
        return Err(Refusal::invalid("Key.FNKey_ID", id));
    }
    check_kind(call.system, number(&record, "KeyTypeMask"))?;
    check_holder(call, &record)?;
    call.check_real_estate(&record)?;
    let pin = text(&record, "OnlineAccessCode");
    if !pin.is_empty() && (pin.len() != 5 || !pin.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(Refusal::invalid("Key.OnlineAccessCode", pin));
    }
    let zones = call.zones_or_default(guids(&call.body, "ZoneIds"))?;
    record.insert("FNKey_ID".to_owned(), Value::from(id.to_string()));
    // The chip's id comes from the key itself; these two are not shown again.
    for hidden in ["ROM_ID", "ManufacturingInfo", "OnlineAccessCode"] {
        record.remove(hidden);
    }
    let mut row = new_row(call.system, record, zones);
    row.plan = wanted_plan(call, &row, &KeyPlan::default())?;
    let answer = Answer::of(&shape("Key").render(&row.record));
    call.system.keys.put(id, row);
    crate::webhooks::key_event(call.system, call.ids, "key_added", id, call.now);
    answer
}

/// The plan that the body asks for in place of `old`. What is left out is deleted; what the user can not see stays:
/// access rights always, time limits if their slots are named.
pub(crate) fn wanted_plan(call: &Call<'_>, row: &KeyRow, old: &KeyPlan) -> Result<KeyPlan, Refusal> {
    let mut rights: BTreeSet<Uuid> = guids(&call.body, "SecurityAccessIds").into_iter().collect();
    for right in &rights {
        check_right(call, *right).map_err(|_| Refusal::invalid("SecurityAccessIds", right))?;
    }
    rights.extend(
        old.rights
            .iter()
            .filter(|id| call.system.rights.get(**id).is_some_and(|right| !call.viewer.sees_record(right))),
    );
    let scheduler = call.body.get("KeyScheduler").and_then(Value::as_object).cloned();
    let mut slots = objects(&call.body, "TimeLimitSlots");
    limits::check_plan(call, row, &slots, scheduler.as_ref())?;
    let named = call.body.get("OutsideUserZoneTimeLimitTitleSlots").and_then(Value::as_array);
    let named: BTreeSet<i64> = named.into_iter().flatten().filter_map(Value::as_i64).collect();
    let hidden = old.slots.iter().filter(|slot| !limits::sees_slot(call, slot));
    slots.extend(hidden.filter(|slot| named.contains(&number(slot, "SlotNo"))).cloned());
    let offline_seconds = number(&call.body, "OfflineExpirationSeconds");
    let longest = if row.kind() & PHONE != 0 { 8_726_340 } else { 16_761_540 };
    if !(0..=longest).contains(&offline_seconds) {
        return Err(Refusal::invalid("OfflineExpirationSeconds", offline_seconds));
    }
    Ok(KeyPlan { rights, slots, offline_seconds, scheduler })
}

/// An access right that may be put on a key: visible, active, of type 1 or 3.
pub(crate) fn check_right(call: &Call<'_>, id: Uuid) -> Result<(), Refusal> {
    let right = structure::right(call.system, &call.viewer, id)?;
    if matches!(number(right, "Type"), 1 | 3) && number(right, "Status") == 0 {
        return Ok(());
    }
    Err(Refusal::invalid("SecurityAccess_ID", id))
}

fn check_kind(system: &System, kind: i64) -> Result<(), Refusal> {
    let allowed = match kind {
        6 | 9 | 10 => true,
        264 => system.option(SERIES_5_ON),
        384 => system.option(EXTERNAL_TAGS),
        _ => false,
    };
    if allowed { Ok(()) } else { Err(Refusal::invalid("Key.KeyTypeMask", kind)) }
}

/// The person must exist and be visible; a phone key must have one.
fn check_holder(call: &Call<'_>, record: &Record) -> Result<(), Refusal> {
    match guid(record, "Person_ID") {
        Some(person) => {
            persons::visible(call, person).map(|_| ()).map_err(|_| Refusal::invalid("Key.Person_ID", person))
        }
        None if number(record, "KeyTypeMask") & PHONE != 0 => Err(Refusal::invalid("Key.Person_ID", "null")),
        None => Ok(()),
    }
}

/// The whole record takes the place of the old one: what is left out becomes null.
fn update(call: &mut Call<'_>) -> Outcome {
    let switch = call.values("updateVersionCode");
    if let Some(other) = switch.iter().find(|value| !matches!(**value, "true" | "false")) {
        return Err(Refusal::invalid("updateVersionCode", other));
    }
    let mut record = call.object("Key")?;
    let id = guid(&record, "FNKey_ID")
        .ok_or_else(|| Refusal::validation("Parameter Key.FNKey_ID is required."))?;
    let old = in_use(call, id)?;
    if number(&record, "KeyTypeMask") != old.kind() {
        return Err(Refusal::invalid("Key.KeyTypeMask", number(&record, "KeyTypeMask")));
    }
    let state = number(&record, "State");
    if state != old.state() && !(state == HANDED_OVER && old.state() == PLANNED) {
        return Err(Refusal::invalid("Key.State", state));
    }
    for (name, source) in [("Stamp", "StampSource"), ("TagKey", "TagKeySource")] {
        let changed = text(&record, name) != text(&old.record, name);
        if changed && number(&old.record, source) == 1 {
            return Err(Refusal::invalid(&format!("Key.{name}"), text(&record, name)));
        }
    }
    let moved = guid(&record, "Person_ID") != old.person();
    if moved && old.state() == HANDED_OVER && old.person().is_some() && !call.system.option(HOLDER_MAY_CHANGE)
    {
        return Err(Refusal::validation(
            "The person of a handed over key can not be changed before it is returned.",
        ));
    }
    check_holder(call, &record)?;
    call.check_real_estate(&record)?;
    for kept in ["IsProgrammed", "ProgrammingState", "StampSource", "TagKeySource"] {
        record.insert(kept.to_owned(), old.record.get(kept).cloned().unwrap_or_default());
    }
    set_tag_hex(&mut record);
    let row = KeyRow { record, ..old.clone() };
    call.system.keys.put(id, row);
    Ok(Answer::Void)
}

/// CanDelete: 1 = programmed, 2 = given to programming, 3 = on the block list.
fn can_delete(system: &System, row: &KeyRow, id: Uuid) -> i64 {
    if row.programmed.is_some() {
        1
    } else if row.ordered.is_some() {
        2
    } else if system.block_list.holds(id) {
        3
    } else {
        0
    }
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    let code = can_delete(call.system, in_use(call, id)?, id);
    if code != 0 {
        return Err(Refusal::validation(format!("The key can not be deleted: CanDelete answers {code}.")));
    }
    let has_logs = call.system.logs.iter().any(|log| log.key == Some(id));
    match call.system.keys.get_mut(id) {
        Some(row) if has_logs => row.set("State", DELETED),
        _ => drop(call.system.keys.remove(id)),
    }
    Ok(Answer::Void)
}

fn zones(call: &mut Call<'_>) -> Outcome {
    let row = visible(call, call.id(0)?)?;
    let seen: Vec<_> = row.zones.iter().filter(|zone| call.viewer.sees([*zone])).collect();
    Answer::of(&json!({
        "MainZone": row.main_zone.map(|zone| zone.to_string()),
        "ZoneIds": seen.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "OutsideUserZoneCount": row.zones.len() - seen.len(),
    }))
}

/// `CanUpdateMainZone`: 1 = no zones in this locking system, 2 = the key has been ordered once.
fn can_update_main_zone(system: &System, row: &KeyRow) -> i64 {
    if !system.option(ZONES) {
        1
    } else if row.ordered.is_some() {
        2
    } else {
        0
    }
}

fn update_main_zone(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    let code = can_update_main_zone(call.system, in_use(call, id)?);
    if code != 0 {
        return Err(Refusal::validation(format!(
            "The main zone can not be set: CanUpdateMainZone answers {code}."
        )));
    }
    call.check_zone(&call.body)?;
    let zone = guid(&call.body, "Zone_ID").unwrap_or_default();
    if let Some(row) = call.system.keys.get_mut(id) {
        row.zones.insert(zone);
        row.main_zone = Some(zone);
    }
    Ok(Answer::Void)
}
