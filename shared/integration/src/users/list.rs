//! Reading users and changes.

use portal_api::{
    Code, Problem, cursor,
    types::{Feed, LinkState, List},
};
use serde_json::Value;

use super::{record::UserRecord, view};
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    state::Position,
    users::fields::Field,
};

/// `GET …/users`.
///
/// # Errors
/// What the caller is told.
pub fn users<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let state = call.query.word("state", LinkState::ALL, LinkState::name)?;
    let wanted = call.query.text("q").map(str::to_lowercase);
    let after = match call.query.cursor() {
        None => None,
        Some(text) => {
            let [hash, id] = cursor::decode("cursor", "users", text)?;
            let hash =
                hash.parse().map_err(|_| Problem::invalid("?cursor", "it is no cursor of this list"))?;
            Some((hash, id))
        }
    };
    let keep = |id: &str, user: &UserRecord| {
        user.is_visible()
            && state.is_none_or(|state| view::state(user) == state)
            && wanted.as_deref().is_none_or(|text| matches(id, user, text))
    };
    let (found, next) = system.users().scan(after.as_ref(), call.query.limit(), keep)?;
    let items = found.iter().map(|(id, user)| system.user_view(id, user)).collect();
    let next = next.map(|(hash, id)| cursor::encode("users", &[&hash.to_string(), &id]));
    Ok(Answer::json(200, &List { items, next }))
}

/// Whether `text` (in lower case) is part of the user's id, name, e-mail address, number or code.
fn matches(id: &str, user: &UserRecord, text: &str) -> bool {
    let fields = [Field::Email, Field::MobilePhone, Field::PersonCode];
    id.to_lowercase().contains(text)
        || user.fields.full_name().to_lowercase().contains(text)
        || fields.iter().any(|field| user.fields.get(*field).to_lowercase().contains(text))
}

/// `GET …/changes`.
///
/// # Errors
/// What the caller is told; `cursor-expired` for changes that are no longer kept.
pub fn changes<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let changes = system.changes();
    // As they are stored: that is the form in which they are told.
    let (items, next) = feed::<Value, P>(call, "changes", &changes.stream())?;
    Ok(Answer::json(200, &Feed { items, next }))
}

/// A page of a stream and the cursor after it.
///
/// # Errors
/// `cursor-expired`, a cursor of something else, or the store's failure.
pub fn feed<T: serde::de::DeserializeOwned, P: Platform>(
    call: &Call<'_, P>,
    kind: &str,
    stream: &crate::state::Stream<'_, P::Store>,
) -> Result<(Vec<T>, String), Stop> {
    let from = match call.query.cursor() {
        None => stream.start()?,
        Some(text) => {
            let [position] = cursor::decode("after", kind, text)?;
            Position::parse(&position)
                .ok_or_else(|| Problem::invalid("?after", "it is no cursor of this feed"))?
        }
    };
    let read = stream.read::<T>(&from, call.query.limit())?;
    let (entries, next) = read.ok_or_else(|| Problem::of(Code::CursorExpired))?;
    let items = entries.into_iter().map(|entry| entry.value).collect();
    Ok((items, cursor::encode(kind, &[&next.to_string()])))
}
