//! The persons that are in iLOQ already become users.

use anyhow::Result;

use crate::story::{
    house::of,
    iloq,
    stage::{Stage, items, text},
};

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.heading("The first sync of users", "Who is in iLOQ already becomes a user of the portal.")?;
    let answer = stage.sync_users().await?;
    stage.counts(&answer)?;
    let seen = stage.saw()?;
    let persons = iloq::persons(stage.iloq()).len();
    stage.claim(answer["counts"]["imported"] == persons, "every person was imported")?;
    stage.claim(seen.writes() == 0, "an import writes nothing in iLOQ")?;
    let users = stage.call("GET", &of("users?limit=4"), None, 200).await?;
    let shown = |user: &serde_json::Value| {
        let name = format!("{} {}", text(user, "firstName"), text(user, "lastName"));
        vec![text(user, "id"), name, text(user, "email"), text(user, "origin"), text(&user["iloq"], "state")]
    };
    let rows: Vec<_> = items(&users).iter().map(shown).collect();
    stage.say.table(&["user", "name", "e-mail", "origin", "state"], &rows)?;
    let changes = stage.changes().await?;
    stage.say.note(&format!("{} changes, each user.imported", changes.len()))?;
    let told = changes.iter().filter(|(kind, _)| kind == "user.imported").count();
    stage.claim(told == persons, "the portal is told of each of them")
}
