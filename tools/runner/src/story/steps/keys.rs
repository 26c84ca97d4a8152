//! Keys are linked with rights, ordered, programmed at a reader; one is lost.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use simulator::NewKey;

use crate::story::{
    house::of,
    stage::{Stage, items, row, text},
};

/// Who gets the keys: the user that the outage kept waiting.
const USER: &str = "bo";

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.heading(
        "Keys",
        "Keys are linked with rights and ordered; programmed is what a reader has written.",
    )?;
    stage.say.happens("Two spare keys are added in Manager.")?;
    let keys = [spare(stage, "Spare 1")?, spare(stage, "Spare 2")?];
    let offered = stage.call("GET", &of("keys?available=true&type=key&limit=1000"), None, 200).await?;
    let free = |key: &String| items(&offered).iter().any(|offer| text(offer, "id") == *key);
    stage.claim(keys.iter().all(free), "both are offered: they are nobody's")?;
    let rights: Vec<Value> = {
        let page = stage.call("GET", &of("access-rights"), None, 200).await?;
        items(&page).iter().take(2).map(|right| right["id"].clone()).collect()
    };

    stage.iloq().reset_calls();
    let both = json!({ "keys": keys.iter().map(|key| json!({ "keyId": key, "accessRightIds": rights })).collect::<Vec<_>>() });
    let linked = stage.call("POST", &of(&format!("users/{USER}/keys")), Some(both), 200).await?;
    show(stage, &linked)?;
    stage.saw()?;
    stage.claim(all_are(&linked, "ordered"), "two keys with two rights each are ordered")?;

    stage.say.happens("Both keys visit a reader, which programs them.")?;
    for key in &keys {
        stage.iloq().program(None, key.parse()?).map_err(|refused| anyhow::anyhow!("{refused}"))?;
    }
    let refresh = json!({ "userId": USER });
    let refreshed = stage.call("POST", &of("keys/refresh"), Some(refresh), 200).await?;
    let programmed = items(&refreshed).iter().all(|key| key["status"] == "programmed");
    stage.claim(programmed, "a refresh shows them as programmed")?;

    let fewer = json!({ "keys": keys.iter().map(|key| json!({ "keyId": key, "accessRightIds": [rights[0]] })).collect::<Vec<_>>() });
    let changed = stage.call("PUT", &of(&format!("users/{USER}/access-rights")), Some(fewer), 200).await?;
    show(stage, &changed)?;
    stage.claim(
        all_are(&changed, "ordered"),
        "one call changes the rights of both, and says when it takes effect",
    )?;

    stage.say.happens("Spare 1 is lost.")?;
    let listed = stage.call("PUT", &of(&format!("block-list/{}", keys[0])), Some(json!({})), 200).await?;
    show(stage, &listed)?;
    stage.claim(all_are(&listed, "blockListed"), "it is on the block list, which is ordered")?;
    stage.say.happens("It is found again.")?;
    stage.call("DELETE", &of(&format!("block-list/{}", keys[0])), None, 200).await?;
    let list = stage.call("GET", &of("block-list"), None, 200).await?;
    let still =
        items(&list).iter().any(|entry| text(entry, "keyId") == keys[0] && text(entry, "state") == "listed");
    stage.claim(!still, "it is off the list again")
}

/// A key that is nobody's, as Manager adds it.
fn spare(stage: &Stage<'_>, name: &str) -> Result<String> {
    let record = json!({ "record": { "Description": name, "KeyTypeMask": 264, "Stamp": "" } });
    let key: NewKey = serde_json::from_value(record).context("the spare key")?;
    let id = stage.iloq().add_key(None, key).map_err(|refused| anyhow::anyhow!("{refused}"))?;
    Ok(id.to_string())
}

fn show(stage: &mut Stage<'_>, answer: &Value) -> Result<()> {
    let members = ["keyId", "action", "outcome", "status", "effective"];
    let rows: Vec<_> = items(answer).iter().map(|item| row(item, &members)).collect();
    Ok(stage.say.table(&members, &rows)?)
}

fn all_are(answer: &Value, outcome: &str) -> bool {
    !items(answer).is_empty() && items(answer).iter().all(|item| item["outcome"] == outcome)
}
