//! Ordering what is planned for a key.

use iloq_client::{IloqApi, Lookup};
use iloq_model::{CanOrder, KeyId, ProgrammingState};

use crate::problem::Stop;

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Placed now, or found placed after a lost answer.
    Ordered,
    /// `CanOrder` says no. `NotInPlanning` (4) is no refusal: nothing was waiting to be ordered.
    Refused(CanOrder),
}

/// `CanOrder`, then `Order`. May be repeated.
///
/// # Errors
/// iLOQ's error; after a lost answer, or if somebody else was quicker, the key's programming state decides.
pub async fn order(api: &impl IloqApi, key: KeyId) -> Result<Order, Stop> {
    match api.can_order(key).await? {
        CanOrder::Ok => {}
        code => return Ok(Order::Refused(code)),
    }
    match api.order(key).await {
        Ok(()) => Ok(Order::Ordered),
        Err(error) if error.outcome_unknown() || error.status() == Some(400) => {
            if is_ordered(api, key).await? { Ok(Order::Ordered) } else { Err(error.into()) }
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether nothing waits to be ordered, by the key's programming state.
///
/// # Errors
/// iLOQ's error.
pub async fn is_ordered(api: &impl IloqApi, key: KeyId) -> Result<bool, Stop> {
    let found = api.key(key).await?;
    Ok(matches!(found, Lookup::Found(now) if now.programming_state != Some(ProgrammingState::Planning)))
}
