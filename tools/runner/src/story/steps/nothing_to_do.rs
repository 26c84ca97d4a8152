//! A sync that finds nothing new costs next to nothing.

use anyhow::Result;

use crate::story::stage::Stage;

pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<()> {
    stage.say.heading("Nothing to do", "The same sync once more, as it is on most days.")?;
    stage.iloq().reset_calls();
    let answer = stage.sync_users().await?;
    stage.counts(&answer)?;
    let seen = stage.saw()?;
    let counts = answer["counts"].as_object().into_iter().flatten();
    let changed = counts.filter(|(name, count)| *name != "unchanged" && **count != 0).count();
    stage.claim(changed == 0, "every user is unchanged")?;
    stage.claim(seen.count() == 1 && seen.writes() == 0, "one call to iLOQ, the listing, and no write")?;
    let changes = stage.changes().await?;
    stage.claim(changes.is_empty(), "the portal is told nothing new")
}
