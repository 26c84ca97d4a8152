//! The one engine for a key's wanted state: what iLOQ has is read, compared, and changed with the fewest calls;
//! then that is ordered. Each step may be repeated, so that the same call after a crash goes on.

use sorted::SortedSet;

use iloq_client::{Error, IloqApi, Lookup, View};
use iloq_model::{AccessRight, AccessRightId, CanUpdateMainZone, Key, KeyId, PersonId, ProgrammingState};
use portal_api::{Code, IloqCause, Problem, types::ItemOutcome};

use super::{
    holder,
    order::{Order, order},
    record::{KeyRecord, Seen},
    rights::{Difference, api_rights},
    status,
};
use crate::{platform::Platform, problem::Stop, system::System, users::sync::facts};

/// After so many lost answers a key waits for the next call.
const ROUNDS: u32 = 3;

/// What a key is to be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The portal's user who holds it.
    pub user: String,
    /// That user's person.
    pub person: PersonId,
    /// Whether a key that is nobody's is attached; else it has to be the person's already.
    pub attach: bool,
    /// Exactly these API rights.
    pub rights: SortedSet<AccessRightId>,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Brought {
    /// The key as it is now, as far as it is known without another read.
    pub key: Key,
    /// In a word.
    pub outcome: ItemOutcome,
    /// Why the order was refused, if it was.
    pub problem: Option<Problem>,
    /// What is planned on it now, and what was on it.
    pub seen: Seen,
}

/// What would be done to a key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyPlan {
    /// The key as it was read.
    pub key: Key,
    /// Whether it is attached.
    pub attach: bool,
    /// Which rights come and go.
    pub rights: Difference,
    /// Whether changes wait to be ordered already.
    pub unordered: bool,
    planned: Vec<AccessRight>,
}

impl KeyPlan {
    /// A key that was just made and has never been ordered: `add` are the rights that it lacks.
    #[must_use]
    pub fn just_made(key: Key, add: Vec<AccessRightId>) -> Self {
        let rights = Difference { add, remove: Vec::new() };
        Self { key, attach: false, rights, unordered: true, planned: Vec::new() }
    }

    /// Whether the user is given something: the key itself, or a right.
    #[must_use]
    pub fn gives(&self) -> bool {
        self.attach || !self.rights.add.is_empty()
    }

    /// Whether nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.attach && self.rights.is_empty() && !self.unordered
    }
}

/// Reads a key and plans. Reads only.
///
/// # Errors
/// What is wrong with the key, or iLOQ's error.
pub async fn read(
    api: &impl IloqApi,
    id: KeyId,
    wanted: &Wanted,
    definitions: &[AccessRight],
) -> Result<KeyPlan, Stop> {
    let Lookup::Found(key) = api.key(id).await? else { return Err(Problem::of(Code::UnknownKey).into()) };
    let status = status::of(&key);
    if !status::is_alive(status) {
        let fact = format!("The key is {}.", status.name());
        return Err(Problem::because(Code::KeyUnmodifiable, &fact).into());
    }
    let attach = match key.person_id {
        Some(holder) if holder == wanted.person => false,
        None if wanted.attach => true,
        None => return Err(Problem::because(Code::UnknownKey, "The key is not this user's.").into()),
        Some(_) => return Err(Problem::of(Code::KeyAttachedToAnotherUser).into()),
    };
    super::rights::check(definitions, &wanted.rights)?;
    let planned = api.key_access_rights(id, View::Planned).await?.rights;
    let rights = Difference::between(&planned, &wanted.rights);
    let unordered = key.programming_state == Some(ProgrammingState::Planning);
    Ok(KeyPlan { key, attach, rights, unordered, planned })
}

/// Carries a plan out, and orders.
///
/// # Errors
/// `user-blocked` if a block came in between: what was given until then has to be taken again by the caller;
/// What iLOQ refuses, or its error; what was done stays, and the same call goes on.
pub async fn bring<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    mut plan: KeyPlan,
    wanted: &Wanted,
) -> Result<Brought, Stop> {
    let id = plan.key.id;
    let gives = plan.gives();
    let mut changed = false;
    if plan.attach {
        attach(api, &mut plan.key, wanted.person).await?;
        changed = true;
    }
    if !plan.rights.is_empty() {
        if gives {
            holder::not_blocked(system, &wanted.user)?;
        }
        change_rights(api, id, &mut plan, wanted).await?;
        changed = true;
    }
    let mut seen = Seen { at: system.now_ms(), planned: wanted.rights.clone(), ..Seen::default() };
    let is_on_key = !changed && !plan.unordered;
    seen.programmed = if is_on_key { api_rights(&plan.planned) } else { SortedSet::new() };
    if !changed && !plan.unordered {
        seen.programming = plan.key.programming_state.map_or(0, |s| s.code());
        return Ok(Brought { key: plan.key, outcome: ItemOutcome::Unchanged, problem: None, seen });
    }
    if plan.key.is_programmed != Some(true) {
        main_zone(system, api, id).await?;
    }
    if gives {
        holder::not_blocked(system, &wanted.user)?;
    }
    let outcome = match order(api, id).await? {
        Order::Ordered => {
            plan.key.programming_state = Some(ProgrammingState::Ordered);
            (ItemOutcome::Ordered, None)
        }
        // Nothing waits: the change was none for the key itself (a holder is not on it).
        Order::Refused(code) if code.code() == 4 => (ItemOutcome::Unchanged, None),
        Order::Refused(code) => {
            plan.key.programming_state = Some(ProgrammingState::Planning);
            (ItemOutcome::ChangedNotOrdered, Some(refused(code.code(), code.meaning())))
        }
    };
    seen.programming = plan.key.programming_state.map_or(0, |s| s.code());
    Ok(Brought { key: plan.key, outcome: outcome.0, problem: outcome.1, seen })
}

/// The problem of an order that iLOQ refused.
#[must_use]
pub fn refused(result: i32, meaning: &str) -> Problem {
    let code = match result {
        1 | 2 => Code::NeedsManager,
        3 => Code::LicenceLimit,
        _ => Code::OrderRefused,
    };
    let cause = IloqCause::operation("Keys_CanOrderKey").with_result("CanOrder", i64::from(result), meaning);
    Problem::because(code, &format!("iLOQ took the change but not the order: {meaning}.")).with_iloq(cause)
}

async fn attach(api: &impl IloqApi, key: &mut Key, person: PersonId) -> Result<(), Stop> {
    let mut wanted = key.clone();
    wanted.person_id = Some(person);
    match api.update_key(&wanted).await {
        Ok(()) => {}
        Err(error) if error.outcome_unknown() => match api.key(key.id).await? {
            Lookup::Found(now) if now.person_id == Some(person) => {}
            _ => return Err(error.into()),
        },
        Err(error) => return Err(error.into()),
    }
    *key = wanted;
    Ok(())
}

/// Gives first, takes after. A lost answer is followed by a new comparison.
async fn change_rights(
    api: &impl IloqApi,
    id: KeyId,
    plan: &mut KeyPlan,
    wanted: &Wanted,
) -> Result<(), Stop> {
    for _ in 0..ROUNDS {
        match change_once(api, id, &plan.rights).await {
            Ok(()) => return Ok(()),
            Err(Stop::Iloq(error)) if error.outcome_unknown() => {
                plan.planned = api.key_access_rights(id, View::Planned).await?.rights;
                plan.rights = Difference::between(&plan.planned, &wanted.rights);
                if plan.rights.is_empty() {
                    return Ok(());
                }
            }
            Err(stop) => return Err(stop),
        }
    }
    Err(Error::Lost {
        operation: "Keys_InsertSecurityAccess",
        cause: iloq_client::io::TransportError::Lost("several answers in a row".to_owned()),
    }
    .into())
}

async fn change_once(api: &impl IloqApi, id: KeyId, rights: &Difference) -> Result<(), Stop> {
    if !rights.add.is_empty() {
        let code = api.can_add_access_right(id).await?;
        let problem = match code.code() {
            1 => None,
            3 => Some(Code::TooManyRights),
            _ => Some(Code::KeyUnmodifiable),
        };
        if let Some(problem) = problem {
            return Err(unmodifiable(problem, "CanAdd", code.code(), code.meaning()));
        }
    }
    for right in &rights.add {
        api.add_access_right(id, *right).await?;
    }
    for right in &rights.remove {
        let code = api.can_delete_access_right(id, *right).await?;
        match code.code() {
            1 => api.delete_access_right(id, *right).await?,
            3 => {}
            _ => return Err(unmodifiable(Code::KeyUnmodifiable, "CanDelete", code.code(), code.meaning())),
        }
    }
    Ok(())
}

fn unmodifiable(code: Code, check: &str, result: i32, meaning: &str) -> Stop {
    let cause = IloqCause::operation(format!("Keys_{check}SecurityAccess")).with_result(
        check,
        i64::from(result),
        meaning,
    );
    Problem::because(code, &format!("iLOQ does not let this key be changed: {meaning}."))
        .with_iloq(cause)
        .into()
}

/// A key that was never ordered needs its main zone before the first order; afterwards it can't be set.
async fn main_zone<P: Platform>(system: &System<'_, P>, api: &impl IloqApi, id: KeyId) -> Result<(), Stop> {
    if api.can_update_main_zone(id).await? != CanUpdateMainZone::Ok {
        return Ok(());
    }
    match facts::default_zones(system, api).await?.first() {
        Some(zone) => match api.update_main_zone(id, *zone).await {
            Err(error) if error.outcome_unknown() && api.key_zones(id).await?.main == Some(*zone) => Ok(()),
            outcome => Ok(outcome?),
        },
        None => Ok(()),
    }
}

/// Notes what was seen and whether something has to be tried again.
pub fn note(record: &mut KeyRecord, brought: &Brought) {
    if brought.outcome == ItemOutcome::Ordered
        && let Some(invited) = &mut record.invitation
    {
        invited.went_with_the_order(brought.seen.at);
    }
    if let Some(before) = record.seen.take()
        && brought.outcome != ItemOutcome::Unchanged
    {
        record.seen = Some(Seen { programmed: before.programmed, ..brought.seen.clone() });
    } else {
        record.seen = Some(brought.seen.clone());
    }
}
