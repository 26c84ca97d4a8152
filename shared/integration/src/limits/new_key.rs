//! Limits that a new phone key gets before its first order.

use iloq_client::{IloqApi, View};
use iloq_model::{DateText, KeyId, KeyTimeLimitSlot, KeyTimeLimits, SlotNo, TimeZone};
use portal_api::{
    Patch, Problem,
    types::{PutLimits, check_period},
};

use super::{clock, merge, write};
use crate::problem::Stop;

/// Where the limits are in the request.
const PLACE: &str = "/limits";

/// The limits that a request gives with a new phone key, as far as they can be checked without iLOQ.
pub struct NewKeyLimits<'r> {
    request: Option<&'r PutLimits>,
    /// What a person should know: a time that the clock shows twice.
    pub warning: Option<String>,
}

impl<'r> NewKeyLimits<'r> {
    /// Checks them for a phone, and against the clock of `zone`.
    ///
    /// # Errors
    /// `invalid-request`; those of the clock.
    pub fn check(zone: &TimeZone, request: Option<&'r PutLimits>) -> Result<Self, Problem> {
        let Some(limits) = request else { return Ok(Self { request, warning: None }) };
        let checked = merge::check_phone(limits).and_then(|()| clock::check(zone, limits));
        Ok(Self { request, warning: checked.map_err(inside)? })
    }

    /// The planned return, which comes with the key itself.
    #[must_use]
    pub fn expected_return(&self) -> Option<DateText> {
        match self.request?.expected_return {
            Patch::Value(date) => Some(merge::date_text(date)),
            Patch::Absent | Patch::Null => None,
        }
    }

    /// The slots of the time profiles: what is wrong with them is told before anything is written. Reads only.
    ///
    /// # Errors
    /// Those of `write::added`.
    pub async fn slots(&self, api: &impl IloqApi) -> Result<Vec<KeyTimeLimitSlot>, Stop> {
        match self.request {
            Some(request) => Ok(placed(write::added(api, &KeyTimeLimits::default(), request).await)?),
            None => Ok(Vec::new()),
        }
    }

    /// Puts the limits on the key, whatever iLOQ has put there by itself. May be repeated. `slots`: as
    /// [`Self::slots`] has read them for a key that was made just now.
    ///
    /// # Errors
    /// Those of `write::added` and `write::write`.
    pub async fn put(
        &self,
        api: &impl IloqApi,
        id: KeyId,
        slots: Option<Vec<KeyTimeLimitSlot>>,
    ) -> Result<(), Stop> {
        let Some(request) = self.request.filter(|request| names_limits(request)) else { return Ok(()) };
        let before = api.key_time_limits(id, View::Planned).await?;
        let added = match slots {
            Some(mut slots) => {
                let has = merge::profiles(&before);
                slots.retain(|slot| slot.title_id.is_none_or(|title| !has.contains(&title)));
                slots
            }
            None => placed(write::added(api, &before, request).await)?,
        };
        let after = merge::merge(&before, request, added);
        check_period(merge::date(&after, SlotNo::Start), merge::date(&after, SlotNo::End)).map_err(inside)?;
        if after == before {
            return Ok(());
        }
        placed(write::write(api, id, &before, &after).await)
    }
}

/// Whether there is anything but the planned return.
fn names_limits(request: &PutLimits) -> bool {
    !PutLimits { expected_return: Patch::Absent, ..request.clone() }.is_empty()
}

fn placed<T>(outcome: Result<T, Stop>) -> Result<T, Stop> {
    outcome.map_err(|stop| match stop {
        Stop::Problem(problem) => inside(problem).into(),
        stop => stop,
    })
}

/// The same problem, its pointers seen from the whole request.
fn inside(mut problem: Problem) -> Problem {
    for error in &mut problem.errors {
        error.pointer.insert_str(0, PLACE);
    }
    problem
}
