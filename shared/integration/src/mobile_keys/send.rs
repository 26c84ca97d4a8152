//! `POST …/users/{user}/mobile-keys`: a key is made, given its rights and ordered, which sends the message.

use iloq_client::{IloqApi, Lookup};
use iloq_model::{Key, KeyId, KeyPhone, KeyTimeLimitSlot, PersonId, ProgrammingState};
use portal_api::{
    Code, Problem,
    types::{ItemAction, ItemOutcome, MobileKeyAnswer, SendMobileKey},
};

use super::{
    contact,
    make::{self, Made, New},
    name, phone,
};
use crate::{
    http::{Answer, Call, new_id},
    keys::{
        KeyRecord, KeyStore,
        bring::{self, Brought, KeyPlan, Wanted},
        holder,
        invitation::Invited,
        job, list, rights, sending,
    },
    limits::NewKeyLimits,
    platform::Platform,
    problem::Stop,
    system::System,
    users::{UserRecord, visible},
};

/// Makes a phone key and sends it. The same request with the same idempotency key goes on with the same key.
///
/// # Errors
/// What the caller is told.
pub async fn handle<P: Platform>(call: Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let request = SendMobileKey::read(call.members.clone())?;
    let user = visible(system, call.parameter("user"))?;
    let limits = NewKeyLimits::check(&system.zone()?, request.limits.as_ref())?;
    let invited = invitation(system, &request, &user)?;
    let person = holder::person_of(system, call.parameter("user"))?;
    let api = system.iloq()?;
    let sending = Sending { call: &call, system, request: &request, limits, user: &user, person };
    let outcome = sending.send(&api, invited).await;
    api.kill_session(false).await;
    Ok(Answer::json(201, &system.noted(outcome)?))
}

fn invitation<P: Platform>(
    system: &System<'_, P>,
    request: &SendMobileKey,
    user: &UserRecord,
) -> Result<Invited, Problem> {
    let channel = contact::channel(&request.contact, system.record.settings.defaults.mobile_key_channel);
    let address = match contact::given(&request.contact, channel) {
        Some(given) => given.to_owned(),
        None => contact::saved(&user.fields, channel)?,
    };
    Ok(Invited::new(channel, address))
}

struct Sending<'c, 'a, P: Platform> {
    call: &'c Call<'a, P>,
    system: &'c System<'a, P>,
    request: &'c SendMobileKey,
    limits: NewKeyLimits<'c>,
    user: &'c UserRecord,
    person: PersonId,
}

impl<P: Platform> Sending<'_, '_, P> {
    async fn send(&self, api: &impl IloqApi, invited: Invited) -> Result<MobileKeyAnswer, Stop> {
        let lock_group = api.session().await?.lock_group;
        let id = KeyId::derive(lock_group, "mobile-key", &self.call.intent, 0);
        let definitions = api.access_rights().await?;
        rights::check(&definitions, &self.request.access_right_ids)?;
        let Lookup::Found(held) = api.person_keys(self.person).await? else {
            return Err(Problem::because(Code::UserConflict, "The user's person is not in iLOQ.").into());
        };

        let found = held.iter().find(|key| key.id == id);
        // Before anything is written; for a key that is there already, only what it lacks is read.
        let slots = match found {
            None => Some(self.limits.slots(api).await?),
            Some(_) => None,
        };
        let record = self.journal(id, invited)?;
        let made = match found {
            Some(key) => make::taken_over(key.clone(), self.person)?,
            None if record.invitation.as_ref().is_some_and(|i| i.sent_at.is_some()) => {
                return Err(make::gone("gone"));
            }
            None => {
                let full_name = self.user.fields.full_name();
                let name = name::unique(self.request.name.as_ref().unwrap_or(&full_name), &held);
                // A block that comes later finds the key, or is seen before the order.
                holder::person_of(self.system, self.call.parameter("user"))?;
                let new = New {
                    id,
                    name,
                    person: self.person,
                    rights: &self.request.access_right_ids,
                    expected_return: self.limits.expected_return(),
                };
                make::make(self.system, api, &new).await?
            }
        };
        let outcome = match self.finish(api, made, slots, &record, &definitions).await {
            // The key is gone in the middle of it: a block has taken it.
            Err(Stop::Iloq(error)) if error.status() == Some(404) => {
                let user = self.call.parameter("user");
                Err(holder::not_blocked(self.system, user).err().unwrap_or_else(|| error.into()))
            }
            outcome => outcome,
        };
        match outcome {
            // What iLOQ or a rule of ours refuses for good leaves nothing behind.
            Err(Stop::Problem(problem)) if (400..500).contains(&problem.status()) => {
                make::unmake(api, id).await?;
                KeyStore::new(&self.system.space).forget(&id.to_string())?;
                self.ended(id)?;
                Err(Stop::Problem(problem))
            }
            outcome => outcome,
        }
    }

    /// Stores what is intended before iLOQ is changed; an earlier try's intent stays.
    fn journal(&self, id: KeyId, invited: Invited) -> Result<KeyRecord, Stop> {
        sending::begin(&self.system.space, self.call.parameter("user"), id, self.system.now_ms())?;
        let store = KeyStore::new(&self.system.space);
        if let Some(known) = store.get(&id.to_string())?.filter(|known| known.invitation.is_some()) {
            return Ok(known);
        }
        let record = KeyRecord {
            rev: 1,
            writer: new_id(self.system.platform.random()),
            user: Some(self.call.parameter("user").to_owned()),
            wanted: Some(self.request.access_right_ids.clone()),
            invitation: Some(invited),
            ..KeyRecord::default()
        };
        store.put(&id.to_string(), &record)?;
        Ok(record)
    }

    fn ended(&self, id: KeyId) -> Result<(), Stop> {
        Ok(sending::end(&self.system.space, &id.to_string())?)
    }

    async fn finish(
        &self,
        api: &impl IloqApi,
        made: Made,
        slots: Option<Vec<KeyTimeLimitSlot>>,
        record: &KeyRecord,
        definitions: &[iloq_model::AccessRight],
    ) -> Result<MobileKeyAnswer, Stop> {
        let id = made.key.id;
        let ordered = made.key.programming_state.is_some_and(|state| state != ProgrammingState::Planning);
        let sent = record.invitation.as_ref().is_some_and(|i| i.sent_at.is_some());
        if made.lacks.is_none() && (ordered || sent) {
            // An earlier try has come to the end; only its answer was lost.
            return self.concluded(api, &made.key).await;
        }
        if let Some(invited) = &record.invitation {
            let mut to = KeyPhone::new(id);
            phone::direct(&mut to, invited.channel, &invited.address);
            phone::put(api, &to).await?;
        }
        self.limits.put(api, id, slots).await?;
        let wanted = Wanted {
            user: self.call.parameter("user").to_owned(),
            person: self.person,
            attach: false,
            only: None,
            rights: self.request.access_right_ids.clone(),
        };
        let plan = match made.lacks {
            Some(lacks) => {
                let mut plan = KeyPlan::just_made(made.key, lacks);
                bring::permitted(api, &mut plan).await?;
                plan
            }
            None => bring::read(api, id, &wanted, definitions).await?,
        };
        // Blocking the user stops what is on its way.
        holder::person_of(self.system, self.call.parameter("user"))?;
        let brought = bring::bring(self.system, api, plan, &wanted).await?;
        // As it is now: a block may have come meanwhile, which takes the key away.
        let record = KeyStore::new(&self.system.space).update(&id.to_string(), |record| {
            bring::note(record, &brought);
            if !record.leaving {
                let problem = brought.problem.clone();
                record.waiting = problem.map(|problem| job::waiting(record, problem, self.system.now_ms()));
            }
        })?;
        self.ended(id)?;
        self.answer(&brought, &record)
    }

    async fn concluded(&self, api: &impl IloqApi, key: &Key) -> Result<MobileKeyAnswer, Stop> {
        let seen = list::look(self.system, api, key).await?;
        let record = KeyStore::new(&self.system.space).update(&key.id.to_string(), |record| {
            if let Some(invited) = &mut record.invitation {
                invited.went_with_the_order(self.system.now_ms());
            }
            if !record.leaving {
                record.waiting = None;
            }
            if record.seen.is_none() {
                record.now_seen(seen.clone());
            }
        })?;
        self.ended(key.id)?;
        let brought = Brought { key: key.clone(), outcome: ItemOutcome::Ordered, problem: None, seen };
        self.answer(&brought, &record)
    }

    fn answer(&self, brought: &Brought, record: &KeyRecord) -> Result<MobileKeyAnswer, Stop> {
        let user = Some(self.call.parameter("user").to_owned());
        let key = list::view(&brought.key, record, user, false, brought.seen.at);
        let key = key.ok_or_else(|| Problem::of(Code::UnknownKey))?;
        let items = vec![brought.item(ItemAction::Send)];
        Ok(MobileKeyAnswer { key, items, warning: self.limits.warning.clone() })
    }
}
