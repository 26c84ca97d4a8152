//! Changes on both sides are brought together.

use anyhow::Result;
use serde_json::{Value, json};
use simulator::{Action, Fault};

use super::ANNA;
use crate::story::{
    house::of,
    iloq,
    stage::{Stage, items, row, text},
};

const FIELDS: [&str; 3] = ["workTitle", "companyName", "mobilePhone"];

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.heading("A change on both sides", "Field by field, against the last value that both had.")?;
    different_fields(stage).await?;
    the_same_field(stage).await
}

async fn different_fields(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.happens("In Manager: Anna gets the work title Architect. In the portal: a company.")?;
    in_manager(stage, json!({ "WorkTitle": "Architect" }))?;
    let user = save(stage, json!({ "companyName": "Esimerkki Oy" }), 200).await?;
    stage.say.table(&FIELDS, &[row(&user, &FIELDS)])?;
    stage.saw()?;
    let person = iloq::person(stage.iloq(), "ExternalPersonId", ANNA).unwrap_or_default();
    let here = text(&user, "workTitle") == "Architect" && text(&user, "companyName") == "Esimerkki Oy";
    let there = text(&person, "WorkTitle") == "Architect" && text(&person, "CompanyName") == "Esimerkki Oy";
    stage.claim(here && there, "different fields: both changes are on both sides")
}

async fn the_same_field(stage: &mut Stage<'_>) -> Result<()> {
    stage
        .say
        .happens("While iLOQ is out of reach, the portal saves another phone number; so does Manager.")?;
    stage.iloq().set_faults(vec![Fault { action: Action::Drop, ..Fault::default() }]);
    save(stage, json!({ "mobilePhone": "+358401111111" }), 202).await?;
    stage.iloq().set_faults(Vec::new());
    stage.iloq().reset_calls();
    in_manager(stage, json!({ "Phone1": "+358402222222" }))?;
    let answer = stage.sync_users().await?;
    stage.counts(&answer)?;
    let item = items(&answer).iter().find(|item| item["user"] == ANNA).cloned().unwrap_or_default();
    let fields = item["fields"].as_array().cloned().unwrap_or_default();
    let members = ["name", "from", "bothChanged"];
    let rows: Vec<_> = fields.iter().map(|field| row(field, &members)).collect();
    stage.say.table(&["field", "whose value stands", "both changed"], &rows)?;
    stage.saw()?;
    let person = iloq::person(stage.iloq(), "ExternalPersonId", ANNA).unwrap_or_default();
    stage.claim(text(&person, "Phone1") == "+358401111111", "the same field: the portal's value stands")?;
    let reported = fields.iter().any(|field| field["name"] == "mobilePhone" && field["bothChanged"] == true);
    stage.claim(reported, "the run's answer says which field both had changed")?;
    let changes = stage.changes().await?;
    stage.show_changes(&changes)?;
    let told = changes.iter().any(|(kind, user)| kind == "user.conflict" && user == ANNA);
    stage.claim(told, "and so does the feed of changes")
}

async fn save(stage: &mut Stage<'_>, change: Value, status: u16) -> Result<Value> {
    stage.call("PUT", &of(&format!("users/{ANNA}")), Some(change), status).await
}

fn in_manager(stage: &Stage<'_>, change: Value) -> Result<()> {
    let person = iloq::person(stage.iloq(), "ExternalPersonId", ANNA).unwrap_or_default();
    iloq::change(stage.iloq(), iloq::id_of(&person)?, change)
}
