//! A phone becomes a key: the message, the answer, a new number.

use anyhow::{Result, anyhow};
use serde_json::{Value, json};

use super::keys::{Held, USER, refresh};
use crate::story::{
    house::of,
    iloq,
    stage::{Stage, items, row, text},
};

const NUMBER: &str = "+358401234567";
const NEW_NUMBER: &str = "+358409876543";

/// Gives the key's id.
pub(super) async fn tell(stage: &mut Stage<'_>, held: &Held) -> Result<String> {
    stage
        .say
        .heading("A phone key", "It is made, ordered and sent by SMS in one call; the phone answers.")?;
    let key = send(stage, held).await?;
    stage.say.happens("Bo follows the message: the phone registers, and fetches its rights.")?;
    activate(stage, &key)?;
    let refreshed = refresh(stage).await?;
    let phone =
        items(&refreshed).iter().find(|item| text(item, "type") == "mobile").cloned().unwrap_or_default();
    let answered = phone["status"] == "programmed" && phone["invitation"]["registration"] == "registered";
    stage.claim(answered, "a refresh shows it as programmed, and its phone as registered")?;
    send_again(stage, &key).await?;
    Ok(key)
}

async fn send(stage: &mut Stage<'_>, held: &Held) -> Result<String> {
    stage.iloq().reset_calls();
    let path = of(&format!("users/{USER}/mobile-keys"));
    let body = json!({ "phone": NUMBER, "channel": "sms", "accessRightIds": held.rights[..1] });
    let sent = stage.post_once("bo-phone", &path, body.clone(), 201).await?;
    show(stage, &sent)?;
    stage.saw()?;
    stage.claim(sent["status"] == "sent", "the key is sent")?;
    let again = stage.post_once("bo-phone", &path, body, 201).await?;
    let seen = stage.saw()?;
    let same = again["id"] == sent["id"] && seen.count() == 0;
    stage.claim(same, "the same request again gets the same answer: no second key, no call to iLOQ")?;
    let messages = iloq::messages(stage.iloq());
    stage.say.table(&["channel", "to", "because of"], &messages)?;
    stage.claim(messages == [["sms", NUMBER, "order"]], "one message went")?;
    Ok(text(&sent, "id"))
}

async fn send_again(stage: &mut Stage<'_>, key: &str) -> Result<()> {
    stage.say.happens("Bo gets a new phone with another number.")?;
    let path = of(&format!("mobile-keys/{key}/resend"));
    let refused = stage.call("POST", &path, Some(json!({ "phone": NEW_NUMBER })), 409).await?;
    stage.claim(refused["code"] == "already-programmed", "a key that works is not sent again by mistake")?;
    let body = json!({ "phone": NEW_NUMBER, "force": true });
    let resent = stage.call("POST", &path, Some(body), 200).await?;
    show(stage, &resent)?;
    stage.saw()?;
    let invitation = &resent["invitation"];
    let told = invitation["count"] == 2 && invitation["address"] == NEW_NUMBER;
    stage.claim(told, "with force it goes to the new number")?;
    let messages = iloq::messages(stage.iloq());
    stage.say.table(&["channel", "to", "because of"], &messages)?;
    let two = messages == [["sms", NUMBER, "order"], ["sms", NEW_NUMBER, "re-register"]];
    stage.claim(two, "iLOQ has sent two messages in all")?;
    stage.say.happens("The new phone answers.")?;
    activate(stage, key)
}

fn activate(stage: &Stage<'_>, key: &str) -> Result<()> {
    stage.iloq().activate(None, key.parse()?).map_err(|refused| anyhow!("{refused}"))
}

fn show(stage: &mut Stage<'_>, key: &Value) -> Result<()> {
    let members = ["channel", "address", "count", "registration"];
    let mut cells = row(key, &["name", "status"]);
    cells.extend(row(&key["invitation"], &members));
    Ok(stage.say.table(&["name", "status", "channel", "to", "sent", "phone"], &[cells])?)
}
