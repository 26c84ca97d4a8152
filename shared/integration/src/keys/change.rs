//! Work on several keys of a user at once: attached, changed, taken away; each key's failure is its own.

use sorted::SortedSet;

use futures::{StreamExt, stream};
use iloq_client::{IloqApi, Lookup};
use iloq_model::{AccessRight, Key, KeyId, PersonId};
use portal_api::types::{
    AttachKeys, Effective, ItemAction, ItemOutcome, ItemsAnswer, KeyItem, KeyRights, KeyType,
    PutAccessRights, PutKeys,
};

use super::{
    bring::{self, Brought, Wanted},
    holder, job,
    list::key_id,
    record::{KeyRecord, KeyStore},
    status,
    take_away::{Taken, take_away},
};
use crate::{
    blocking,
    http::{Answer, Call, new_id},
    platform::Platform,
    problem::Stop,
    system::System,
};

/// Keys that are worked on at the same time; each key has one writer.
const AT_ONCE: usize = 4;

/// `POST …/users/{user}/keys`: attaches keys; their API rights are then exactly these.
///
/// # Errors
/// What the caller is told of the request as a whole.
pub async fn attach<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let request = AttachKeys::read(call.members.clone())?;
    let work = Work { call, action: ItemAction::Attach, attach: true, dry_run: request.dry_run };
    work.run(&request.keys, None).await
}

/// `PUT …/users/{user}/keys`: exactly these keys of the type; others are taken away.
///
/// # Errors
/// What the caller is told of the request as a whole.
pub async fn put<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let request = PutKeys::read(call.members.clone())?;
    let work = Work { call, action: ItemAction::Attach, attach: true, dry_run: false };
    work.run(&request.keys, Some(request.key_type)).await
}

/// `PUT …/users/{user}/access-rights`: exactly these API rights on keys that the user has.
///
/// # Errors
/// What the caller is told of the request as a whole.
pub async fn rights<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let request = PutAccessRights::read(call.members.clone())?;
    let work = Work { call, action: ItemAction::Rights, attach: false, dry_run: request.dry_run };
    work.run(&request.keys, None).await
}

/// `DELETE …/users/{user}/keys/{key}`.
///
/// # Errors
/// What the caller is told of the request as a whole.
pub async fn detach<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let person = holder::holding(system, call.parameter("user"))?;
    let api = system.iloq()?;
    let id = key_id(call)?;
    let item = match api.key(id).await {
        Ok(Lookup::Found(key)) if key.person_id == Some(person) => remove(system, &api, &key).await,
        Ok(Lookup::Found(key)) if key.person_id.is_none() => {
            Ok(KeyItem::new(id, ItemAction::Detach, ItemOutcome::Unchanged).with_status(status::of(&key)))
        }
        Ok(_) => Err(portal_api::Problem::of(portal_api::Code::UnknownKey).into()),
        Err(error) => Err(error.into()),
    };
    api.kill_session(false).await;
    let item = match item {
        Ok(item) => item,
        Err(stop) if stop.stops_everybody() => return Err(system.problem(stop).into()),
        Err(stop) => KeyItem::failed(id, ItemAction::Detach, system.problem(stop)),
    };
    Ok(answer(vec![item]))
}

/// What a request does to keys.
struct Work<'c, 'a, P: Platform> {
    call: &'c Call<'a, P>,
    action: ItemAction,
    attach: bool,
    dry_run: bool,
}

impl<P: Platform> Work<'_, '_, P> {
    async fn run(&self, keys: &[KeyRights], only: Option<KeyType>) -> Result<Answer, Stop> {
        let system = self.call.system()?;
        let person = holder::person_of(system, self.call.parameter("user"))?;
        let api = system.iloq()?;
        let items = self.items(system, &api, person, keys, only).await;
        api.kill_session(false).await;
        Ok(answer(system.noted(items)?))
    }

    async fn items(
        &self,
        system: &System<'_, P>,
        api: &impl IloqApi,
        person: PersonId,
        keys: &[KeyRights],
        only: Option<KeyType>,
    ) -> Result<Vec<KeyItem>, Stop> {
        let definitions = api.access_rights().await?;
        let mut items: Vec<KeyItem> = stream::iter(keys)
            .map(|wanted| self.one(system, api, person, wanted, &definitions))
            .buffered(AT_ONCE)
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .collect::<Result<_, Stop>>()?;
        if let Some(kind) = only {
            let stay: SortedSet<KeyId> = keys.iter().map(|key| key.key_id).collect();
            let Lookup::Found(held) = api.person_keys(person).await? else { return Ok(items) };
            for key in held.iter().filter(|key| status::kind(key) == Some(kind) && !stay.contains(&key.id)) {
                let removed = remove(system, api, key).await;
                items.push(self.settled(system, key.id, ItemAction::Detach, removed)?);
            }
        }
        Ok(items)
    }

    async fn one(
        &self,
        system: &System<'_, P>,
        api: &impl IloqApi,
        person: PersonId,
        key: &KeyRights,
        definitions: &[AccessRight],
    ) -> Result<KeyItem, Stop> {
        let wanted = Wanted {
            user: self.call.parameter("user").to_owned(),
            person,
            attach: self.attach,
            rights: key.access_right_ids.clone(),
        };
        let (id, action) = (key.key_id, self.action);
        let outcome = set_rights(system, api, id, &wanted, definitions, action, self.dry_run).await;
        self.settled(system, key.key_id, self.action, outcome)
    }

    /// A fact about one key is that key's failure; what stops everybody stops the request.
    fn settled(
        &self,
        system: &System<'_, P>,
        id: KeyId,
        action: ItemAction,
        outcome: Result<KeyItem, Stop>,
    ) -> Result<KeyItem, Stop> {
        match outcome {
            Ok(item) => Ok(item),
            Err(stop) if stop.stops_everybody() => Err(stop),
            Err(stop) => Ok(KeyItem::failed(id, action, system.problem(stop))),
        }
    }
}

/// Brings one key to what is wanted and notes it. May be repeated.
///
/// # Errors
/// What is wrong with the key; `user-blocked` if a block came meanwhile, which then holds for this key too.
pub async fn set_rights<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: KeyId,
    wanted: &Wanted,
    definitions: &[AccessRight],
    action: ItemAction,
    dry_run: bool,
) -> Result<KeyItem, Stop> {
    let plan = bring::read(api, id, wanted, definitions).await?;
    if dry_run {
        let outcome = if plan.is_empty() { ItemOutcome::Unchanged } else { ItemOutcome::Ordered };
        return Ok(KeyItem::new(id, action, outcome).with_status(status::of(&plan.key)));
    }
    if plan.gives() {
        holder::not_blocked(system, &wanted.user)?;
    }
    let store = KeyStore::new(&system.space);
    let text = id.to_string();
    let before = store.get(&text)?;
    let mut record = before.clone().unwrap_or_default();
    record.user = Some(wanted.user.clone());
    record.wanted = Some(wanted.rights.clone());
    record.leaving = false;
    if before.as_ref() != Some(&record) {
        record.rev += 1;
        record.writer = new_id(system.platform.random());
        store.put(&text, &record)?;
    }
    let (takes, attached) = (!plan.rights.remove.is_empty(), plan.attach);
    let brought = match bring::bring(system, api, plan, wanted).await {
        Err(stop) if stop.is_block() => {
            give_up(system, api, id, wanted, attached).await?;
            return Err(stop);
        }
        brought => brought?,
    };
    if takes && brought.outcome != ItemOutcome::Unchanged {
        record.revoked_at.get_or_insert(system.now_ms());
    }
    bring::note(&mut record, &brought);
    record.waiting = brought.problem.clone().map(|problem| job::waiting(&record, problem, system.now_ms()));
    if before.as_ref() != Some(&record) {
        store.put(&text, &record)?;
    }
    Ok(item(id, action, &brought))
}

/// The user was blocked while a key was brought to the user, perhaps after the block looked for the keys:
/// one that was attached just now is taken away again; another was not ordered, and the block looks once more.
async fn give_up<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: KeyId,
    wanted: &Wanted,
    attached: bool,
) -> Result<(), Stop> {
    if !attached {
        return blocking::look_again(system, &wanted.user);
    }
    match api.key(id).await? {
        Lookup::Found(key) if key.person_id == Some(wanted.person) => {
            remove(system, api, &key).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// Takes a key away and notes it.
pub async fn remove<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    key: &Key,
) -> Result<KeyItem, Stop> {
    let store = KeyStore::new(&system.space);
    let id = key.id.to_string();
    let mut record = KeyRecord { leaving: true, ..store.get(&id)?.unwrap_or_default() };
    record.rev += 1;
    store.put(&id, &record)?;
    let mobile = status::kind(key) == Some(KeyType::Mobile);
    match take_away(api, key).await? {
        Taken::Away => {
            record = KeyRecord { rev: record.rev, wanted: Some(SortedSet::new()), ..KeyRecord::default() };
            if !mobile && key.is_programmed == Some(true) {
                record.revoked_at = Some(system.now_ms());
            }
            store.put(&id, &record)?;
            let outcome = if mobile { ItemOutcome::Returned } else { ItemOutcome::Removed };
            let effective = if mobile { Effective::WhenAppOpened } else { Effective::WhenProgrammed };
            Ok(KeyItem::new(key.id, ItemAction::Detach, outcome).with_effective(effective))
        }
        Taken::Kept(problem) => {
            record.waiting = Some(job::waiting(&record, (*problem).clone(), system.now_ms()));
            store.put(&id, &record)?;
            Ok(KeyItem::new(key.id, ItemAction::Detach, ItemOutcome::Pending).with_problem(*problem))
        }
    }
}

/// A key that was on its way out is found to be out: the call that took it away did not come to note it.
///
/// # Errors
/// The store's failure.
pub fn note_away<P: Platform>(system: &System<'_, P>, id: &str) -> Result<(), Stop> {
    let store = KeyStore::new(&system.space);
    let Some(record) = store.get(id)?.filter(|record| record.leaving) else { return Ok(()) };
    let on_key = record.seen.as_ref().is_some_and(|seen| !seen.programmed.is_empty());
    let away = KeyRecord {
        rev: record.rev,
        wanted: Some(SortedSet::new()),
        revoked_at: record.revoked_at.or_else(|| on_key.then(|| system.now_ms())),
        ..KeyRecord::default()
    };
    Ok(store.put(id, &away)?)
}

fn item(id: KeyId, action: ItemAction, brought: &Brought) -> KeyItem {
    let mut item = KeyItem::new(id, action, brought.outcome).with_status(status::of(&brought.key));
    if brought.outcome == ItemOutcome::Ordered {
        let mobile = status::kind(&brought.key) == Some(KeyType::Mobile);
        item = item.with_effective(if mobile { Effective::WhenAppOpened } else { Effective::WhenProgrammed });
    }
    match &brought.problem {
        Some(problem) => item.with_problem(problem.clone()),
        None => item,
    }
}

fn answer(items: Vec<KeyItem>) -> Answer {
    Answer::json(ItemsAnswer::status_of(&items), &ItemsAnswer { items })
}
