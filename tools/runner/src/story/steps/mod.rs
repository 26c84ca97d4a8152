//! The steps of the story, in order. Each finds the house as the one before left it.

mod both_sides;
mod check;
mod connect;
mod delete;
mod dry_run;
mod first_sync;
mod gone;
mod keys;
mod logs;
mod lost;
mod manager_adds;
mod nothing_to_do;
mod outage;
mod phone;
mod portal_adds;
mod rights;
mod structure;

use anyhow::Result;

use super::stage::Stage;

/// The user that the portal makes.
const ANNA: &str = "anna";

/// Tells all steps.
///
/// # Errors
/// The first claim that does not hold.
pub(super) async fn all(stage: &mut Stage<'_>) -> Result<()> {
    connect::tell(stage).await?;
    check::tell(stage).await?;
    structure::tell(stage).await?;
    first_sync::tell(stage).await?;
    portal_adds::tell(stage).await?;
    manager_adds::tell(stage).await?;
    both_sides::tell(stage).await?;
    delete::tell(stage).await?;
    gone::tell(stage).await?;
    dry_run::tell(stage).await?;
    outage::tell(stage).await?;
    let held = keys::tell(stage).await?;
    let phone = phone::tell(stage, &held).await?;
    rights::tell(stage, &held, &phone).await?;
    lost::tell(stage, &held, &phone).await?;
    logs::tell(stage).await?;
    nothing_to_do::tell(stage).await
}
