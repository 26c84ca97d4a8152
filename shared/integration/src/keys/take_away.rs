//! Taking a key away from its holder: its API rights go, that is ordered, then it is detached. A phone key is
//! returned, or deleted if it was never programmed; while iLOQ allows neither, it is emptied.

use iloq_client::{IloqApi, Lookup, View};
use iloq_model::{
    AccessRight, AccessRightId, CanDeleteAccessRight, CanDeleteKey, CanOrder, CanReturn, Key, KeyTypeMask,
    ProgrammingState,
};
use portal_api::{Code, Problem, types::KeyStatus};

use super::{
    order::{Order, order},
    status, verdict,
};
use crate::{certain::certain, problem::Stop};

/// What became of the key.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// It is nobody's now, and stands so.
    Away(KeyStatus),
    /// A phone key was returned.
    Returned,
    /// A phone key that was never programmed was deleted.
    Deleted,
    /// The key is still its holder's.
    Kept(Kept),
}

/// A key that iLOQ does not allow to be taken away.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Why.
    pub problem: Problem,
    /// Its API rights are off in the plan.
    pub is_empty: bool,
    /// That is ordered: from the next programming on it opens nothing.
    pub is_ordered: bool,
    /// How it stands now.
    pub status: KeyStatus,
}

impl Kept {
    fn as_it_is(key: &Key, problem: Problem) -> Self {
        Self { problem, is_empty: false, is_ordered: false, status: status::of(key) }
    }
}

/// Takes `key` away from its holder. May be repeated: what is done already is not done again. `planned`: its rights, if
/// they were read just now.
///
/// # Errors
/// iLOQ's error; what was done stays, and the same call goes on.
pub async fn take_away(
    api: &impl IloqApi,
    key: &Key,
    planned: Option<Vec<AccessRight>>,
) -> Result<Taken, Stop> {
    match status::of(key) {
        KeyStatus::Deleted => return Ok(Taken::Deleted),
        KeyStatus::Returned => return Ok(Taken::Returned),
        _ => {}
    }
    let mut kept = None;
    if is_phone(key) {
        let taken = look_at_phone(api, key).await?;
        let outcome = match taken {
            Taken::Returned => api.return_key(key.id).await,
            Taken::Deleted => api.delete_key(key.id).await,
            _ => Ok(()),
        };
        gone(api, key, outcome).await?;
        match taken {
            // On the block list it opens nothing, and can't be changed.
            Taken::Kept(phone) if phone.problem.code != Code::KeyUnmodifiable => kept = Some(phone),
            taken => return Ok(taken),
        }
    }
    let emptied = empty(api, key, planned).await;
    let Some(kept) = kept else {
        return match emptied? {
            Ok(_) => detach(api, key).await,
            Err(refused) => Ok(Taken::Kept(refused)),
        };
    };
    // A phone may take its key at any moment: until it can be returned, it is empty at least.
    Ok(Taken::Kept(match emptied {
        Ok(Ok(status)) => Kept { is_empty: true, is_ordered: true, status, ..kept },
        Ok(Err(refused)) => Kept { problem: kept.problem, ..refused },
        Err(stop) if stop.stops_everybody() => return Err(stop),
        Err(_) => kept,
    }))
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
    let problem = verdict::keep_phone(may_return, may_delete, &fact(key));
    Ok(Taken::Kept(Kept::as_it_is(key, problem)))
}

/// After a lost answer the key itself tells whether it is gone.
async fn gone(api: &impl IloqApi, key: &Key, outcome: Result<(), iloq_client::Error>) -> Result<(), Stop> {
    let is_gone = async {
        Ok(match api.key(key.id).await? {
            Lookup::Found(now) => now.person_id.is_none() || !status::is_alive(status::of(&now)),
            Lookup::Absent => true,
        })
    };
    certain(outcome, is_gone).await
}

/// Takes the API rights off and orders that: how the key stands then. The inner error: iLOQ refuses that.
async fn empty(
    api: &impl IloqApi,
    key: &Key,
    planned: Option<Vec<AccessRight>>,
) -> Result<Result<KeyStatus, Kept>, Stop> {
    let planned = match planned {
        Some(planned) => planned,
        None => api.key_access_rights(key.id, View::Planned).await?.rights,
    };
    let ids: Vec<_> = planned.iter().filter(|right| right.is_api_right()).map(|r| r.id).collect();
    let may_go = match removable(api, key, ids, &fact(key)).await? {
        Ok(ids) => ids,
        Err(problem) => return Ok(Err(Kept::as_it_is(key, problem))),
    };
    for right in may_go {
        delete_right(api, key, right).await?;
    }
    Ok(match order(api, key.id).await? {
        Order::Ordered => Ok(standing(key, ProgrammingState::Ordered)),
        Order::Refused(CanOrder::NotInPlanning) => Ok(status::of(key)),
        // A licence is needed for the first order only: nothing was ever on the key.
        Order::Refused(CanOrder::LicenceLimit) if !is_phone(key) && key.is_programmed != Some(true) => {
            Ok(status::of(key))
        }
        // Until the removal is ordered the key still opens doors, so it stays its holder's.
        Order::Refused(code) => {
            let status = standing(key, ProgrammingState::Planning);
            Err(Kept { problem: verdict::order(code, &fact(key)), is_empty: true, is_ordered: false, status })
        }
    })
}

fn standing(key: &Key, state: ProgrammingState) -> KeyStatus {
    status::of(&Key { programming_state: Some(state), ..key.clone() })
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
    let Lookup::Found(mut now) = api.key(key.id).await? else { return Ok(Taken::Away(KeyStatus::Deleted)) };
    // Else it is nobody's already, or was given to somebody else meanwhile.
    if now.person_id.is_some() && now.person_id == key.person_id {
        now.person_id = None;
        let outcome = api.update_key(&now).await;
        gone(api, key, outcome).await?;
    }
    Ok(Taken::Away(status::of(&now)))
}

fn is_phone(key: &Key) -> bool {
    key.kind.unwrap_or_default().contains(KeyTypeMask::PHONE)
}

fn fact(key: &Key) -> String {
    let name = key.description.as_deref().unwrap_or_default();
    format!("The key {name} can't be taken away")
}
