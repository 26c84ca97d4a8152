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
        invitation::{self, Invited, Resend},
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
    let mut record = store.get(&text)?.unwrap_or_default();
    let seen = list::look(system, api, &key).await?;
    record.seen.get_or_insert(seen.clone());
    let blocked = list::block_listed(api).await?.contains(&id);
    let view = View { key: &key, user: user.clone(), blocked };

    // The same request again: what became of it is known as far as it ever will be.
    if let Some(before) = record.invitation.as_ref().and_then(|i| i.resend.clone())
        && before.intent == call.intent
    {
        let outcome = if before.confirmed { ItemOutcome::Ordered } else { ItemOutcome::Unknown };
        return view.answer(&record, outcome);
    }

    let mut now = api.key_phone(id).await?;
    check(&key, &now, request.force)?;
    let (channel, address) = target(system, request, &now, user.as_deref())?;
    if phone::directed(&now) != (channel, Some(address.as_str())) {
        phone::direct(&mut now, channel, &address);
        phone::put(api, &now).await?;
    }

    let mut invited = record.invitation.take().unwrap_or_else(|| Invited::new(channel, address.clone()));
    (invited.channel, invited.address) = (channel, address);
    let before = invited.resend.replace(Resend { intent: call.intent.clone(), confirmed: false });
    record.user = record.user.or(user);
    record.invitation = Some(invited.clone());
    store.put(&text, &record)?;
    match api.re_register(id).await {
        Ok(()) => {
            invited.went(system.now_ms());
            invited.resend = Some(Resend { intent: call.intent.clone(), confirmed: true });
            record.invitation = Some(invited);
            store.put(&text, &record)?;
            view.answer(&record, ItemOutcome::Ordered)
        }
        Err(error) if error.outcome_unknown() => view.answer(&record, ItemOutcome::Unknown),
        Err(error) => {
            // It was certainly not sent, so that the same request may try again.
            invited.resend = before;
            record.invitation = Some(invited);
            store.put(&text, &record)?;
            Err(error.into())
        }
    }
}

/// Whether there is an invitation that may go again.
fn check(key: &Key, phone: &KeyPhone, force: bool) -> Result<(), Problem> {
    let stands = status::of(key);
    if stands == KeyStatus::NotOrdered && key.is_programmed != Some(true) {
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
}

impl View<'_> {
    fn answer(&self, record: &KeyRecord, outcome: ItemOutcome) -> Result<MobileKeyAnswer, Stop> {
        let key = list::view(self.key, record, self.user.clone(), self.blocked);
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
