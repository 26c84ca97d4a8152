//! The subscription in iLOQ: read, made, renewed, ended. Each step may be repeated after a crash or a lost answer.

use iloq_client::{Error, ErrorKind, IloqApi, Lookup, Secret};
use iloq_model::{DateText, LockGroupId, Right, SubscriptionId, WebhookEventId, WebhookSubscription};
use portal_api::{
    Code, IloqCause, Problem,
    types::{Counts, EventName},
};

use super::{
    signature,
    store::{Entry, Held, Wanted},
};
use crate::{platform::Platform, problem::Stop, system::System};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long a subscription is made for. iLOQ takes a year at most; a day is left for clocks that differ.
const TERM_MS: i64 = 364 * DAY_MS;
/// With less than this left it is renewed.
const RENEW_MS: i64 = 30 * DAY_MS;
/// It begins a little in the past, so that it is in force at once where iLOQ's clock is behind.
const HEAD_START_MS: i64 = 5 * 60 * 1000;
/// Subscriptions of one event that iLOQ takes for each locking system.
pub const MOST_PER_EVENT: usize = 3;

/// The locking system, if the API user may administer its webhooks.
///
/// # Errors
/// `iloq-rights-missing` with the right's name; iLOQ's error.
pub async fn locking_system(api: &impl IloqApi) -> Result<LockGroupId, Stop> {
    let session = api.session().await?;
    let right = Right::AdministrateLockingSystem;
    // The right may have been given since the session was opened.
    if session.rights.has(right) || api.refresh_rights().await?.has(right) {
        return Ok(session.lock_group);
    }
    Err(right_missing(IloqCause::operation("Authentication_SetLockgroup")).into())
}

fn right_missing(cause: IloqCause) -> Problem {
    let right = Right::AdministrateLockingSystem;
    Problem::new(
        Code::IloqRightsMissing,
        format!(
            "The API user lacks the right {} ({}), which all calls about webhooks need. Give it to the user in iLOQ Manager, then try again.",
            right.name(),
            right.meaning()
        ),
    )
    .with_iloq(cause)
}

/// iLOQ's refusal of a call about webhooks; a 403 names the right.
pub fn refused(stop: Stop) -> Stop {
    match stop {
        Stop::Iloq(error) if error.status() == Some(403) => {
            right_missing(IloqCause::operation(error.operation()).with_status(403)).into()
        }
        other => other,
    }
}

/// The ids of the events that iLOQ offers.
///
/// # Errors
/// iLOQ's error.
pub async fn offered(api: &impl IloqApi) -> Result<Vec<(EventName, WebhookEventId)>, Error> {
    let named = |name: Option<String>| {
        let name = name?;
        EventName::ALL.iter().copied().find(|event| event.name().eq_ignore_ascii_case(name.trim()))
    };
    let events = api.webhook_events().await?;
    Ok(events.into_iter().filter_map(|event| Some((named(event.name)?, event.id))).collect())
}

/// A subscription's id that was never used: derived, so that a repeated request meets the one that it made. The address
/// is part of it, so that two installations with a locking system in common do not take each other's.
pub fn new_id(group: LockGroupId, system: &str, event: EventName, wanted: &mut Wanted) -> SubscriptionId {
    wanted.made += 1;
    SubscriptionId::derive(group, "webhook", &format!("{system}\0{event}\0{}", wanted.target), wanted.made)
}

/// One pass over the subscription.
pub struct Pass<'s, 'a, P: Platform, A> {
    /// The system.
    pub system: &'s System<'a, P>,
    /// iLOQ.
    pub api: &'s A,
    /// The locking system in iLOQ.
    pub group: LockGroupId,
    /// What was done.
    pub counts: Counts,
}

impl<P: Platform, A: IloqApi> Pass<'_, '_, P, A> {
    /// Makes iLOQ have what is wanted. One event's failure stops no other; what was done is stored in any case.
    ///
    /// # Errors
    /// The first error.
    pub async fn bring(&mut self, wanted: &mut Wanted, listed: &[WebhookSubscription]) -> Result<(), Stop> {
        let before = Held::load(&self.system.space)?;
        let mut held = before.clone();
        let mut first = Ok(());
        for index in 0..wanted.events.len() {
            let outcome = self.one(wanted, index, listed, &mut held).await;
            first = first.and(outcome);
        }
        let leaving = wanted.leaving.clone();
        for entry in leaving {
            match self.api.delete_webhook_subscription(entry.id).await {
                Ok(_) => {
                    self.count("removed");
                    wanted.leaving.retain(|other| other.id != entry.id);
                }
                Err(error) => first = first.and(Err(error.into())),
            }
        }
        let is_ours = |id| wanted.events.iter().chain(&wanted.leaving).any(|entry| entry.id == id);
        held.retain(|held| is_ours(held.id));
        Held::store(&held, &before, &self.system.space)?;
        first.map_err(refused)
    }

    fn count(&mut self, name: &str) {
        *self.counts.entry(name.to_owned()).or_default() += 1;
    }

    /// One event that is wanted.
    async fn one(
        &mut self,
        wanted: &mut Wanted,
        index: usize,
        listed: &[WebhookSubscription],
        held: &mut Vec<Held>,
    ) -> Result<(), Stop> {
        let Some(mut entry) = wanted.events.get(index).copied() else { return Ok(()) };
        let found = match listed.iter().find(|other| other.id == entry.id) {
            Some(found) => Lookup::Found(found.clone()),
            // Missing from the list is not yet gone.
            None => self.api.webhook_subscription(entry.id).await?,
        };
        let before = entry.id;
        let lost = held.iter().any(|held| held.id == before);
        match found {
            Lookup::Found(found) => {
                if self.is_as_wanted(&found, wanted) {
                    if self.knows_key(&found, held) {
                        self.count("unchanged");
                        return Ok(());
                    }
                } else {
                    self.update(found, wanted).await?;
                    self.count("renewed");
                }
            }
            Lookup::Absent => {
                if lost {
                    entry.id = new_id(self.group, self.system.id, entry.event, wanted);
                    if let Some(place) = wanted.events.get_mut(index) {
                        *place = entry;
                    }
                    wanted.store(&self.system.space)?;
                }
                self.create(entry, wanted).await?;
                self.count(if lost { "recreated" } else { "created" });
                // Its key goes on to be taken for a while.
                if let Some(known) = held.iter_mut().find(|held| lost && held.id == before) {
                    known.id = entry.id;
                }
            }
        }
        self.read_key(entry, held).await
    }

    fn is_as_wanted(&self, found: &WebhookSubscription, wanted: &Wanted) -> bool {
        let left = ends(found).map(|end| end - self.system.now_ms());
        found.target.as_deref() == Some(&wanted.target) && left.is_some_and(|left| left >= RENEW_MS)
    }

    /// Whether the key that is kept is the one that iLOQ signs with, as far as the list tells.
    fn knows_key(&self, found: &WebhookSubscription, held: &[Held]) -> bool {
        let Some(held) = held.iter().find(|held| held.id == found.id) else { return false };
        let Ok(known) = signature::open(self.system, &held.key) else { return false };
        let told = found.sign_key.as_ref().map(Secret::expose_secret).filter(|key| !key.is_empty());
        held.ends == ends(found) && told.is_none_or(|told| told == known.expose_secret())
    }

    fn with_term(&self, mut subscription: WebhookSubscription, wanted: &Wanted) -> WebhookSubscription {
        let at = |ms| chrono::DateTime::from_timestamp_millis(ms).map(DateText::from);
        let now = self.system.now_ms();
        subscription.target = Some(wanted.target.clone());
        subscription.start = at(now - HEAD_START_MS);
        subscription.end = at(now + TERM_MS);
        subscription
    }

    async fn update(&self, found: WebhookSubscription, wanted: &Wanted) -> Result<(), Stop> {
        let id = found.id;
        match self.api.update_webhook_subscription(&self.with_term(found, wanted)).await {
            Err(error) if error.outcome_unknown() => match self.api.webhook_subscription(id).await? {
                Lookup::Found(now) if self.is_as_wanted(&now, wanted) => Ok(()),
                _ => Err(error.into()),
            },
            outcome => Ok(outcome?),
        }
    }

    async fn create(&self, entry: Entry, wanted: &Wanted) -> Result<(), Stop> {
        let offered = offered(self.api).await?;
        let Some((_, event)) = offered.iter().find(|(event, _)| *event == entry.event) else {
            return Err(not_offered(&[entry.event]).into());
        };
        let new = self.with_term(WebhookSubscription::new(entry.id, *event), wanted);
        let Err(error) = self.api.add_webhook_subscription(&new).await else { return Ok(()) };
        // It may be there by now: made by the call whose answer was lost, or by another copy of this request.
        if matches!(error.status(), Some(400 | 409)) || error.outcome_unknown() {
            match self.api.webhook_subscription(entry.id).await? {
                Lookup::Found(found) if self.is_as_wanted(&found, wanted) => return Ok(()),
                Lookup::Found(found) => return self.update(found, wanted).await,
                Lookup::Absent => {}
            }
        }
        Err(error.into())
    }

    /// Reads end and sign key of a subscription that was made or changed.
    async fn read_key(&self, entry: Entry, held: &mut Vec<Held>) -> Result<(), Stop> {
        let found = self.api.webhook_subscription(entry.id).await?;
        let (ends, key) = match &found {
            Lookup::Found(found) => (ends(found), found.sign_key.as_ref().map(Secret::expose_secret)),
            Lookup::Absent => (None, None),
        };
        let Some(key) = key.filter(|key| !key.is_empty()).map(Secret::from) else {
            let detail = "the subscription has no sign key".to_owned();
            let error = ErrorKind::Unexpected { operation: "Webhooks_GetSubscription", detail };
            return Err(Error::from(error).into());
        };
        match held.iter_mut().find(|held| held.id == entry.id) {
            Some(known) => {
                known.ends = ends;
                signature::renew_key(self.system, known, &key)
            }
            None => {
                let key = signature::seal(self.system, &key)?;
                held.push(Held { event: entry.event, id: entry.id, ends, key, former: Vec::new() });
                Ok(())
            }
        }
    }
}

/// `setup-incomplete`: iLOQ does not know these events.
pub fn not_offered(events: &[EventName]) -> Problem {
    let names: Vec<_> = events.iter().map(|event| event.name()).collect();
    Problem::new(
        Code::SetupIncomplete,
        format!(
            "This iLOQ service does not offer the event {}. Leave it out of events, or ask iLOQ for an update.",
            names.join(", ")
        ),
    )
}

/// When a subscription ends, in milliseconds since the epoch.
pub fn ends(subscription: &WebhookSubscription) -> Option<i64> {
    subscription.end.as_ref()?.utc().ok().map(|end| end.timestamp_millis())
}
