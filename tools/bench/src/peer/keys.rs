//! Keys and their access rights.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use simulator::Uuid;

use super::{Session, persons::find};
use crate::Iloq;

/// Gives keys that are nobody's to a person, each with these rights, and orders them.
///
/// # Errors
/// iLOQ's refusal.
pub async fn link(iloq: &Iloq, person: &str, keys: &[String], rights: &[String]) -> Result<()> {
    let session = Session::open(iloq).await?;
    let person = find(&session, person).await?;
    for id in keys {
        let mut key = session.get(&format!("Keys/{id}")).await?;
        ensure!(key["Person_ID"].is_null(), "the key {id} is somebody's");
        key["Person_ID"] = person["Person_ID"].clone();
        session.put("Keys", json!({ "Key": key })).await?;
        set_rights(&session, id, rights).await?;
        order(&session, id).await?;
    }
    session.close().await
}

/// Keys that a person has get these rights and no others, and are ordered.
///
/// # Errors
/// iLOQ's refusal.
pub async fn change_rights(iloq: &Iloq, person: &str, keys: &[String], rights: &[String]) -> Result<()> {
    let session = Session::open(iloq).await?;
    let person = find(&session, person).await?;
    let id = person["Person_ID"].as_str().context("a person without an id")?;
    let held = session.get(&format!("Persons/{id}/Keys")).await?;
    for id in keys {
        let held = held["Keys"].as_array().into_iter().flatten();
        ensure!(held.into_iter().any(|key| key["FNKey_ID"] == **id), "the key {id} is another's");
        set_rights(&session, id, rights).await?;
        order(&session, id).await?;
    }
    session.close().await
}

/// Makes a phone key for a person and orders it, so that iLOQ sends the message.
///
/// # Errors
/// iLOQ's refusal.
pub async fn send_mobile_key(iloq: &Iloq, person: &str, phone: &str, right: &str) -> Result<()> {
    let session = Session::open(iloq).await?;
    let person = find(&session, person).await?;
    let zones = session.list("Zones").await?;
    let zone = zones.iter().find(|zone| zone["Type"] == 4).context("no zone for persons")?;
    let id = Uuid::from_u128(0x7068_6f6e_6500_4000_8000 << 48).to_string();
    let key = json!({
        "FNKey_ID": id, "Person_ID": person["Person_ID"], "KeyTypeMask": 6, "Description": "Phone", "Stamp": "",
    });
    let body = json!({ "Key": key, "ZoneIds": [zone["Zone_ID"]], "SecurityAccessIds": [right] });
    session.post("Keys", body).await?;
    session.put("KeyPhones", json!({ "FNKey_ID": id, "PhoneNo": phone })).await?;
    session.put(&format!("Keys/{id}/UpdateMainZone"), json!({ "Zone_ID": zone["Zone_ID"] })).await?;
    order(&session, &id).await?;
    session.close().await
}

/// Takes all access rights and then the keys from a person who leaves.
///
/// # Errors
/// iLOQ's refusal.
pub async fn block(iloq: &Iloq, person: &str) -> Result<()> {
    let session = Session::open(iloq).await?;
    let person = find(&session, person).await?;
    let id = person["Person_ID"].as_str().context("a person without an id")?;
    let mut held = session.get(&format!("Persons/{id}/Keys")).await?;
    for key in held["Keys"].as_array_mut().into_iter().flatten() {
        let id = key["FNKey_ID"].as_str().context("a key without an id")?.to_owned();
        set_rights(&session, &id, &[]).await?;
        order(&session, &id).await?;
        let mut key = session.get(&format!("Keys/{id}")).await?;
        key["Person_ID"] = Value::Null;
        session.put("Keys", json!({ "Key": key })).await?;
    }
    session.close().await
}

/// Only the rights that differ: the call that sets all would take the key's limits in time.
async fn set_rights(session: &Session, key: &str, wanted: &[String]) -> Result<()> {
    let path = format!("Keys/{key}/SecurityAccesses");
    let answer = session.get(&format!("{path}?mode=1")).await?;
    let rights = answer["SecurityAccesses"].as_array().into_iter().flatten();
    let present: Vec<&str> = rights
        .filter(|right| right["Type"] == 3)
        .filter_map(|right| right["SecurityAccess_ID"].as_str())
        .collect();
    for right in wanted.iter().filter(|right| !present.contains(&right.as_str())) {
        session.post(&path, json!({ "SecurityAccess_ID": right })).await?;
    }
    for right in present.iter().filter(|right| !wanted.iter().any(|wanted| wanted == *right)) {
        session.delete(&format!("{path}/{right}")).await?;
    }
    Ok(())
}

async fn order(session: &Session, key: &str) -> Result<()> {
    let check = session.get(&format!("Keys/{key}/CanOrder")).await?;
    ensure!(check == 0, "the key {key} cannot be ordered: {check}");
    session.post(&format!("Keys/{key}/Order"), Value::Null).await.map(drop)
}
