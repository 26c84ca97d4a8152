//! `POST /v1/events/{system}`: an event from iLOQ. A few store calls, none to iLOQ.

use portal_api::{Code, Problem, types::EventName};
use serde_json::json;

use super::{event::Event, hints, seen::Memory, signature, store::Held, wish};
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    state::Space,
    system::System,
};

/// How far `CreationTimeUtc` may be off, in milliseconds. iLOQ stamps it just before it sends, also when it sends again; the
/// rest is room for clocks that differ. What is older is a recording.
const FRESH_MS: i64 = 15 * 60 * 1000;

/// Takes an event.
///
/// # Errors
/// `unauthenticated`, the same for a wrong signature and an unknown system; the store's failure, after which iLOQ sends it
/// again.
pub(super) fn receive<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let signature = call.head.header("webhook-signature").unwrap_or_default();
    call.config.key_ring()?;
    let Some(system) = &call.system else {
        // The same store calls and a comparison, so that the time does not tell which systems there are.
        Held::load(&Space::system(call.platform.store(), call.parameter("system"), "-"))?;
        signature::compare_with_nothing(&call.raw, signature);
        return Err(unsigned());
    };
    let held = Held::load(&system.space)?;
    let events = signature::signed_by(system, &held, &call.raw, signature)?;
    if events.is_empty() {
        if held.is_empty() {
            signature::compare_with_nothing(&call.raw, signature);
        }
        return Err(unsigned());
    }
    if let Err(because) = work(call, system, &events)? {
        let line = json!({
            "event": "webhook_ignored", "because": because, "system": system.id, "request_id": call.request_id,
        });
        system.platform.log(&line.to_string());
    }
    Ok(Answer::empty(204))
}

fn unsigned() -> Stop {
    Problem::new(
        Code::Unauthenticated,
        "The header Webhook-Signature is missing or is not that of this body. Put the event subscription again if iLOQ sends it.",
    )
    .into()
}

/// Notes what the event asks for; the inner error says why it asks for nothing.
fn work<P: Platform>(
    call: &Call<'_, P>,
    system: &System<'_, P>,
    signed_for: &[EventName],
) -> Result<Result<(), &'static str>, Stop> {
    // The header is not signed: it only chooses among the events whose key has signed.
    let told = call.head.header("event-name").map(str::trim);
    let fits = |event: &&EventName| told.is_none_or(|told| told.eq_ignore_ascii_case(event.name()));
    let Some(name) = signed_for.iter().find(fits) else { return Ok(Err("another kind of event")) };
    let Some(event) = Event::parse(&call.raw) else { return Ok(Err("its body can't be read")) };
    let now = system.now_ms();
    if (now - event.sent_at).abs() > FRESH_MS {
        return Ok(Err("CreationTimeUtc is more than 15 minutes off"));
    }
    let number = match (call.head.header("subscription-id"), call.head.header("counter")) {
        (Some(subscription), Some(counter)) => {
            Some(format!("{} {}", subscription.to_ascii_lowercase(), counter.trim()))
        }
        _ => None,
    };
    let memory = Memory::of(&system.space, event.outline, &call.raw, number.as_deref())?;
    if memory.knows_it() {
        return Ok(Err("it was taken before"));
    }
    match (name, event.key) {
        (EventName::DeviceLogArrived, _) => wish::note(&system.space, now)?,
        (EventName::KeyAdded | EventName::KeyBlocklisted, Some(key)) => {
            hints::note(&system.space, &key.to_string(), now)?;
        }
        (EventName::KeyAdded | EventName::KeyBlocklisted, None) => return Ok(Err("it names no key")),
    }
    memory.keep()?;
    Ok(Ok(()))
}
