//! After a lost answer, or if somebody else was quicker, iLOQ itself tells whether a write was done.

use iloq_client::Error;

use crate::problem::Stop;

/// The outcome of a write; if its answer was lost, or what it is about is not there any more, `made` reads whether
/// things are as it was to make them.
///
/// # Errors
/// The write's error, or that of reading.
pub async fn certain(
    outcome: Result<(), Error>,
    made: impl Future<Output = Result<bool, Stop>>,
) -> Result<(), Stop> {
    match outcome {
        Err(error) if error.outcome_unknown() || error.status() == Some(404) => {
            if made.await? {
                Ok(())
            } else {
                Err(error.into())
            }
        }
        outcome => Ok(outcome?),
    }
}
