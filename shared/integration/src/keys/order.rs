//! Ordering what is planned for a key.

use iloq_client::{IloqApi, Lookup};
use iloq_model::{CanOrder, KeyId, ProgrammingState};

use crate::problem::Stop;

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Placed now, or found placed after a lost answer.
    Ordered,
    /// `CanOrder` says no. `WrongState` (4) is no refusal: nothing was waiting to be ordered.
    Refused(CanOrder),
}

/// `CanOrder`, then `Order`. May be repeated.
///
/// # Errors
/// iLOQ's error; after a lost answer the key's programming state decides.
pub async fn order(api: &impl IloqApi, key: KeyId) -> Result<Order, Stop> {
    match api.can_order(key).await? {
        code if code.code() == 0 => {}
        code => return Ok(Order::Refused(code)),
    }
    match api.order(key).await {
        Ok(()) => Ok(Order::Ordered),
        Err(error) if error.outcome_unknown() => match api.key(key).await? {
            Lookup::Found(now) if now.programming_state != Some(ProgrammingState::Planning) => {
                Ok(Order::Ordered)
            }
            _ => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}
