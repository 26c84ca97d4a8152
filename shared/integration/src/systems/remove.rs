//! `DELETE /v1/systems/{system}`.

use std::time::Duration;

use iloq_client::{IloqApi, io::Clock};

use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    state::Registry,
    system::System,
};

/// How long iLOQ is given to end the session.
const GOODBYE: Duration = Duration::from_secs(2);

/// Removes the system; its values are erased later. Nothing changes in iLOQ but the session that is kept, which
/// is ended if iLOQ can be asked to.
///
/// # Errors
/// The store's failure.
pub(super) async fn remove<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    Registry::new(call.platform.store()).remove(system.id)?;
    let end = call.end().min(call.platform.clock().monotonic() + GOODBYE);
    let leaving = System::new(
        call.platform,
        call.config,
        system.id,
        system.record.clone(),
        Some(end),
        call.traceparent,
    );
    // Without a kept session nothing is sent. A suspended system, or a secret that can't be opened, has no client:
    // its session ends by itself.
    if let Ok(api) = leaving.iloq() {
        api.kill_session(true).await;
    }
    Ok(Answer::empty(204))
}
