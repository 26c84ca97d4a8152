//! `POST …/mobile-keys/{key}/resend`: the message goes again, also to another number or address.

use iloq_client::{IloqApi, Lookup};
use iloq_model::{Key, KeyPhone};
use portal_api::{
    Code, Problem,
    types::{
        Effective, ItemAction, ItemOutcome, KeyItem, KeyStatus, KeyType, MobileKeyAnswer, MobileKeyChannel,
        ResendMobileKey,
    },
};

use super::{contact, phone};
use crate::{
    http::{Answer, Call},
    keys::{
        KeyRecord, KeyStore, holder,
        invitation::{self, Invited},
        list, status,
    },
    platform::Platform,
    problem::Stop,
    system::System,
    users::visible,
};

/// Sends the invitation of a phone key again. iLOQ does not tell afterwards whether it did: after a lost answer the
/// outcome is `unknown`, and the same request does not send it again.
///
/// # Errors
/// What the caller is told.
pub async fn handle<P: Platform>(call: Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let request = ResendMobileKey::read(call.members.clone())?;
    let api = system.iloq()?;
    let outcome = resend(&call, system, &api, &request).await;
    api.kill_session(false).await;
    Ok(Answer::json(200, &system.noted(outcome)?))
}

async fn resend<P: Platform>(
    call: &Call<'_, P>,
    system: &System<'_, P>,
    api: &impl IloqApi,
    request: &ResendMobileKey,
) -> Result<MobileKeyAnswer, Stop> {
    let id = list::key_id(call)?;
    let unknown = || Stop::from(Problem::because(Code::UnknownKey, "There is no phone key of this id."));
    let Lookup::Found(key) = api.key(id).await? else { return Err(unknown()) };
    if status::kind(&key) != Some(KeyType::Mobile) {
        return Err(unknown());
    }
    let stands = status::of(&key);
    if !status::is_alive(stands) {
        let fact = format!("The key is {}.", stands.name());
        return Err(Problem::because(Code::KeyUnmodifiable, &fact).into());
    }
    let user = match key.person_id {
        Some(person) => holder::user_of(system, person)?,
        None => None,
    };
    if let Some(user) = &user {
        holder::person_of(system, user)?;
    }
    let store = KeyStore::new(&system.space);
    let text = id.to_string();
    let known = store.get(&text)?.unwrap_or_default();
    let first = match known.seen {
        Some(_) => None,
        None => Some(list::look(system, api, &key).await?),
    };
    let blocked = list::block_listed(api).await?.contains(&id);
    let view = View { key: &key, user: user.clone(), blocked, now: system.now_ms() };
    if let Some(outcome) = sent_before(&known, &call.intent) {
        return view.answer(&known, outcome);
    }
    if known.leaving {
        return Err(Problem::because(Code::KeyUnmodifiable, "The key is being taken away.").into());
    }
    let mut now = api.key_phone(id).await?;
    let sent = known.invitation.as_ref().is_some_and(|invited| invited.sent_at.is_some());
    check(&key, &now, sent, request.force)?;
    let (channel, address) = target(system, request, &now, user.as_deref())?;
    if phone::directed(&now) != (channel, Some(address.as_str())) {
        phone::direct(&mut now, channel, &address);
        phone::put(api, &now).await?;
    }
    if let Some(user) = &user {
        holder::not_blocked(system, user)?;
    }
    // Another copy of the same request may have come meanwhile.
    let known = store.get(&text)?.unwrap_or_default();
    if let Some(outcome) = sent_before(&known, &call.intent) {
        return view.answer(&known, outcome);
    }
    let intended = store.update(&text, |record| {
        if record.user.is_none() {
            record.user = user;
        }
        if let (None, Some(seen)) = (&record.seen, first) {
            record.now_seen(seen);
        }
        let invited = record.invitation.get_or_insert_with(|| Invited::new(channel, String::new()));
        (invited.channel, invited.address) = (channel, address);
        invited.goes_again(&call.intent);
    })?;
    let sent = api.re_register(id).await;
    let outcome = match &sent {
        Ok(()) => ItemOutcome::Ordered,
        Err(error) if error.outcome_unknown() => return view.answer(&intended, ItemOutcome::Unknown),
        // It was certainly not sent, so that the same request may try again.
        Err(_) => ItemOutcome::Failed,
    };
    let noted = store.update(&text, |record| {
        let Some(invited) = &mut record.invitation else { return };
        if outcome == ItemOutcome::Failed {
            invited.resends.retain(|resend| resend.intent != call.intent);
        } else {
            invited.went(system.now_ms());
            let ours = invited.resends.iter_mut().find(|resend| resend.intent == call.intent);
            ours.into_iter().for_each(|resend| resend.confirmed = true);
        }
    })?;
    sent?;
    view.answer(&noted, outcome)
}

/// The same request again: what became of it is known as far as it ever will be.
fn sent_before(record: &KeyRecord, intent: &str) -> Option<ItemOutcome> {
    let before = record.invitation.as_ref()?.resends.iter().find(|resend| resend.intent == intent)?;
    Some(if before.confirmed { ItemOutcome::Ordered } else { ItemOutcome::Unknown })
}

/// Whether there is an invitation that may go again.
fn check(key: &Key, phone: &KeyPhone, sent: bool, force: bool) -> Result<(), Problem> {
    let stands = status::of(key);
    // A change that waits for its order does not take the first one back.
    if stands == KeyStatus::NotOrdered && key.is_programmed != Some(true) && !sent {
        let fact = "The key has never been ordered, so that there is no invitation to send again.";
        return Err(Problem::because(Code::OrderRefused, fact));
    }
    if !force && (stands == KeyStatus::Programmed || invitation::is_registered(phone)) {
        return Err(Problem::of(Code::AlreadyProgrammed));
    }
    Ok(())
}

/// Where it goes: what the request says, else what iLOQ has, else what is saved with the user.
fn target<P: Platform>(
    system: &System<'_, P>,
    request: &ResendMobileKey,
    now: &KeyPhone,
    user: Option<&str>,
) -> Result<(MobileKeyChannel, String), Stop> {
    let channel = contact::channel(&request.contact, phone::directed(now).0);
    if let Some(address) = contact::given(&request.contact, channel).or_else(|| phone::stored(now, channel)) {
        return Ok((channel, address.to_owned()));
    }
    let Some(user) = user else { return Err(Problem::of(Code::MissingContact).into()) };
    Ok((channel, contact::saved(&visible(system, user)?.fields, channel)?))
}

struct View<'k> {
    key: &'k Key,
    user: Option<String>,
    blocked: bool,
    now: i64,
}

impl View<'_> {
    fn answer(&self, record: &KeyRecord, outcome: ItemOutcome) -> Result<MobileKeyAnswer, Stop> {
        let key = list::view(self.key, record, self.user.clone(), self.blocked, self.now);
        let key = key.ok_or_else(|| Problem::of(Code::UnknownKey))?;
        let mut item = KeyItem::new(key.id, ItemAction::Resend, outcome).with_status(status::of(self.key));
        if outcome == ItemOutcome::Unknown {
            let fact = "iLOQ's answer was lost: the message may have gone or not. Ask the person; if it did not come, send it again with a new Idempotency-Key.";
            item = item.with_problem(Problem::new(Code::IloqUnavailable, fact));
        } else {
            item = item.with_effective(Effective::WhenAppOpened);
        }
        Ok(MobileKeyAnswer { key, items: vec![item], warning: None })
    }
}
