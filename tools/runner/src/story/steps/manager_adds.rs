//! A person added in iLOQ Manager becomes a user at the next sync.

use anyhow::Result;
use serde_json::json;

use crate::story::{
    house::of,
    iloq,
    stage::{Stage, row},
};

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.heading("A person is added in Manager", "The next sync brings him to the portal.")?;
    stage.say.happens("In Manager: Otto Öhman is added, with the external id HR-900.")?;
    let person = json!({
        "FirstName": "Otto", "LastName": "Öhman", "PersonCode": "", "eMail": "otto@example.com",
        "ExternalPersonId": "HR-900",
    });
    iloq::add(stage.iloq(), person)?;
    let answer = stage.sync_users().await?;
    stage.counts(&answer)?;
    let seen = stage.saw()?;
    stage.claim(answer["counts"]["imported"] == 1 && seen.writes() == 0, "one import, no write in iLOQ")?;
    let changes = stage.changes().await?;
    stage.show_changes(&changes)?;
    let told = changes.iter().any(|(kind, user)| kind == "user.imported" && user == "HR-900");
    stage.claim(told, "the portal is told of him")?;
    let user = stage.call("GET", &of("users/HR-900"), None, 200).await?;
    let members = ["id", "firstName", "lastName", "email", "origin"];
    stage.say.table(&members, &[row(&user, &members)])?;
    stage.claim(
        user["origin"] == "iloq" && user["lastName"] == "Öhman",
        "he is a user, known by his external id",
    )
}
