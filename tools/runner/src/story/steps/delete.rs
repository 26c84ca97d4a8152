//! A deletion that iLOQ refuses, and one that works.

use anyhow::Result;
use serde_json::json;

use super::ANNA;
use crate::story::{
    house::of,
    iloq,
    stage::{Stage, row},
};

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.heading("A deletion", "iLOQ is asked first (CanDelete); its refusal brings the user back.")?;
    let person = iloq::person(stage.iloq(), "ExternalPersonId", ANNA).unwrap_or_default();
    let person = iloq::id_of(&person)?;
    let path = of(&format!("users/{ANNA}"));
    stage.say.happens("In Manager: Anna gets a user account. CanDelete answers 2 from now on.")?;
    iloq::change(stage.iloq(), person, json!({ "CanDelete": 2 }))?;
    let refused = stage.call("DELETE", &path, None, 200).await?;
    let members = ["check", "result", "meaning"];
    stage.say.table(&members, &[row(&refused["reason"], &members)])?;
    let seen = stage.saw()?;
    stage.claim(
        refused["outcome"] == "undeletable" && seen.writes() == 0,
        "refused, and nothing is written",
    )?;
    stage.claim(refused["reason"]["result"] == 2, "iLOQ's code and its meaning are in the answer")?;
    let user = stage.call("GET", &path, None, 200).await?;
    stage.claim(user["iloq"]["state"] == "undeletable", "the user is back, marked undeletable")?;
    let changes = stage.changes().await?;
    stage.show_changes(&changes)?;
    let told = changes.iter().any(|(kind, user)| kind == "user.restored" && user == ANNA);
    stage.claim(told, "the portal is told that the user is back")?;

    stage.say.happens("In Manager: the account is taken away. The portal deletes once more.")?;
    iloq::change(stage.iloq(), person, json!({ "CanDelete": 0 }))?;
    let deleted = stage.call("DELETE", &path, None, 200).await?;
    stage.say.note(&format!("outcome {}", deleted["outcome"].as_str().unwrap_or_default()))?;
    stage.saw()?;
    let left = iloq::person(stage.iloq(), "ExternalPersonId", ANNA);
    stage.claim(deleted["outcome"] == "deleted" && left.is_none(), "the person is gone from iLOQ")?;
    let missing = stage.call("GET", &path, None, 404).await?;
    stage.claim(missing["code"] == "unknown-user", "and the user from here")
}
