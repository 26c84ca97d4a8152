//! The API rights of one key: the wish is stored, iLOQ brought to it, the end noted, and a last look taken.

use std::time::Duration;

use iloq_client::{IloqApi, Lookup, View, io::Clock};
use iloq_model::{AccessRight, AccessRightId, KeyId};
use portal_api::{
    Code, Problem,
    types::{ItemAction, KeyItem},
};

use std::collections::BTreeSet;

use super::{
    bring::{self, Brought, KeyPlan, Wanted},
    detach::remove,
    holder, job,
    record::{KeyRecord, KeyStore, Mark},
    rights::api_rights,
    settle,
};
use crate::{blocking, http::new_id, platform::Platform, problem::Stop, system::System};

/// Brings one key to what is wanted and notes it. May be repeated, and may run beside other work on the same key:
/// then what was stored last stands wholly.
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
    let store = KeyStore::new(&system.space);
    let text = id.to_string();
    let mark = store.mark(&text)?;
    let plan = bring::read(api, id, wanted, definitions).await;
    if dry_run {
        return Ok(plan?.item(action));
    }
    let before = store.get(&text)?;
    let mut record = before.clone().unwrap_or_default();
    let plan = match plan {
        Err(stop) if stop.is(Code::KeyAttachedToAnotherUser) => {
            // A request of this user's that was refused the same may have died before it could withdraw.
            if record.working && !record.leaving && record.user.as_ref() == Some(&wanted.user) {
                store.withdraw(&text, &record, None)?;
            }
            return Err(stop);
        }
        plan => plan?,
    };
    if plan.gives() {
        holder::not_blocked(system, &wanted.user)?;
    }
    record.user = Some(wanted.user.clone()).filter(|user| !user.is_empty());
    record.wanted = Some(wanted.rights.clone());
    record.leaving = false;
    // Noted before, so that it is not lost with the answer.
    record.revoking |= plan.revokes();
    record.working |= !plan.is_empty();
    if before.as_ref() != Some(&record) || record.working {
        record.rev += 1;
        record.writer = new_id(system.platform.random());
        (record.begun_at, record.attach) = (system.now_ms(), wanted.attach);
        store.intend(&text, &record)?;
    }
    let now = Change { system, api, id, store, text, wanted, before, record };
    now.make(mark, plan, definitions).await.map(|brought| brought.item(action))
}

/// How long a request of another user for the same free key is waited for; one that died holds it up for no longer.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A change of one key whose wish is stored.
struct Change<'s, 'a, P: Platform, A> {
    system: &'s System<'a, P>,
    api: &'s A,
    id: KeyId,
    store: KeyStore<'s, P::Store>,
    /// The key's id as the store has it.
    text: String,
    wanted: &'s Wanted,
    /// The key's record before.
    before: Option<KeyRecord>,
    /// The wish.
    record: KeyRecord,
}

impl<P: Platform, A: IloqApi> Change<'_, '_, P, A> {
    async fn make(mut self, mark: Mark, plan: KeyPlan, definitions: &[AccessRight]) -> Result<Brought, Stop> {
        let plan = match self.still(mark, plan, definitions).await {
            Ok(plan) => plan,
            Err(stop) => return self.withdraw(stop).await,
        };
        let (attach, had) = (plan.attach, plan.had());
        let outcome = match bring::bring(self.system, self.api, plan, self.wanted).await {
            Err(stop) if attach && stop.is(Code::KeyAttachedToAnotherUser) => {
                return self.withdraw(stop).await;
            }
            Err(stop) if stop.is(Code::TooManyRights) && !attach => return self.undo(had, stop).await,
            outcome => outcome,
        };
        let stands = self.end(outcome.as_ref()).await?;
        if outcome.is_ok() && stands.user.is_some() && stands.user != self.record.user {
            return Err(Problem::of(Code::KeyAttachedToAnotherUser).into());
        }
        if outcome.as_ref().is_err_and(|stop| stop.is_block() || stop.is(Code::TooManyRights)) {
            give_up(self.system, self.api, self.id, self.wanted, self.before, attach).await?;
        }
        outcome
    }

    fn now(&self) -> Result<KeyRecord, Stop> {
        Ok(self.store.get(&self.text)?.unwrap_or_default())
    }

    /// The plan, made anew as long as other requests come to their end between the reading of the key and our wish.
    async fn still(
        &mut self,
        mut mark: Mark,
        mut plan: KeyPlan,
        definitions: &[AccessRight],
    ) -> Result<KeyPlan, Stop> {
        for _ in 0..settle::ROUNDS {
            let now = self.store.mark(&self.text)?;
            if now == mark {
                break;
            }
            mark = now;
            plan = bring::read(self.api, self.id, self.wanted, definitions).await?;
            if plan.revokes() && !self.record.revoking {
                self.record.revoking = true;
                self.store.intend(&self.text, &self.record)?;
            }
        }
        Ok(plan)
    }

    /// Nothing was changed: what was wanted of the key stands.
    async fn withdraw<T>(&self, stop: Stop) -> Result<T, Stop> {
        self.store.withdraw(&self.text, &self.record, self.before.as_ref())?;
        if !stop.is(Code::KeyAttachedToAnotherUser) {
            // Another request that came to its end meanwhile may have brought our wish about.
            settle::settle(self.system, self.api, self.id, &[]).await?;
        }
        Err(stop)
    }

    /// The key has no room for all that it was to have: it is again what it was.
    async fn undo<T>(mut self, had: BTreeSet<AccessRightId>, stop: Stop) -> Result<T, Stop> {
        self.record.wanted = Some(had);
        self.store.intend(&self.text, &self.record)?;
        settle::settle(self.system, self.api, self.id, &[]).await?;
        self.store.update(&self.text, |now| {
            if now.writer == self.record.writer {
                (now.working, now.waiting) = (false, None);
            }
        })?;
        Err(stop)
    }

    /// Notes what came of it, if anything did, then looks whether another request has come meanwhile: what stands.
    async fn end(&mut self, brought: Result<&Brought, &Stop>) -> Result<KeyRecord, Stop> {
        for _ in 0..settle::ROUNDS {
            let mut now = self.now()?;
            if self.record.stands_over(&now) {
                self.note(now, brought).await?;
                now = self.now()?;
                if self.record.stands_over(&now) {
                    return Ok(now);
                }
            }
            let mut from = vec![self.wanted.person];
            if let Some(rival) = now.user.as_ref().filter(|user| Some(*user) != self.record.user.as_ref()) {
                match self.wait_for(&now).await? {
                    Rival::Withdrew => continue,
                    Rival::Ended => {}
                    Rival::Silent => {
                        from.push(holder::holding(self.system, rival)?);
                        self.claim(&now)?;
                    }
                }
            }
            settle::settle(self.system, self.api, self.id, &from).await?;
            settle::conclude(self.system, &self.text, &self.record)?;
        }
        self.now()
    }

    async fn note(&self, now: KeyRecord, brought: Result<&Brought, &Stop>) -> Result<(), Stop> {
        let mut now = self.record.with_state(now);
        now.working = brought.is_err() && self.record.working;
        match brought {
            Err(stop) => job::failed(self.system, &mut now, stop),
            Ok(brought) => {
                now.revoked(self.system.now_ms());
                bring::note(&mut now, brought);
                let pending = self.before.as_ref().is_some_and(|before| before.revoked_at.is_some());
                if pending && !self.record.revoking {
                    // What was taken off before and is still on the key may be wanted again.
                    let there = self.api.key_access_rights(self.id, View::Programmed).await?.rights;
                    if api_rights(&there).is_subset(&self.wanted.rights) {
                        now.revoked_at = None;
                    }
                }
                let problem = brought.problem.clone();
                now.waiting = problem.map(|problem| job::waiting(&now, problem, self.system.now_ms()));
            }
        }
        if self.before.as_ref() != Some(&now) {
            self.store.put(&self.text, &now)?;
        }
        Ok(())
    }

    /// Another user's request has stored its wish after ours. If it has read the key before that was ours, it ends and
    /// has the key; if after that, it withdraws.
    async fn wait_for(&self, rival: &KeyRecord) -> Result<Rival, Stop> {
        let clock = self.system.clock();
        let start = clock.monotonic();
        loop {
            let now = self.now()?;
            if now.writer != rival.writer {
                return Ok(Rival::Withdrew);
            }
            if self.store.mark(&self.text)?.is_of(&rival.writer) {
                return Ok(Rival::Ended);
            }
            if clock.monotonic() - start >= PATIENCE {
                return Ok(Rival::Silent);
            }
            clock.sleep(LOOK).await;
        }
    }

    /// Wants it again, in place of a `rival` who seems to have died, unless that one has ended just now.
    fn claim(&mut self, rival: &KeyRecord) -> Result<(), Stop> {
        self.record.rev = rival.rev + 1;
        self.store.intend(&self.text, &self.record)?;
        if self.store.mark(&self.text)?.is_of(&rival.writer) {
            self.store.withdraw(&self.text, &self.record, Some(rival))?;
        }
        Ok(())
    }
}

/// What became of another user's request.
enum Rival {
    Withdrew,
    Ended,
    Silent,
}

/// The key has no room, or the user was blocked while it was brought to the user, perhaps after the block looked for the
/// keys: one that was attached just now is taken away again; another was not ordered, and the block looks once more.
/// What was to be given is wanted no more: the record is as it was `before`.
async fn give_up<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    id: KeyId,
    wanted: &Wanted,
    before: Option<KeyRecord>,
    attached: bool,
) -> Result<(), Stop> {
    if !attached {
        return blocking::look_again(system, &wanted.user);
    }
    match api.key(id).await? {
        Lookup::Found(key) if key.person_id == Some(wanted.person) => {
            remove(system, api, &key, None).await.map(drop)
        }
        _ => {
            let store = KeyStore::new(&system.space);
            let text = id.to_string();
            let now = store.get(&text)?.unwrap_or_default();
            if now.user.as_ref() == Some(&wanted.user) && !now.leaving {
                let before = before.unwrap_or_default();
                store.put(&text, &KeyRecord { rev: now.rev, writer: now.writer, ..before })?;
            }
            Ok(())
        }
    }
}
