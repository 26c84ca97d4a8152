//! Work on several keys of a user at once: attached, changed, those that are not wanted taken away; each key's failure
//! is its own.

use std::collections::BTreeSet;

use iloq_client::{IloqApi, Lookup};
use iloq_model::{AccessRight, KeyId, PersonId};
use portal_api::types::{
    AttachKeys, ItemAction, ItemOutcome, ItemsAnswer, KeyItem, KeyRights, KeyType, PutAccessRights, PutKeys,
};

use super::{bring::Wanted, detach::remove, holder, set_rights::set_rights, status};
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    side_by_side::in_order,
    system::System,
};

/// Keys that are worked on at the same time; each key has one writer.
pub const AT_ONCE: usize = 6;

/// `POST …/users/{user}/keys`: attaches keys; their API rights are then exactly these.
///
/// # Errors
/// What the caller is told of the request as a whole.
pub async fn attach<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let request = AttachKeys::read(call.members.clone())?;
    let work = Work { call, action: ItemAction::Attach, attach: true, only: None, dry_run: request.dry_run };
    work.run(&request.keys).await
}

/// `PUT …/users/{user}/keys`: exactly these keys of the type; others are taken away.
///
/// # Errors
/// What the caller is told of the request as a whole.
pub async fn put<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let request = PutKeys::read(call.members.clone())?;
    let work =
        Work { call, action: ItemAction::Attach, attach: true, only: Some(request.key_type), dry_run: false };
    work.run(&request.keys).await
}

/// `PUT …/users/{user}/access-rights`: exactly these API rights on keys that the user has.
///
/// # Errors
/// What the caller is told of the request as a whole.
pub async fn rights<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let request = PutAccessRights::read(call.members.clone())?;
    let work = Work { call, action: ItemAction::Rights, attach: false, only: None, dry_run: request.dry_run };
    work.run(&request.keys).await
}

/// What a request does to keys.
struct Work<'c, 'a, P: Platform> {
    call: &'c Call<'a, P>,
    action: ItemAction,
    attach: bool,
    /// Keys of this type, and all of the user's.
    only: Option<KeyType>,
    dry_run: bool,
}

impl<P: Platform> Work<'_, '_, P> {
    async fn run(&self, keys: &[KeyRights]) -> Result<Answer, Stop> {
        let system = self.call.system()?;
        let person = holder::person_of(system, self.call.parameter("user"))?;
        let api = system.iloq()?;
        let items = self.items(system, &api, person, keys).await;
        api.kill_session(false).await;
        Ok(answer(system.noted(items)?))
    }

    async fn items(
        &self,
        system: &System<'_, P>,
        api: &impl IloqApi,
        person: PersonId,
        keys: &[KeyRights],
    ) -> Result<Vec<KeyItem>, Stop> {
        let definitions = api.access_rights().await?;
        let works = keys.iter().map(|wanted| self.one(system, api, person, wanted, &definitions));
        let mut outcomes = in_order(AT_ONCE, works).await;
        if let Some(kind) = self.only
            && outcomes.iter().all(|(.., outcome)| outcome.is_ok())
        {
            let stay: BTreeSet<KeyId> = keys.iter().map(|key| key.key_id).collect();
            let held = match api.person_keys(person).await? {
                Lookup::Found(held) => held,
                Lookup::Absent => Vec::new(),
            };
            let go = held.iter().filter(|key| status::kind(key) == Some(kind) && !stay.contains(&key.id));
            let works = go.map(|key| async move {
                let removed = remove(system, api, key, None).await;
                let action = ItemAction::Detach;
                (key.id, action, item_or_failed(system, api, key.id, action, removed).await)
            });
            outcomes.extend(in_order(AT_ONCE, works).await);
        }
        partly(system, outcomes)
    }

    async fn one(
        &self,
        system: &System<'_, P>,
        api: &impl IloqApi,
        person: PersonId,
        key: &KeyRights,
        definitions: &[AccessRight],
    ) -> Of {
        let wanted = Wanted {
            user: self.call.parameter("user").to_owned(),
            person,
            attach: self.attach,
            only: self.only,
            rights: key.access_right_ids.clone(),
        };
        let (id, action) = (key.key_id, self.action);
        let outcome = set_rights(system, api, id, &wanted, definitions, action, self.dry_run).await;
        (id, action, item_or_failed(system, api, id, action, outcome).await)
    }
}

/// What became of a key.
type Of = (KeyId, ItemAction, Result<KeyItem, Stop>);

/// The items of a request of which something was done: then what stopped the rest is told of each key that it stopped.
///
/// # Errors
/// What stopped everything, or the store's failure.
fn partly<P: Platform>(system: &System<'_, P>, outcomes: Vec<Of>) -> Result<Vec<KeyItem>, Stop> {
    let is_done = |item: &KeyItem| !matches!(item.outcome, ItemOutcome::Failed | ItemOutcome::Unchanged);
    let done = outcomes.iter().any(|(.., outcome)| outcome.as_ref().is_ok_and(is_done));
    let item = |(id, action, outcome)| match outcome {
        Err(stop @ (Stop::Iloq(_) | Stop::Problem(_))) if done => {
            Ok(KeyItem::failed(id, action, system.problem(stop)))
        }
        outcome => outcome,
    };
    outcomes.into_iter().map(item).collect()
}

/// A fact about one key is that key's failure, and how the key stands is read; what stops everybody stops the request.
///
/// # Errors
/// What stops everybody.
pub async fn item_or_failed<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: KeyId,
    action: ItemAction,
    outcome: Result<KeyItem, Stop>,
) -> Result<KeyItem, Stop> {
    let stop = match outcome {
        Err(stop) if !stop.stops_everybody() => stop,
        outcome => return outcome,
    };
    let failed = KeyItem::failed(id, action, system.problem(stop));
    Ok(match api.key(id).await {
        Ok(Lookup::Found(key)) => failed.with_status(status::of(&key)),
        _ => failed,
    })
}

/// The answer about several keys.
pub fn answer(items: Vec<KeyItem>) -> Answer {
    Answer::json(ItemsAnswer::status_of(&items), &ItemsAnswer { items })
}
