//! A user saved in the portal is a person in iLOQ at once.

use anyhow::Result;
use serde_json::json;

use super::ANNA;
use crate::story::{
    house::of,
    iloq,
    stage::{Stage, row, text},
};

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.heading("A user is added in the portal", "On save, in iLOQ at once.")?;
    let user = json!({
        "firstName": "Anna", "lastName": "Åström", "email": "anna@example.com", "workTitle": "Engineer",
        "language": "FIN",
    });
    let user = stage.call("PUT", &of(&format!("users/{ANNA}")), Some(user), 201).await?;
    let seen = stage.saw()?;
    stage.claim(seen.writes() == 1 && seen.of("Persons_Insert") == 1, "one write: the new person")?;
    let person = iloq::person(stage.iloq(), "ExternalPersonId", ANNA).unwrap_or_default();
    let members = ["FirstName", "LastName", "eMail", "WorkTitle", "ExternalPersonId"];
    stage.say.note("the person in iLOQ:")?;
    stage.say.table(&members, &[row(&person, &members)])?;
    let same = text(&person, "LastName") == "Åström" && text(&person, "eMail") == "anna@example.com";
    stage.claim(same, "the person has the user's fields, and the portal's id as external id")?;
    let linked = user["iloq"]["state"] == "linked" && user["iloq"]["personId"] == person["Person_ID"];
    stage.claim(linked, "the user is linked to that person")
}
