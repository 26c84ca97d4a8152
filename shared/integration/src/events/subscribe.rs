//! `GET|PUT|DELETE …/event-subscription`.

use iloq_client::{IloqApi, origin_of};
use iloq_model::{LockGroupId, WebhookEventId, WebhookSubscription};
use portal_api::{
    Code, Problem, Time,
    routes::Job,
    types::{Counts, EventName, EventSubscription, PutSubscription, SubscriptionState, SubscriptionView},
};

use super::{
    bring::{MOST_PER_EVENT, Pass, locking_system, new_id, not_offered, offered, refused},
    signature,
    store::{Entry, Held, Wanted},
};
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    state::{Busy, Lease},
    system::System,
};

/// Does `work` while nobody else changes the subscription, in the usual case.
///
/// # Errors
/// `in-progress`, or those of `work`.
pub(super) async fn leased<P: Platform, T>(
    system: &System<'_, P>,
    owner: &str,
    work: impl Future<Output = Result<T, Stop>>,
) -> Result<T, Stop> {
    let clock = system.clock();
    let lease = match Lease::acquire(&system.space, clock, Job::RenewSubscriptions.name(), owner).await {
        Ok(lease) => lease,
        Err(Busy::State(error)) => return Err(error.into()),
        Err(Busy::Held) => {
            return Err(Problem::new(
                Code::InProgress,
                "The event subscription of this system is being changed. Try again when that is done.",
            )
            .into());
        }
    };
    let outcome = lease.during(clock, work).await;
    lease.release();
    outcome
}

/// `GET`: as it was last seen.
///
/// # Errors
/// `not-found`, or the store's failure.
pub(super) fn get<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    match Wanted::load(&system.space)?.filter(|wanted| !wanted.is_over()) {
        Some(wanted) => Ok(Answer::json(200, &view(system, &wanted)?)),
        None => Err(Problem::new(
            Code::NotFound,
            "This system has no event subscription. PUT one with targetUrl, the address of /v1/events/{system} as iLOQ reaches it.",
        )
        .into()),
    }
}

/// `PUT`: makes it or changes it.
///
/// # Errors
/// What the caller is told. What is checked before anything is stored: the body, the login, the right, the events that
/// iLOQ offers, and the room for them.
pub(super) async fn put<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let input = PutSubscription::read(call.members.clone())?;
    change(call, Some(input)).await
}

/// `DELETE`: ends it, here and in iLOQ.
///
/// # Errors
/// What the caller is told; what is left then goes with the job, or with the same call again.
pub(super) async fn delete<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    change(call, None).await
}

/// What `PUT` asks for; `None`: that it ends.
type Asked = Option<PutSubscription>;

/// `PUT` and `DELETE`: both under the lease, and both settled in the same way.
async fn change<P: Platform>(call: &Call<'_, P>, asked: Asked) -> Result<Answer, Stop> {
    let system = call.system()?;
    leased(system, &call.intent, changed(system, asked)).await
}

async fn changed<P: Platform>(system: &System<'_, P>, asked: Asked) -> Result<Answer, Stop> {
    let mut wanted = Wanted::load(&system.space)?.unwrap_or_default();
    let ends = asked.is_none();
    if ends && wanted.is_over() {
        return Ok(Answer::empty(204));
    }
    let (made, rev) = (wanted.events.is_empty(), wanted.rev);
    let api = system.iloq()?;
    let outcome = carry_out(system, &api, &mut wanted, asked).await;
    api.kill_session(false).await;
    settle(system, &mut wanted, rev, outcome.map_err(refused))?;
    if ends {
        return Ok(Answer::empty(204));
    }
    Ok(Answer::json(if made { 201 } else { 200 }, &view(system, &wanted)?))
}

async fn carry_out<P: Platform>(
    system: &System<'_, P>,
    api: &impl IloqApi,
    wanted: &mut Wanted,
    asked: Asked,
) -> Result<(), Stop> {
    let group = locking_system(api).await?;
    let mut listed = Vec::new();
    match asked {
        Some(input) => {
            let offered = offered(api).await?;
            listed = api.webhook_subscriptions().await?;
            plan(wanted, system, group, &input, &offered, &listed)?;
            wanted.at = system.now_ms();
        }
        None => {
            let ending = std::mem::take(&mut wanted.events);
            wanted.leaving.extend(ending);
        }
    }
    wanted.rev += 1;
    wanted.store(&system.space)?;
    Pass { system, api, group, counts: Counts::new() }.bring(wanted, &listed).await
}

/// Stores how it came out, if it was stored before that it is wanted: then the job goes on with what is left.
///
/// # Errors
/// The outcome's; the store's failure.
fn settle<P: Platform>(
    system: &System<'_, P>,
    wanted: &mut Wanted,
    rev: u64,
    outcome: Result<(), Stop>,
) -> Result<(), Stop> {
    let outcome = outcome.map_err(|stop| system.problem(stop));
    let stored = Wanted::load(&system.space)?.filter(|stored| stored.rev == wanted.rev && wanted.rev > rev);
    if let Some(stored) = stored {
        wanted.problem = outcome.as_ref().err().cloned().map(Problem::brief);
        if stored != *wanted {
            wanted.store(&system.space)?;
        }
    }
    Ok(outcome?)
}

/// Turns `wanted` into what was asked for. Calls nobody.
///
/// # Errors
/// `setup-incomplete`: iLOQ does not offer an event, or has no room for it.
fn plan<P: Platform>(
    wanted: &mut Wanted,
    system: &System<'_, P>,
    group: LockGroupId,
    input: &PutSubscription,
    offered: &[(EventName, WebhookEventId)],
    listed: &[WebhookSubscription],
) -> Result<(), Problem> {
    let before = std::mem::take(&mut wanted.events);
    let names: Vec<EventName> = match &input.events {
        Some(names) => names.clone(),
        None if !before.is_empty() => before.iter().map(|entry| entry.event).collect(),
        None => {
            EventName::ALL.iter().copied().filter(|name| offered.iter().any(|(n, _)| n == name)).collect()
        }
    };
    let missing: Vec<_> =
        names.iter().copied().filter(|name| !offered.iter().any(|(n, _)| n == name)).collect();
    if !missing.is_empty() || names.is_empty() {
        return Err(not_offered(if names.is_empty() { EventName::ALL } else { &missing }));
    }
    wanted.target.clone_from(&input.target_url);
    for name in names {
        let of_event: Vec<_> = listed
            .iter()
            .filter(|other| offered.iter().any(|(n, id)| *n == name && *id == other.event_id))
            .collect();
        let known = before.iter().find(|entry| entry.event == name).map(|entry| entry.id);
        // One that posts there already was ours before the store was lost, or would tell everything twice.
        let same = || of_event.iter().find(|other| other.target.as_ref() == Some(&input.target_url));
        let id = match known.or_else(|| same().map(|other| other.id)) {
            Some(id) => id,
            None => new_id(group, system.id, name, wanted),
        };
        let others: Vec<_> = of_event
            .iter()
            .filter(|other| other.id != id && !wanted.leaving.iter().any(|entry| entry.id == other.id))
            .collect();
        if others.len() >= MOST_PER_EVENT && !of_event.iter().any(|other| other.id == id) {
            return Err(no_room(name, &others));
        }
        wanted.leaving.retain(|entry| entry.id != id);
        wanted.events.push(Entry { event: name, id });
    }
    for entry in before {
        if !wanted.events.iter().any(|kept| kept.id == entry.id) {
            wanted.leaving.push(entry);
        }
    }
    Ok(())
}

fn no_room(event: EventName, others: &[&&WebhookSubscription]) -> Problem {
    let told: Vec<_> = others
        .iter()
        .map(|other| {
            // Paths and queries of others may hold what is secret.
            let host = other
                .target
                .as_deref()
                .and_then(|target| origin_of(target.split(['?', '#']).next()?))
                .unwrap_or_else(|| "an unknown address".to_owned());
            let until = other.end.as_ref().map(|end| format!(" until {end}")).unwrap_or_default();
            format!("{} to {host}{until}", other.id)
        })
        .collect();
    Problem::new(
        Code::SetupIncomplete,
        format!(
            "iLOQ takes {MOST_PER_EVENT} subscriptions of {event} for each locking system, and has them: {}. Have one of them ended by whom it belongs to, then put this again.",
            told.join("; ")
        ),
    )
}

fn view<P: Platform>(system: &System<'_, P>, wanted: &Wanted) -> Result<SubscriptionView, Stop> {
    let held = Held::load(&system.space)?;
    let now = system.now_ms();
    let one = |entry: &Entry, leaving: bool| {
        let known = held.iter().find(|held| held.id == entry.id);
        let ends = known.and_then(|held| held.ends);
        let in_force = known.is_some_and(|held| signature::open(system, &held.key).is_ok())
            && ends.is_none_or(|ends| ends > now);
        EventSubscription {
            event: entry.event,
            id: entry.id,
            state: match (leaving, in_force) {
                (true, _) => SubscriptionState::Removing,
                (false, true) => SubscriptionState::Active,
                (false, false) => SubscriptionState::Pending,
            },
            ends_at: ends.map(Time::from_millis),
        }
    };
    let subscriptions: Vec<_> = wanted
        .events
        .iter()
        .map(|entry| one(entry, false))
        .chain(wanted.leaving.iter().map(|entry| one(entry, true)))
        .collect();
    Ok(SubscriptionView {
        target_url: wanted.target.clone(),
        events: wanted.events.iter().map(|entry| entry.event).collect(),
        state: subscriptions.iter().map(|one| one.state).max().unwrap_or(SubscriptionState::Pending),
        ends_at: subscriptions.iter().filter_map(|one| one.ends_at).min(),
        sign_key_set: wanted.events.iter().all(|entry| held.iter().any(|held| held.id == entry.id)),
        subscriptions,
        updated_at: Time::from_millis(wanted.at),
        problem: wanted.problem.clone(),
    })
}
