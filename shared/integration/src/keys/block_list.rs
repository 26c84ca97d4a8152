//! The block list: keys that no lock lets in, whatever is on them.

use iloq_client::{IloqApi, Lookup};
use iloq_model::{BlockListChange, BlockListItem, CanOrderBlockList, Key, KeyId};
use portal_api::{
    Code, IloqCause, Problem, Time, cursor,
    types::{BlockListEntry, Effective, ItemAction, ItemOutcome, ItemsAnswer, KeyItem, List},
};

use super::{holder, list, list_order, status, verdict};
use crate::{
    certain::certain,
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    system::System,
};

/// `GET …/block-list`.
///
/// # Errors
/// What the caller is told.
pub async fn entries<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let after = match call.query.cursor() {
        None => String::new(),
        Some(text) => cursor::decode::<1>("cursor", "block-list", text)?.concat(),
    };
    let api = system.iloq()?;
    let outcome = async { Ok::<_, Stop>((api.block_list().await?, api.keys().await?)) };
    let outcome = outcome.await;
    api.kill_session(false).await;
    let (blocked, keys) = system.noted(outcome)?;
    let users = holder::users_by_person(system)?;
    let holder = |id: KeyId| {
        let person = keys.iter().find(|key| key.id == id)?.person_id?;
        users.get(&person).cloned()
    };
    let mut page: Vec<&BlockListItem> =
        blocked.items.iter().filter(|item| item.key_id.to_string() > after).collect();
    page.sort_by_key(|a| a.key_id);
    let more = page.len() > call.query.limit();
    page.truncate(call.query.limit());
    let next =
        page.last().filter(|_| more).map(|item| cursor::encode("block-list", &[&item.key_id.to_string()]));
    let items = page.into_iter().map(|item| entry(item, holder(item.key_id))).collect::<Vec<_>>();
    Ok(Answer::json(200, &List { items, next }))
}

fn entry(item: &BlockListItem, user: Option<String>) -> BlockListEntry {
    let key = Key { kind: item.kind, ..Key::new(item.key_id) };
    let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    BlockListEntry {
        key_id: item.key_id,
        key_type: status::kind(&key),
        name: item.name.clone().unwrap_or_default(),
        stamp: some(&item.stamp),
        user_id: user,
        person_name: some(&item.person_name),
        state: item.change.unwrap_or(BlockListChange::Unchanged).into(),
        listed_at: item.listed_at.as_ref().and_then(|at| Some(Time::new(at.utc().ok()?))),
    }
}

/// `PUT|DELETE …/block-list/{key}`; each orders the list.
///
/// # Errors
/// `unknown-key`; `key-unmodifiable` if iLOQ refuses; iLOQ's error.
pub async fn change<P: Platform>(call: &Call<'_, P>, on: bool) -> Result<Answer, Stop> {
    let system = call.system()?;
    if on {
        portal_api::types::read_nothing(call.members.clone())?;
    }
    let api = system.iloq()?;
    let id = list::key_id(call)?;
    let outcome = async {
        let Lookup::Found(key) = api.key(id).await? else { return Err(Problem::of(Code::UnknownKey).into()) };
        if on { block(system, &api, &key).await } else { unblock(system, &api, &key).await }
    };
    let outcome = outcome.await;
    api.kill_session(false).await;
    let items = vec![system.noted(outcome)?];
    Ok(Answer::json(ItemsAnswer::status_of(&items), &ItemsAnswer { items }))
}

/// Puts a key on the block list and orders the list. May be repeated.
///
/// # Errors
/// `key-unmodifiable` if iLOQ refuses (a key without a right); iLOQ's error.
pub async fn block<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    key: &Key,
) -> Result<KeyItem, Stop> {
    let listed = is_listed(api, key.id).await?;
    if !listed {
        may_add(api, key.id).await?;
        begun(system, add(api, key.id)).await?;
    }
    ordered(system, api, key, ItemAction::Block, listed).await
}

/// Takes a key off the block list and orders the list. May be repeated.
///
/// # Errors
/// `key-unmodifiable` if iLOQ refuses; iLOQ's error.
pub async fn unblock<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    key: &Key,
) -> Result<KeyItem, Stop> {
    let listed = is_listed(api, key.id).await?;
    if listed {
        begun(system, take_off(api, key.id)).await?;
    }
    ordered(system, api, key, ItemAction::Unblock, !listed).await
}

/// A change of the list, which the jobs order if the call dies.
async fn begun<P: Platform>(
    system: &System<'_, P>,
    change: impl Future<Output = Result<(), Stop>>,
) -> Result<(), Stop> {
    let noted = list_order::begin(system)?;
    let outcome = change.await;
    if noted && outcome.as_ref().is_err_and(|stop| !stop.is_passing()) {
        list_order::withdraw(system)?;
    }
    outcome
}

/// Whether a key that is not on the block list may be put there.
///
/// # Errors
/// `key-unmodifiable` if not; iLOQ's error.
pub async fn may_add(api: &impl IloqApi, id: KeyId) -> Result<(), Stop> {
    if api.can_block(id).await? {
        return Ok(());
    }
    let hint = "It may have no access right, or be of a kind that can't be listed.";
    Err(refused("Blacklists_CanAddKey", hint))
}

/// Puts a key on the block list, which has to be ordered then.
///
/// # Errors
/// iLOQ's error.
pub async fn add(api: &impl IloqApi, id: KeyId) -> Result<(), Stop> {
    match api.block(id).await {
        // Another call may have put it there in between.
        Err(error) if error.status() == Some(400) => {
            if is_listed(api, id).await? {
                Ok(())
            } else {
                Err(refused("Blacklists_AddKey", "Look at the key in iLOQ Manager."))
            }
        }
        outcome => certain(outcome, is_listed(api, id)).await,
    }
}

/// Takes a key off the block list, which has to be ordered then.
///
/// # Errors
/// `key-unmodifiable` if iLOQ refuses; iLOQ's error.
pub async fn take_off(api: &impl IloqApi, id: KeyId) -> Result<(), Stop> {
    if !api.can_unblock(id).await? {
        return Err(refused("Blacklists_CanRemoveKey", "It may have to be done in iLOQ Manager."));
    }
    certain(api.unblock(id).await, async { Ok(!is_listed(api, id).await?) }).await
}

async fn is_listed(api: &impl IloqApi, id: KeyId) -> Result<bool, Stop> {
    Ok(list::block_listed(api).await?.contains(&id))
}

async fn ordered<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    key: &Key,
    action: ItemAction,
    already: bool,
) -> Result<KeyItem, Stop> {
    let outcome = match (action, already) {
        (_, true) => ItemOutcome::Unchanged,
        (ItemAction::Block, false) => ItemOutcome::BlockListed,
        _ => ItemOutcome::Removed,
    };
    match order_list(api).await {
        Ok(refused) => {
            list_order::note(system, refused.as_ref())?;
            let item = |outcome| KeyItem::new(key.id, action, outcome).with_status(status::of(key));
            Ok(match refused {
                None => item(outcome).with_effective(Effective::WhenListSpreads),
                Some(problem) => item(ItemOutcome::ChangedNotOrdered).with_problem(problem),
            })
        }
        Err(stop @ Stop::State(_)) => Err(stop),
        Err(stop) => {
            // The list is changed: the jobs order it if the caller does not come again.
            let problem = system.problem(stop);
            list_order::note(system, Some(&problem))?;
            Err(problem.into())
        }
    }
}

/// Orders the block list if it has changed; why iLOQ refuses, if it does.
///
/// # Errors
/// iLOQ's error. Ordering again only spreads the same list, so after a lost answer it is asked again next time.
pub async fn order_list(api: &impl IloqApi) -> Result<Option<Problem>, Stop> {
    match api.can_order_block_list().await? {
        CanOrderBlockList::Ok => {}
        CanOrderBlockList::NothingToOrder => return Ok(None),
        code => return Ok(Some(verdict::order_block_list(code))),
    }
    match api.order_block_list().await {
        // Another call may have ordered it in between.
        Err(error) if error.status() == Some(400) => match api.can_order_block_list().await? {
            CanOrderBlockList::NothingToOrder => Ok(None),
            _ => Err(error.into()),
        },
        outcome => Ok(outcome.map(|()| None)?),
    }
}

fn refused(operation: &str, hint: &str) -> Stop {
    let fact = format!("iLOQ refuses to change the block list for this key. {hint}");
    Problem::because(Code::KeyUnmodifiable, &fact).with_iloq(IloqCause::operation(operation)).into()
}
