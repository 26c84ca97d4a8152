//! One call changes the rights of several keys.

use anyhow::Result;

use super::keys::{Held, USER, all_are, at_a_reader, show, with};
use crate::story::{
    house::of,
    iloq,
    stage::{Stage, items, text},
};

pub(super) async fn tell(stage: &mut Stage<'_>, held: &Held, phone: &str) -> Result<()> {
    stage.say.heading("Change rights", "One call, three keys: what is named is set exactly, and ordered.")?;
    stage.iloq().reset_calls();
    let all = [held.keys[0].clone(), held.keys[1].clone(), phone.to_owned()];
    let path = of(&format!("users/{USER}/access-rights"));
    // Every key keeps one right, loses or gets another.
    let wanted = with(&all, &[held.rights[0].clone(), held.rights[2].clone()]);
    let changed = stage.call("PUT", &path, Some(wanted.clone()), 200).await?;
    show(stage, &changed)?;
    let seen = stage.saw()?;
    stage.claim(
        all_are(&changed, "ordered") && items(&changed).len() == 3,
        "all three are changed and ordered",
    )?;
    let fewest = seen.of("Keys_InsertSecurityAccess") == 3 && seen.of("Keys_DeleteSecurityAccess") == 2;
    stage.claim(fewest, "iLOQ got only the differences: three rights given, two taken")?;
    let when = |key: &str| {
        let item = items(&changed).iter().find(|item| text(item, "keyId") == key);
        item.map(|item| text(item, "effective")).unwrap_or_default()
    };
    let told = when(&all[0]) == "whenProgrammed" && when(phone) == "whenAppOpened";
    stage.claim(told, "each says when it takes effect: at a reader, or when the app is opened")?;
    let drift = stage.call("GET", &of("drift"), None, 200).await?;
    stage.claim(items(&drift).len() == 3, "until then all three are listed as differing")?;

    stage.say.happens("The keys visit a reader, the app is opened.")?;
    for key in &all {
        at_a_reader(stage, key)?;
    }
    let right = all.iter().all(|key| iloq::rights(&iloq::key(stage.iloq(), key)) == [2, 2, 2]);
    stage.claim(right, "what was wanted is on the keys")?;
    stage.call("POST", "/v1/jobs/refresh-keys", Some(serde_json::json!({})), 200).await?;
    let changes = stage.changes().await?;
    stage.show_changes(&changes)?;
    let count = |wanted: &str| changes.iter().filter(|(kind, user)| kind == wanted && user == USER).count();
    let told = count("key.status") == 3 && count("mobileKey.activated") == 1;
    stage.claim(
        told,
        "the portal is told that all three are programmed, and that the new phone has answered",
    )?;
    let drift = stage.call("GET", &of("drift"), None, 200).await?;
    stage.claim(items(&drift).is_empty(), "the job that follows keys has seen it: none differs")?;

    stage.iloq().reset_calls();
    let again = stage.call("PUT", &path, Some(wanted), 200).await?;
    let seen = stage.saw()?;
    stage.claim(all_are(&again, "unchanged") && seen.writes() == 0, "the same once more writes nothing")
}
