//! A person deleted in iLOQ is kept here, and not made again.

use anyhow::Result;
use serde_json::json;

use crate::story::{house::of, iloq, stage::Stage};

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.heading(
        "A person is deleted in iLOQ",
        "The user stays here as gone; nobody is made again unasked.",
    )?;
    stage.say.happens("In Manager: Otto Öhman is deleted.")?;
    let otto = iloq::person(stage.iloq(), "ExternalPersonId", "HR-900").unwrap_or_default();
    iloq::delete(stage.iloq(), iloq::id_of(&otto)?)?;
    let before = iloq::persons(stage.iloq()).len();
    let answer = stage.sync_users().await?;
    stage.counts(&answer)?;
    let seen = stage.saw()?;
    stage.claim(answer["counts"]["gone"] == 1, "the sync finds one gone")?;
    stage.claim(
        seen.of("Persons_GetPerson") == 1,
        "missing in a listing is not enough: iLOQ was asked for him alone",
    )?;
    let changes = stage.changes().await?;
    stage.show_changes(&changes)?;
    let user = stage.call("PUT", &of("users/HR-900"), Some(json!({ "workTitle": "Adviser" })), 200).await?;
    stage.claim(user["iloq"]["state"] == "gone", "he stays as gone, also when he is saved")?;
    let seen = stage.saw()?;
    let after = iloq::persons(stage.iloq()).len();
    stage.claim(after == before && seen.writes() == 0, "no person is made for him")
}
