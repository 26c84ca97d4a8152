//! The one engine for a key's wanted state: what iLOQ has is read, compared, and changed with the fewest calls;
//! then that is ordered. Each step may be repeated, so that the same call after a crash goes on.

use std::collections::BTreeSet;

use iloq_client::{Error, IloqApi, Lookup, View};
use iloq_model::{
    AccessRight, AccessRightId, CanAddAccessRight, CanOrder, CanUpdateMainZone, Key, KeyId, PersonId,
    ProgrammingState,
};
use portal_api::{
    Code, Problem,
    types::{Effective, ItemAction, ItemOutcome, KeyItem, KeyType},
};

use super::{
    holder,
    order::{Order, is_ordered, order},
    record::{KeyRecord, Seen},
    rights::{Difference, api_rights},
    status,
    take_away::removable,
    verdict,
};
use crate::{platform::Platform, problem::Stop, state::licence, system::System, users::sync::facts};

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
    /// The only type that it may be of.
    pub only: Option<KeyType>,
    /// Exactly these API rights.
    pub rights: BTreeSet<AccessRightId>,
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

impl Brought {
    /// What is told of it.
    #[must_use]
    pub fn item(&self, action: ItemAction) -> KeyItem {
        let item = item(&self.key, action, self.outcome);
        match &self.problem {
            Some(problem) => item.with_problem(problem.clone()),
            None => item,
        }
    }
}

fn item(key: &Key, action: ItemAction, outcome: ItemOutcome) -> KeyItem {
    let mut item = KeyItem::new(key.id, action, outcome).with_status(status::of(key));
    if outcome == ItemOutcome::Ordered {
        item.effective = Some(match status::kind(key) {
            Some(KeyType::Mobile) => Effective::WhenAppOpened,
            // There is nothing to be programmed: the order is the whole of it.
            Some(KeyType::Tag) => Effective::Now,
            _ => Effective::WhenProgrammed,
        });
    }
    item
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
    /// Whether there is no room for the rights that come before the others have gone.
    is_full: bool,
    planned: Vec<AccessRight>,
}

impl KeyPlan {
    /// What is to be done to a key that was read, whose API rights in the plan are among `planned`.
    #[must_use]
    pub fn new(
        key: Key,
        attach: bool,
        rights: Difference,
        unordered: bool,
        planned: Vec<AccessRight>,
    ) -> Self {
        Self { key, attach, rights, unordered, is_full: false, planned }
    }

    /// A key that was just made and has never been ordered: `add` are the rights that it lacks.
    #[must_use]
    pub fn just_made(key: Key, add: Vec<AccessRightId>) -> Self {
        let rights = Difference { add, remove: Vec::new() };
        Self { key, attach: false, rights, unordered: true, is_full: false, planned: Vec::new() }
    }

    /// What would be told of it.
    #[must_use]
    pub fn item(&self, action: ItemAction) -> KeyItem {
        item(&self.key, action, if self.is_empty() { ItemOutcome::Unchanged } else { ItemOutcome::Ordered })
    }

    /// Whether the user is given something: the key itself, or a right.
    #[must_use]
    pub fn gives(&self) -> bool {
        self.attach || !self.rights.add.is_empty()
    }

    /// The API rights that were in the plan when it was read.
    #[must_use]
    pub fn had(&self) -> BTreeSet<AccessRightId> {
        api_rights(&self.planned)
    }

    /// Whether rights are taken off a key that has been programmed.
    #[must_use]
    pub fn revokes(&self) -> bool {
        !self.rights.remove.is_empty() && self.key.is_programmed == Some(true)
    }

    /// Whether nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.attach && self.rights.is_empty() && !self.unordered
    }
}

/// Reads a key and plans; asks iLOQ whether the rights may come and go. Reads only.
///
/// # Errors
/// What is wrong with the key, what iLOQ does not allow, or its error.
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
    if let Some(only) = wanted.only.filter(|only| status::kind(&key) != Some(*only)) {
        let fact = format!("The key is of another type than {}.", only.name());
        return Err(Problem::because(Code::InvalidRequest, &fact).into());
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
    let mut plan = KeyPlan::new(key, attach, rights, unordered, planned);
    permitted(api, &mut plan).await?;
    Ok(plan)
}

/// Carries a plan out that iLOQ has been asked about, and orders.
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
    let changes = !plan.rights.is_empty();
    let changed = plan.attach || changes;
    if gives && changed {
        holder::not_blocked(system, &wanted.user)?;
    }
    if plan.attach {
        attach(api, &mut plan.key, wanted.person).await?;
        if gives && changes {
            holder::not_blocked(system, &wanted.user)?;
        }
    }
    if changes {
        change_rights(api, id, &mut plan, wanted).await?;
    }
    let mut seen = Seen { at: system.now_ms(), planned: wanted.rights.clone(), ..Seen::default() };
    // What is planned is what is on it.
    if !changes && is_on_key(&plan.key) {
        seen.programmed = api_rights(&plan.planned);
    }
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
    let ordered = order_changes(api, id, changes).await?;
    note_licence(system, plan.key.is_programmed != Some(true), &ordered)?;
    let outcome = match ordered {
        Order::Ordered => {
            let is_tag = status::kind(&plan.key) == Some(KeyType::Tag);
            let then = if is_tag { ProgrammingState::Programmed } else { ProgrammingState::Ordered };
            plan.key.programming_state = Some(then);
            (ItemOutcome::Ordered, None)
        }
        // The change was none for the key itself: a holder is not on it.
        Order::Refused(CanOrder::NotInPlanning) if !changes => (ItemOutcome::Unchanged, None),
        Order::Refused(code) => {
            plan.key.programming_state = Some(ProgrammingState::Planning);
            (ItemOutcome::ChangedNotOrdered, Some(refused(code)))
        }
    };
    seen.programming = plan.key.programming_state.map_or(0, |s| s.code());
    Ok(Brought { key: plan.key, outcome: outcome.0, problem: outcome.1, seen })
}

/// Notes whether the licence allowed an order, for the check; it limits only a key's `first` one.
///
/// # Errors
/// The store's failure.
pub fn note_licence<P: Platform>(system: &System<'_, P>, first: bool, ordered: &Order) -> Result<(), Stop> {
    match ordered {
        Order::Refused(CanOrder::LicenceLimit) => licence::met(&system.space, system.now_ms())?,
        Order::Ordered if first => licence::passed(&system.space)?,
        _ => {}
    }
    Ok(())
}

/// Orders. If there are changes and nothing waits to be ordered, another call has ordered them; if the key says
/// otherwise a moment later, that call has changed more.
async fn order_changes(api: &impl IloqApi, id: KeyId, changes: bool) -> Result<Order, Stop> {
    let mut ordered = order(api, id).await?;
    for _ in 0..ROUNDS {
        if !changes || ordered != Order::Refused(CanOrder::NotInPlanning) {
            break;
        }
        if is_ordered(api, id).await? {
            return Ok(Order::Ordered);
        }
        ordered = order(api, id).await?;
    }
    Ok(ordered)
}

/// The problem of an order that iLOQ refused.
#[must_use]
pub fn refused(code: CanOrder) -> Problem {
    verdict::order(code, "iLOQ took the change but not the order")
}

/// Asks iLOQ whether the rights may come and go; those that are not there need not go.
///
/// # Errors
/// What iLOQ does not allow, or its error.
pub async fn permitted(api: &impl IloqApi, plan: &mut KeyPlan) -> Result<(), Stop> {
    if !plan.rights.add.is_empty() {
        match api.can_add_access_right(plan.key.id).await? {
            CanAddAccessRight::Ok => {}
            CanAddAccessRight::TooManyRights if !plan.rights.remove.is_empty() => plan.is_full = true,
            code => return Err(verdict::add_right(code).into()),
        }
    }
    let fact = "iLOQ does not let this key be changed";
    match removable(api, &plan.key, std::mem::take(&mut plan.rights.remove), fact).await? {
        Ok(there) => plan.rights.remove = there,
        Err(problem) => return Err(Stop::Problem(problem)),
    }
    Ok(())
}

/// Attaches a key that is nobody's. A record that has changed meanwhile is read anew, once.
async fn attach(api: &impl IloqApi, key: &mut Key, person: PersonId) -> Result<(), Stop> {
    for last in [false, true] {
        let mut wanted = key.clone();
        wanted.person_id = Some(person);
        let error = match api.update_key(&wanted).await {
            Ok(()) => {
                *key = wanted;
                return Ok(());
            }
            Err(error) => error,
        };
        if !error.outcome_unknown() && error.status() != Some(400) {
            return Err(error.into());
        }
        match api.key(key.id).await? {
            Lookup::Found(now) if now.person_id == Some(person) => {
                *key = now;
                return Ok(());
            }
            Lookup::Found(now) if !last && now.person_id.is_none() && now != *key => *key = now,
            Lookup::Found(now) if now.person_id.is_some() => {
                return Err(Problem::of(Code::KeyAttachedToAnotherUser).into());
            }
            _ => return Err(error.into()),
        }
    }
    Ok(())
}

/// Gives first, takes after, unless there is no room for that. A lost answer, or a refusal because another call was
/// quicker, is followed by a new comparison.
async fn change_rights(
    api: &impl IloqApi,
    id: KeyId,
    plan: &mut KeyPlan,
    wanted: &Wanted,
) -> Result<(), Stop> {
    let mut lost = None;
    for _ in 0..ROUNDS {
        match change_once(api, id, &plan.rights, plan.is_full).await {
            Ok(()) => return Ok(()),
            Err(error) if error.outcome_unknown() || error.status() == Some(400) => {
                plan.planned = api.key_access_rights(id, View::Planned).await?.rights;
                let rights = Difference::between(&plan.planned, &wanted.rights);
                // The same is still to be done: then it is no race, but iLOQ's last word.
                let too_many = !error.outcome_unknown()
                    && !rights.add.is_empty()
                    && api.can_add_access_right(id).await? == CanAddAccessRight::TooManyRights;
                if too_many && !plan.is_full && !rights.remove.is_empty() {
                    plan.is_full = true;
                } else if too_many {
                    return Err(verdict::add_right(CanAddAccessRight::TooManyRights).into());
                } else if !error.outcome_unknown() && rights == plan.rights {
                    return Err(error.into());
                }
                plan.rights = rights;
                lost = Some(error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    if plan.rights.is_empty() {
        return Ok(());
    }
    Err(lost.map_or_else(|| Problem::of(Code::IloqUnavailable).into(), Stop::from))
}

async fn change_once(
    api: &impl IloqApi,
    id: KeyId,
    rights: &Difference,
    takes_first: bool,
) -> Result<(), Error> {
    for gives in [!takes_first, takes_first] {
        for right in if gives { &rights.add } else { &rights.remove } {
            if gives {
                api.add_access_right(id, *right).await?;
            } else {
                api.delete_access_right(id, *right).await?;
            }
        }
    }
    Ok(())
}

/// A key that was never ordered needs its main zone before the first order; afterwards it can't be set.
///
/// # Errors
/// iLOQ's or the store's error.
pub async fn main_zone<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: KeyId,
) -> Result<(), Stop> {
    if api.can_update_main_zone(id).await? != CanUpdateMainZone::Ok {
        return Ok(());
    }
    let Some(zone) = facts::default_zones(system, api).await?.first().copied() else { return Ok(()) };
    match api.update_main_zone(id, zone).await {
        Err(error) if error.outcome_unknown() && api.key_zones(id).await?.main == Some(zone) => Ok(()),
        // Ordered by another call meanwhile.
        Err(error)
            if error.status() == Some(400)
                && api.can_update_main_zone(id).await? != CanUpdateMainZone::Ok =>
        {
            Ok(())
        }
        outcome => Ok(outcome?),
    }
}

/// Whether the plan of a key is what is on it.
fn is_on_key(key: &Key) -> bool {
    key.programming_state == Some(ProgrammingState::Programmed)
}

/// Notes what was seen and whether something has to be tried again.
pub fn note(record: &mut KeyRecord, brought: &Brought) {
    if brought.outcome == ItemOutcome::Ordered
        && let Some(invited) = &mut record.invitation
    {
        invited.went_with_the_order(brought.seen.at);
    }
    let mut seen = brought.seen.clone();
    // What an earlier order has put there stays until the next one is programmed.
    if let Some(before) = record.seen.take()
        && !is_on_key(&brought.key)
    {
        seen.programmed = before.programmed;
    }
    record.now_seen(seen);
}
