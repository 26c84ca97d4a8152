//! The check names a right that is missing, and how to give it.

use anyhow::{Result, anyhow};
use serde_json::{Value, json};
use simulator::UserChange;

use crate::story::{
    house::of,
    stage::{Stage, row, text},
};

/// The bit of `EditKeys` (iLOQ's table `RightsMask`).
const EDIT_KEYS: u64 = 1 << 19;

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.heading("Check", "What could stand in the way, each with its fix. iLOQ sees reads only.")?;
    stage.say.happens("In iLOQ, the API user lacks the right EditKeys.")?;
    let all = stage.house.rights();
    set_rights(stage, all & !EDIT_KEYS)?;
    let before = check(stage, |_| true).await?;
    let row = find(&before, "user-rights");
    stage.say.note(&format!("fix: {}", text(&row, "fix")))?;
    stage.saw()?;
    let named = row["status"] == "fail" && text(&row, "fix").contains("EditKeys");
    stage.claim(before["ok"] == false && named, "the missing right is named, with the place to give it")?;

    stage.say.happens("In Manager, the right is given. The check is run again.")?;
    set_rights(stage, all)?;
    let after = check(stage, |check| check["status"] != "pass").await?;
    stage.say.note("… and all others pass")?;
    let seen = stage.saw()?;
    let failed = |check: &&Value| !["pass", "warn"].contains(&text(check, "status").as_str());
    let failed = checks(&after).iter().filter(failed).count();
    stage.claim(
        after["ok"] == true && failed == 0,
        "every check passes, or warns of what the API does not tell",
    )?;
    stage.claim(seen.writes() == 0, "nothing was changed in iLOQ")
}

fn set_rights(stage: &Stage<'_>, rights: u64) -> Result<()> {
    let change = UserChange { rights: Some(rights), ..UserChange::default() };
    stage.iloq().change_user("api", change).map_err(|error| anyhow!(error))
}

/// Runs the check and prints those of its rows that are `shown`.
async fn check(stage: &mut Stage<'_>, shown: fn(&Value) -> bool) -> Result<Value> {
    let answer = stage.call("POST", &of("check"), Some(json!({})), 200).await?;
    let members = ["id", "status", "detail"];
    let rows: Vec<_> =
        checks(&answer).iter().filter(|check| shown(check)).map(|check| row(check, &members)).collect();
    stage.say.table(&["check", "status", "found"], &rows)?;
    Ok(answer)
}

fn checks(answer: &Value) -> &[Value] {
    answer["checks"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn find(answer: &Value, id: &str) -> Value {
    checks(answer).iter().find(|check| check["id"] == id).cloned().unwrap_or_default()
}
