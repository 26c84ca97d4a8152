//! Taking a key away from its holder: its API rights go, that is ordered, then it is detached. A phone key is
//! returned, or deleted if it was never programmed.

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{Key, KeyTypeMask};
use portal_api::{Code, IloqCause, Problem};

use super::order::{Order, order};
use crate::problem::Stop;

/// `CanOrder`: there is nothing that waits to be ordered.
const NOTHING_TO_ORDER: i32 = 4;
/// `CanDelete` of an access right: the go-ahead, and "the key does not have it".
const MAY_GO: i32 = 1;
const NOT_THERE: i32 = 3;

/// What became of the key.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// It is nobody's now.
    Away,
    /// iLOQ does not allow it, for this reason; the key is still its holder's.
    Kept(Box<Problem>),
}

/// Takes `key` away from its holder. May be repeated: what is done already is not done again.
///
/// # Errors
/// iLOQ's error; what was done stays, and the same call goes on.
pub async fn take_away(api: &impl IloqApi, key: &Key) -> Result<Taken, Stop> {
    if key.kind.unwrap_or_default().contains(KeyTypeMask::PHONE) {
        phone(api, key).await
    } else {
        physical(api, key).await
    }
}

async fn phone(api: &impl IloqApi, key: &Key) -> Result<Taken, Stop> {
    let may_return = api.can_return(key.id).await?;
    if may_return.code() == 0 {
        let outcome = api.return_key(key.id).await;
        return settled(api, key, outcome).await;
    }
    let may_delete = api.can_delete_key(key.id).await?;
    if may_delete.code() == 0 {
        let outcome = api.delete_key(key.id).await;
        return settled(api, key, outcome).await;
    }
    let refused = (may_return.code(), may_return.meaning());
    Ok(kept(key, "Keys_CanReturnKey", "CanReturn", refused, Code::NeedsManager))
}

/// After a lost answer the key itself tells whether it is gone.
async fn settled(
    api: &impl IloqApi,
    key: &Key,
    outcome: Result<(), iloq_client::Error>,
) -> Result<Taken, Stop> {
    match outcome {
        Ok(()) => Ok(Taken::Away),
        Err(error) if error.outcome_unknown() => match api.key(key.id).await? {
            Lookup::Found(now) if now.person_id.is_some() => Err(error.into()),
            _ => Ok(Taken::Away),
        },
        Err(error) => Err(error.into()),
    }
}

async fn physical(api: &impl IloqApi, key: &Key) -> Result<Taken, Stop> {
    let planned = api.key_access_rights(key.id, View::Planned).await?;
    for right in planned.rights.iter().filter(|right| right.is_api_right()) {
        match api.can_delete_access_right(key.id, right.id).await? {
            code if code.code() == MAY_GO => api.delete_access_right(key.id, right.id).await?,
            code if code.code() == NOT_THERE => {}
            code => {
                let refused = (code.code(), code.meaning());
                return Ok(kept(
                    key,
                    "Keys_CanDeleteSecurityAccess",
                    "CanDelete",
                    refused,
                    Code::KeyUnmodifiable,
                ));
            }
        }
    }
    match order(api, key.id).await? {
        Order::Ordered => {}
        Order::Refused(code) if code.code() == NOTHING_TO_ORDER => {}
        // Until the removal is ordered the key still opens doors, so it stays its holder's.
        Order::Refused(code) => {
            let refused = (code.code(), code.meaning());
            let problem = if matches!(code.code(), 1 | 2) { Code::NeedsManager } else { Code::OrderRefused };
            return Ok(kept(key, "Keys_CanOrderKey", "CanOrder", refused, problem));
        }
    }
    detach(api, key).await
}

async fn detach(api: &impl IloqApi, key: &Key) -> Result<Taken, Stop> {
    // Read anew: the order has changed the record.
    let Lookup::Found(mut now) = api.key(key.id).await? else { return Ok(Taken::Away) };
    if now.person_id.is_none() {
        return Ok(Taken::Away);
    }
    now.person_id = None;
    let outcome = api.update_key(&now).await;
    settled(api, key, outcome).await
}

fn kept(key: &Key, operation: &str, check: &str, (result, meaning): (i32, &str), code: Code) -> Taken {
    let name = key.description.as_deref().unwrap_or_default();
    let fact = format!("The key {name} can't be taken away: {meaning}.");
    let cause = IloqCause::operation(operation).with_result(check, i64::from(result), meaning);
    Taken::Kept(Box::new(Problem::because(code, &fact).with_iloq(cause)))
}
