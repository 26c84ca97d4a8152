//! Doors and what belongs to them.

use anyhow::Result;
use serde_json::{Value, json};

use crate::story::{
    house::of,
    stage::{Stage, items, text},
};

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.heading("Sync the structure", "Doors, zones, access rights: iLOQ's, to read in the portal.")?;
    let answer = stage.call("POST", &of("structure/sync"), Some(json!({})), 200).await?;
    stage.counts(&answer)?;
    let seen = stage.saw()?;
    stage.claim(seen.of("Locks_GetAllLocks") == 1, "each listing of iLOQ is read once")?;
    let locations = stage.call("GET", &of("locations"), None, 200).await?;
    let doors = stage.call("GET", &of("doors?limit=1000"), None, 200).await?;
    let place = |door: &Value| {
        let found = items(&locations).iter().find(|location| location["id"] == door["locationId"]);
        found.map(|location| text(location, "name")).unwrap_or_default()
    };
    let shown = |door: &Value| {
        let online = if door["online"] == true { "yes" } else { "no" };
        vec![text(door, "name"), place(door), text(door, "state"), online.to_owned()]
    };
    let mut rows: Vec<_> = items(&doors).iter().map(shown).collect();
    rows.sort();
    rows.truncate(5);
    stage.say.table(&["door", "location", "state", "online"], &rows)?;
    let count = items(&doors).len();
    stage.say.note(&format!("… {count} doors in all"))?;
    let locks = stage.iloq().ids(None, "locks").len();
    stage.claim(
        count == locks && answer["counts"]["doors"] == count,
        "as many doors are listed as iLOQ has locks",
    )?;
    let seen = stage.saw()?;
    stage.claim(seen.count() == 0, "lists are answered from the store")
}
