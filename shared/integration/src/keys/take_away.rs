//! Taking a key away from its holder: its API rights go, that is ordered, then it is detached. A phone key is
//! returned, or deleted if it was never programmed.

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{AccessRightId, CanDeleteAccessRight, CanDeleteKey, CanOrder, CanReturn, Key, KeyTypeMask};
use portal_api::{Problem, types::KeyStatus};

use super::{
    order::{Order, order},
    status, verdict,
};
use crate::problem::Stop;

/// What became of the key.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// It is nobody's now.
    Away,
    /// A phone key was returned.
    Returned,
    /// A phone key that was never programmed was deleted.
    Deleted,
    /// iLOQ does not allow it, for this reason; the key is still its holder's.
    Kept(Problem),
}

/// Takes `key` away from its holder. May be repeated: what is done already is not done again.
///
/// # Errors
/// iLOQ's error; what was done stays, and the same call goes on.
pub async fn take_away(api: &impl IloqApi, key: &Key) -> Result<Taken, Stop> {
    match status::of(key) {
        KeyStatus::Deleted => return Ok(Taken::Deleted),
        KeyStatus::Returned => return Ok(Taken::Returned),
        _ => {}
    }
    if !key.kind.unwrap_or_default().contains(KeyTypeMask::PHONE) {
        return physical(api, key).await;
    }
    let taken = look_at_phone(api, key).await?;
    let outcome = match taken {
        Taken::Returned => api.return_key(key.id).await,
        Taken::Deleted => api.delete_key(key.id).await,
        kept => return Ok(kept),
    };
    gone(api, key, outcome).await?;
    Ok(taken)
}

/// What would become of a phone key. Reads only: `CanReturn`, and `CanDelete` if that says no.
///
/// # Errors
/// iLOQ's error.
pub async fn look_at_phone(api: &impl IloqApi, key: &Key) -> Result<Taken, Stop> {
    let may_return = api.can_return(key.id).await?;
    if may_return == CanReturn::Ok {
        return Ok(Taken::Returned);
    }
    let may_delete = api.can_delete_key(key.id).await?;
    if may_delete == CanDeleteKey::Ok {
        return Ok(Taken::Deleted);
    }
    Ok(Taken::Kept(verdict::keep_phone(may_return, may_delete, &fact(key))))
}

/// After a lost answer the key itself tells whether it is gone.
async fn gone(api: &impl IloqApi, key: &Key, outcome: Result<(), iloq_client::Error>) -> Result<(), Stop> {
    match outcome {
        Ok(()) => Ok(()),
        Err(error) if error.outcome_unknown() => match api.key(key.id).await? {
            Lookup::Found(now) if now.person_id.is_some() && status::is_alive(status::of(&now)) => {
                Err(error.into())
            }
            _ => Ok(()),
        },
        Err(error) => Err(error.into()),
    }
}

async fn physical(api: &impl IloqApi, key: &Key) -> Result<Taken, Stop> {
    let planned = api.key_access_rights(key.id, View::Planned).await?;
    let ids: Vec<_> = planned.rights.iter().filter(|right| right.is_api_right()).map(|r| r.id).collect();
    let may_go = match removable(api, key, ids, &fact(key)).await? {
        Ok(ids) => ids,
        Err(problem) => return Ok(Taken::Kept(problem)),
    };
    for right in may_go {
        delete_right(api, key, right).await?;
    }
    match order(api, key.id).await? {
        Order::Ordered | Order::Refused(CanOrder::NotInPlanning) => {}
        // Until the removal is ordered the key still opens doors, so it stays its holder's.
        Order::Refused(code) => return Ok(Taken::Kept(verdict::order(code, &fact(key)))),
    }
    detach(api, key).await
}

/// After a lost answer, or if another call was quicker, the plan tells whether the right is gone.
async fn delete_right(api: &impl IloqApi, key: &Key, right: AccessRightId) -> Result<(), Stop> {
    match api.delete_access_right(key.id, right).await {
        Err(error) if error.outcome_unknown() || error.status() == Some(400) => {
            let planned = api.key_access_rights(key.id, View::Planned).await?;
            if planned.rights.iter().any(|there| there.id == right) { Err(error.into()) } else { Ok(()) }
        }
        outcome => Ok(outcome?),
    }
}

/// Those of the rights that are there to be taken off. All are asked for before the first goes, so that a refusal
/// leaves the key as it is: the inner error.
///
/// # Errors
/// iLOQ's error.
pub async fn removable(
    api: &impl IloqApi,
    key: &Key,
    rights: Vec<AccessRightId>,
    fact: &str,
) -> Result<Result<Vec<AccessRightId>, Problem>, Stop> {
    let mut there = Vec::with_capacity(rights.len());
    for right in rights {
        match api.can_delete_access_right(key.id, right).await? {
            CanDeleteAccessRight::Ok => there.push(right),
            CanDeleteAccessRight::NotOnKey => {}
            code => return Ok(Err(verdict::delete_right(code, fact))),
        }
    }
    Ok(Ok(there))
}

async fn detach(api: &impl IloqApi, key: &Key) -> Result<Taken, Stop> {
    // Read anew: the order has changed the record.
    let Lookup::Found(mut now) = api.key(key.id).await? else { return Ok(Taken::Away) };
    // Nobody's, or given to somebody else meanwhile.
    if now.person_id != key.person_id || now.person_id.is_none() {
        return Ok(Taken::Away);
    }
    now.person_id = None;
    let outcome = api.update_key(&now).await;
    gone(api, key, outcome).await?;
    Ok(Taken::Away)
}

fn fact(key: &Key) -> String {
    let name = key.description.as_deref().unwrap_or_default();
    format!("The key {name} can't be taken away")
}
