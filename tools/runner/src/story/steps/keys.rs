//! Keys are linked with rights and ordered; a reader programs them.

use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};
use simulator::NewKey;

use crate::story::{
    house::of,
    iloq,
    stage::{Stage, items, row, text},
};

/// Who gets the keys: the user that the outage kept waiting.
pub(super) const USER: &str = "bo";

/// What the steps about keys work with.
pub(super) struct Held {
    /// Two keys of the user's.
    pub(super) keys: [String; 2],
    /// Rights that the portal may give.
    pub(super) rights: Vec<Value>,
}

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<Held> {
    stage.say.heading(
        "Keys",
        "Keys are linked with rights and ordered; programmed is what a reader has written.",
    )?;
    stage.say.happens("In Manager, two spare keys are added.")?;
    let keys = [spare(stage, "Spare 1")?, spare(stage, "Spare 2")?];
    let offered = stage.call("GET", &of("keys?available=true&type=key&limit=1000"), None, 200).await?;
    let free = |key: &String| items(&offered).iter().any(|offer| text(offer, "id") == *key);
    stage.claim(keys.iter().all(free), "both are offered: they are nobody's")?;
    let page = stage.call("GET", &of("access-rights"), None, 200).await?;
    let rights = items(&page).iter().map(|right| right["id"].clone()).collect();
    let held = Held { keys, rights };
    link(stage, &held).await?;
    program(stage, &held).await?;
    Ok(held)
}

async fn link(stage: &mut Stage<'_>, held: &Held) -> Result<()> {
    stage.iloq().reset_calls();
    let both = with(&held.keys, &held.rights[..2]);
    let linked = stage.call("POST", &of(&format!("users/{USER}/keys")), Some(both), 200).await?;
    show(stage, &linked)?;
    let seen = stage.saw()?;
    stage.claim(all_are(&linked, "ordered"), "one call links two keys with two rights each")?;
    let each = seen.of("Keys_InsertSecurityAccess") == 4 && seen.of("Keys_OrderKey") == 2;
    stage.claim(each, "iLOQ got each right and each order once")?;
    let ordered = held.keys.iter().all(|key| iloq::rights(&iloq::key(stage.iloq(), key)) == [2, 2, 0]);
    stage.claim(ordered, "in iLOQ the rights are planned and ordered, and on no key yet")
}

async fn program(stage: &mut Stage<'_>, held: &Held) -> Result<()> {
    stage.say.happens("Both keys visit a reader, which programs them.")?;
    for key in &held.keys {
        at_a_reader(stage, key)?;
    }
    let refreshed = refresh(stage).await?;
    let seen = stage.saw()?;
    let programmed = |key: &Value| {
        text(key, "status") == "programmed"
            && key["accessRights"]["programmed"].as_array().map(Vec::len) == Some(2)
    };
    stage.claim(
        items(&refreshed).iter().all(programmed),
        "a refresh shows both as programmed, with their rights",
    )?;
    stage.claim(seen.writes() == 0, "a refresh changes nothing in iLOQ")
}

/// The keys of the user, read anew.
pub(super) async fn refresh(stage: &mut Stage<'_>) -> Result<Value> {
    let refreshed = stage.call("POST", &of("keys/refresh"), Some(json!({ "userId": USER })), 200).await?;
    let members = ["name", "type", "status"];
    let rows: Vec<_> = items(&refreshed).iter().map(|key| row(key, &members)).collect();
    stage.say.table(&members, &rows)?;
    Ok(refreshed)
}

/// A key visits a reader.
pub(super) fn at_a_reader(stage: &Stage<'_>, key: &str) -> Result<()> {
    stage.iloq().program(None, key.parse()?).map_err(|refused| anyhow!("{refused}"))
}

/// Keys that all have the same rights, as the API takes them.
pub(super) fn with(keys: &[String], rights: &[Value]) -> Value {
    let key = |key: &String| json!({ "keyId": key, "accessRightIds": rights });
    json!({ "keys": keys.iter().map(key).collect::<Vec<_>>() })
}

/// A key that is nobody's, as Manager adds it.
fn spare(stage: &Stage<'_>, name: &str) -> Result<String> {
    let record = json!({ "record": { "Description": name, "KeyTypeMask": 264, "Stamp": "" } });
    let key: NewKey = serde_json::from_value(record).context("the spare key")?;
    let id = stage.iloq().add_key(None, key).map_err(|refused| anyhow!("{refused}"))?;
    Ok(id.to_string())
}

/// Prints what became of each key.
pub(super) fn show(stage: &mut Stage<'_>, answer: &Value) -> Result<()> {
    let members = ["keyId", "action", "outcome", "status", "effective"];
    let rows: Vec<_> = items(answer).iter().map(|item| row(item, &members)).collect();
    Ok(stage.say.table(&members, &rows)?)
}

/// Whether the same became of all keys.
pub(super) fn all_are(answer: &Value, outcome: &str) -> bool {
    !items(answer).is_empty() && items(answer).iter().all(|item| item["outcome"] == outcome)
}
