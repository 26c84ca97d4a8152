//! A locking system is connected.

use anyhow::Result;

use crate::story::{house::SYSTEM, stage::Stage, stage::row};

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.heading("Connect", "The portal's administrator puts the settings of a locking system.")?;
    let settings = stage.house.settings();
    let system = stage.call("PUT", &format!("/v1/systems/{SYSTEM}"), Some(settings), 201).await?;
    let members = ["id", "name", "serviceAddress", "userName", "passwordSet", "state"];
    stage.say.table(&members, &[row(&system, &members)])?;
    let seen = stage.saw()?;
    stage.claim(seen.count() == 0, "settings are stored without a call to iLOQ")?;
    let hidden = !system.to_string().contains(stage.house.password());
    stage.claim(hidden && system["passwordSet"] == true, "the password is kept (sealed) and never shown")
}
