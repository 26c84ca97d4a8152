//! After a lost answer, iLOQ itself tells whether a write was done.

use iloq_client::Error;

use crate::problem::Stop;

/// The outcome of a write; if its answer was lost, `made` reads whether it had its effect.
///
/// # Errors
/// The write's error, or that of reading.
pub async fn certain(
    outcome: Result<(), Error>,
    made: impl Future<Output = Result<bool, Stop>>,
) -> Result<(), Stop> {
    match outcome {
        Err(error) if error.outcome_unknown() => {
            if made.await? {
                Ok(())
            } else {
                Err(error.into())
            }
        }
        outcome => Ok(outcome?),
    }
}
