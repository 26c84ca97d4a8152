//! A dry run tells the plan and does nothing.

use anyhow::Result;
use serde_json::json;

use crate::story::{
    house::of,
    iloq,
    stage::{Stage, items, row},
};

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.heading("A dry run", "What a sync would do, without doing it.")?;
    stage.say.happens("In Manager: Ida Ek is added, and another person gets a new work title.")?;
    let other = iloq::person(stage.iloq(), "PersonCode", "P000001").unwrap_or_default();
    iloq::change(stage.iloq(), iloq::id_of(&other)?, json!({ "WorkTitle": "Caretaker" }))?;
    iloq::add(stage.iloq(), json!({ "FirstName": "Ida", "LastName": "Ek", "ExternalPersonId": "HR-901" }))?;
    let plan = stage.call("POST", &of("users/sync"), Some(json!({ "dryRun": true })), 200).await?;
    stage.counts(&plan)?;
    let members = ["user", "action", "outcome"];
    let rows: Vec<_> = items(&plan).iter().map(|item| row(item, &members)).collect();
    stage.say.table(&members, &rows)?;
    let seen = stage.saw()?;
    stage.claim(plan["counts"]["imported"] == 1 && plan["counts"]["updated"] == 1, "both are in the plan")?;
    stage.claim(seen.writes() == 0, "iLOQ saw reads only")?;
    let missing = stage.call("GET", &of("users/HR-901"), None, 404).await?;
    stage.claim(missing["code"] == "unknown-user", "nothing was done here either")?;
    let done = stage.sync_users().await?;
    stage.counts(&done)?;
    stage.saw()?;
    stage.claim(done["counts"] == plan["counts"], "the sync then does what was planned")?;
    let changes = stage.changes().await?;
    stage.show_changes(&changes)?;
    stage.claim(changes.len() == 2, "and the portal is told of both")
}
