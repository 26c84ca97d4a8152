//! A door is opened; the access log tells who did, as a list, in numbers, and as a file.

use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};
use simulator::{Opening, Uuid};

use crate::story::{
    house::of,
    stage::{Stage, items, text},
};

/// Who opens the door: the user with the keys.
const USER: &str = "bo";

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.heading("The access log", "Rows are pulled by arrival, with the names of that moment.")?;
    let (door, key) = place(stage).await?;
    stage.say.happens("The key opens a door twice; then a key that the lock does not know is refused.")?;
    let (opens, refused) =
        (Opening { key: Some(key), ..Opening::default() }, Opening { refused: true, ..Opening::default() });
    for opening in [&opens, &opens, &refused] {
        stage.iloq().open(None, door, opening).map_err(|refused| anyhow!("{refused}"))?;
    }
    stage.iloq().reset_calls();
    let pulled = stage.call("POST", &of("logs/pull"), Some(json!({})), 200).await?;
    stage.saw()?;
    stage.claim(pulled["pulled"].as_u64() >= Some(3), "the rows are here")?;
    let again = stage.call("POST", &of("logs/pull"), Some(json!({})), 200).await?;
    stage.claim(again["pulled"] == 0, "pulled again, no row comes twice")?;

    let list = stage.call("GET", &of(&format!("logs?door={door}&limit=3")), None, 200).await?;
    let rows: Vec<_> = items(&list).iter().map(line).collect();
    stage.say.table(&["occurred at", "door", "person", "event"], &rows)?;
    let by = |row: &&Value| row["event"] == "accessGranted" && row["person"]["userId"] == USER;
    stage.claim(items(&list).iter().filter(by).count() == 2, "twice it was the user with the key")?;
    stage
        .claim(items(&list).iter().any(|row| row["event"] == "accessDenied"), "once somebody was refused")?;

    let summary = stage.call("GET", &of("logs/summary?by=door"), None, 200).await?;
    let of_door =
        items(&summary).iter().find(|item| item["bucket"] == json!(door)).cloned().unwrap_or_default();
    let counts = [&of_door["granted"], &of_door["denied"]].map(Value::as_u64);
    stage.claim(counts[0] >= Some(2) && counts[1] >= Some(1), "a summary counts them by door")?;

    let path = of("logs");
    stage.say.call("GET", &format!("{path}   (Accept: text/csv)"), None)?;
    let (status, csv) = stage.house.client.file(&path, "text/csv").await?;
    stage.say.answer(status, &Value::Null)?;
    let whole = csv.starts_with("id,occurredAt,") && csv.lines().count() > 3;
    stage.claim(whole, "the same as a file for a spreadsheet")
}

/// A door, and a key of the user's.
async fn place(stage: &mut Stage<'_>) -> Result<(Uuid, Uuid)> {
    let doors = stage.call("GET", &of("doors?limit=1"), None, 200).await?;
    let keys = stage.call("GET", &of(&format!("keys?user={USER}")), None, 200).await?;
    let id = |page: &Value| items(page).first().map(|item| text(item, "id"));
    Ok((id(&doors).context("no door")?.parse()?, id(&keys).context("no key")?.parse()?))
}

fn line(row: &Value) -> Vec<String> {
    let name = |member: &str| text(&row[member], "name");
    vec![text(row, "occurredAt"), name("door"), name("person"), text(row, "event")]
}
