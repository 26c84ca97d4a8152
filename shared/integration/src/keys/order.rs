//! Ordering what is planned for a key.

use iloq_client::{IloqApi, Lookup};
use iloq_model::{CanOrder, KeyId, ProgrammingState};

use portal_api::{Code, Problem};

use crate::problem::Stop;

/// So often another call may be quicker.
const ROUNDS: u32 = 3;

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
    let mut refused = None;
    for _ in 0..ROUNDS {
        match api.can_order(key).await? {
            CanOrder::Ok => {}
            code => return Ok(Order::Refused(code)),
        }
        let Err(error) = api.order(key).await else { return Ok(Order::Ordered) };
        let quicker = error.status() == Some(400);
        if !error.outcome_unknown() && !quicker {
            return Err(error.into());
        }
        if is_ordered(api, key).await? {
            return Ok(Order::Ordered);
        }
        if !quicker {
            return Err(error.into());
        }
        // Somebody else has ordered, and changed more since: that is what waits now.
        refused = Some(error);
    }
    Err(refused.map_or_else(|| Problem::of(Code::InProgress).into(), Stop::from))
}

/// Whether nothing waits to be ordered, by the key's programming state.
///
/// # Errors
/// iLOQ's error.
pub async fn is_ordered(api: &impl IloqApi, key: KeyId) -> Result<bool, Stop> {
    let found = api.key(key).await?;
    Ok(matches!(found, Lookup::Found(now) if now.programming_state != Some(ProgrammingState::Planning)))
}
