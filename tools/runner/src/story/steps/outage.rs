//! iLOQ is out of reach: the save is kept and brought later.

use anyhow::Result;
use serde_json::json;
use simulator::{Action, Fault};

use crate::story::{
    house::of,
    iloq,
    stage::{Stage, items, row, text},
};

/// Seconds after which the first retry is due.
const LATER: i64 = 70;

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.heading("iLOQ is down", "A save is never lost: it is kept, and the retry job brings it.")?;
    stage.say.happens("iLOQ closes every connection.")?;
    stage.iloq().set_faults(vec![Fault { action: Action::Drop, ..Fault::default() }]);
    let bo = json!({ "firstName": "Bo", "lastName": "Berg", "email": "bo@example.com" });
    let user = stage.call("PUT", &of("users/bo"), Some(bo), 202).await?;
    let problem = &user["iloq"]["problem"];
    stage.say.note(&format!("state {}: {}", text(&user["iloq"], "state"), text(problem, "detail")))?;
    stage.claim(user["iloq"]["state"] == "pending", "the user is kept here, pending")?;
    let retries = stage.call("GET", &of("retries"), None, 200).await?;
    let members = ["kind", "user", "tries", "nextAt"];
    let rows: Vec<_> = items(&retries).iter().map(|retry| row(retry, &members)).collect();
    stage.say.table(&members, &rows)?;
    stage.claim(items(&retries).len() == 1, "it is listed among what waits")?;

    stage.say.happens(&format!("iLOQ is back. {LATER} seconds pass (on the functions' clock)."))?;
    stage.iloq().set_faults(Vec::new());
    stage.iloq().reset_calls();
    stage.house.functions.set_clock_offset(LATER);
    let job = stage.call("POST", "/v1/jobs/retry", Some(json!({})), 200).await?;
    let system = job["systems"][0].clone();
    stage.counts(&system)?;
    let seen = stage.saw()?;
    stage.claim(system["counts"]["done"] == 1, "the retry job has brought it")?;
    let person = iloq::person(stage.iloq(), "ExternalPersonId", "bo").unwrap_or_default();
    let once = seen.of("Persons_Insert") == 1 && text(&person, "eMail") == "bo@example.com";
    stage.claim(once, "the person is in iLOQ, made once")?;
    let user = stage.call("GET", &of("users/bo"), None, 200).await?;
    stage.claim(user["iloq"]["state"] == "linked", "the user is linked, without anybody's doing")
}
