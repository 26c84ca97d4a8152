//! Pages of what is stored.

use portal_api::{cursor, types::List};

use super::store::{Listed, StructureStore};
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
};

/// The entities that `keep` keeps, by id. Empty before the first sync.
///
/// # Errors
/// A cursor of something else, or the store's failure.
pub(super) fn list<T: Listed, P: Platform>(
    call: &Call<'_, P>,
    keep: impl Fn(&T) -> bool,
) -> Result<Answer, Stop> {
    let after = match call.query.cursor() {
        Some(text) => {
            let [id] = cursor::decode("cursor", T::KIND, text)?;
            Some(id)
        }
        None => None,
    };
    let space = &call.system()?.space;
    let (items, more) = StructureStore::new(space).scan(after.as_deref(), call.query.limit(), keep)?;
    let next = items.last().filter(|_| more).map(|item| cursor::encode(T::KIND, &[item.id()]));
    Ok(Answer::json(200, &List { items, next }))
}
