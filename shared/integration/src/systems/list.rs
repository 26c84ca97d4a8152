//! `GET /v1/systems`.

use portal_api::{cursor, types::List};

use super::view;
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    state::Registry,
};

const KIND: &str = "systems";

/// The systems that the token covers, by id.
///
/// # Errors
/// What the caller is told.
pub(super) fn systems<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let after = match call.query.cursor() {
        Some(text) => {
            let [id] = cursor::decode("cursor", KIND, text)?;
            id
        }
        None => String::new(),
    };
    let store = call.platform.store();
    let registry = Registry::new(store);
    let covers = |id: &str| call.principal.is_some_and(|principal| principal.covers(id));
    let ids = registry.ids()?;
    let mut ids = ids.iter().filter(|id| **id > after && covers(id)).peekable();
    let mut items = Vec::new();
    let mut last = None;
    while items.len() < call.query.limit()
        && let Some(id) = ids.next()
    {
        // The index may still name a system that is gone.
        if let Some(record) = registry.get(id)? {
            items.push(view::system(store, id, &record)?);
        }
        last = Some(id);
    }
    let next = last.filter(|_| ids.peek().is_some()).map(|id| cursor::encode(KIND, &[id]));
    Ok(Answer::json(200, &List { items, next }))
}
