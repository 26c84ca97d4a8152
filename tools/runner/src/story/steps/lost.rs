//! Keys are lost, the user is blocked; they are found, and the block is lifted.

use anyhow::Result;
use serde_json::json;

use super::keys::{Held, USER, all_are, show, with};
use crate::story::{
    house::of,
    iloq,
    stage::{Stage, items, text},
};

pub(super) async fn tell(stage: &mut Stage<'_>, held: &Held, phone: &str) -> Result<()> {
    stage
        .say
        .heading("Lost and found", "A block stops all keys of a user; lifting it gives back what it took.")?;
    block(stage, held, phone).await?;
    unblock(stage, held, phone).await
}

async fn block(stage: &mut Stage<'_>, held: &Held, phone: &str) -> Result<()> {
    stage.say.happens("Bo has lost a bag: two keys and the phone.")?;
    stage.iloq().reset_calls();
    let path = of(&format!("users/{USER}/block"));
    let body = json!({ "reason": "lost" });
    let blocked = stage.call("POST", &path, Some(body.clone()), 200).await?;
    show(stage, &blocked)?;
    let seen = stage.saw()?;
    let mut lost = held.keys.to_vec();
    lost.sort();
    stage.claim(iloq::block_list(stage.iloq()) == lost, "both keys are on iLOQ's block list")?;
    stage.claim(seen.of("Blacklists_OrderS40Blacklist") == 1, "the list was ordered once for both")?;
    let gone = iloq::key(stage.iloq(), phone)["record"]["Person_ID"].is_null();
    stage.claim(gone, "the phone key is returned: it opens nothing, whatever the phone says")?;
    let link = with(&held.keys, &held.rights[..1]);
    let given = stage.call("POST", &of(&format!("users/{USER}/keys")), Some(link), 409).await?;
    stage.claim(given["code"] == "user-blocked", "a blocked user is given nothing")?;
    stage.iloq().reset_calls();
    let again = stage.call("POST", &path, Some(body), 200).await?;
    let seen = stage.saw()?;
    stage.claim(all_are(&again, "unchanged") && seen.writes() == 0, "blocking once more writes nothing")
}

async fn unblock(stage: &mut Stage<'_>, held: &Held, phone: &str) -> Result<()> {
    stage.say.happens("The bag is found.")?;
    let path = of(&format!("users/{USER}/unblock"));
    let lifted = stage.call("POST", &path, Some(json!({ "restore": true })), 207).await?;
    show(stage, &lifted)?;
    stage.saw()?;
    let off = |key: &String| {
        items(&lifted).iter().any(|item| text(item, "keyId") == *key && item["outcome"] == "removed")
    };
    let there = |key: &String| iloq::rights(&iloq::key(stage.iloq(), key)) == [2, 2, 2];
    let back =
        iloq::block_list(stage.iloq()).is_empty() && held.keys.iter().all(|key| off(key) && there(key));
    stage.claim(back, "both keys are off the list, with the rights that they had")?;
    let told = items(&lifted).iter().find(|item| text(item, "keyId") == phone).cloned().unwrap_or_default();
    stage.say.note(&text(&told["problem"], "detail"))?;
    stage.claim(told["outcome"] == "failed", "a phone can't be given back: it needs a new invitation")
}
