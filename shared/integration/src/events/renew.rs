//! The job `renew-subscriptions`: subscriptions are renewed before they end, made anew where iLOQ has lost them, and what an
//! earlier call left undone is done.

use iloq_client::IloqApi;
use portal_api::types::Counts;

use super::{
    bring::{Pass, locking_system, refused},
    store::Wanted,
    subscribe::leased,
};
use crate::{http::new_id, platform::Platform, problem::Stop, system::System};

/// One system's part. Without a subscription nothing is called.
///
/// # Errors
/// `in-progress` while a request changes the subscription; iLOQ's or the store's error, which the subscription then shows.
pub async fn renew<P: Platform>(system: &System<'_, P>) -> Result<Counts, Stop> {
    if Wanted::load(&system.space)?.is_none_or(|wanted| wanted.is_over()) {
        return Ok(Counts::new());
    }
    leased(system, &new_id(system.platform.random()), pass(system)).await
}

async fn pass<P: Platform>(system: &System<'_, P>) -> Result<Counts, Stop> {
    // Read again under the lease.
    let Some(mut wanted) = Wanted::load(&system.space)?.filter(|wanted| !wanted.is_over()) else {
        return Ok(Counts::new());
    };
    let before = wanted.clone();
    let outcome = work(system, &mut wanted).await;
    match system.noted(outcome) {
        Ok(counts) => {
            wanted.problem = None;
            note(system, &before, &wanted)?;
            Ok(counts)
        }
        Err(stop) => {
            let problem = stop.into_problem();
            wanted.problem = Some(problem.clone().brief());
            // The store may be what failed.
            let _ = note(system, &before, &wanted);
            Err(problem.into())
        }
    }
}

async fn work<P: Platform>(system: &System<'_, P>, wanted: &mut Wanted) -> Result<Counts, Stop> {
    let api = system.iloq()?;
    let outcome = async {
        let group = locking_system(&api).await?;
        let listed = api.webhook_subscriptions().await?;
        let mut pass = Pass { system, api: &api, group, counts: Counts::new() };
        pass.bring(wanted, &listed).await?;
        Ok(pass.counts)
    };
    let outcome: Result<Counts, Stop> = outcome.await;
    api.kill_session(false).await;
    outcome.map_err(refused)
}

/// Stores what has changed, unless a request has put something newer meanwhile.
fn note<P: Platform>(system: &System<'_, P>, before: &Wanted, wanted: &Wanted) -> Result<(), Stop> {
    if before == wanted {
        return Ok(());
    }
    if Wanted::load(&system.space)?.is_some_and(|now| now.rev == wanted.rev) {
        wanted.store(&system.space)?;
    }
    Ok(())
}
