//! What an operation on a locking system is given.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use hyper::body::Bytes;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    http::{Answer, Outcome, Refusal},
    ids::{self, Ids},
    shape::{Record, Rendered},
    world::{System, Table, guid},
};

/// The user's view: who asks, and which zones he sees.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    /// The visible zones; `None` for all.
    pub(crate) zones: Option<BTreeSet<Uuid>>,
}

impl Viewer {
    /// Whether something that lies in `zones` is visible.
    pub(crate) fn sees<'a>(&self, zones: impl IntoIterator<Item = &'a Uuid>) -> bool {
        match &self.zones {
            None => true,
            Some(visible) => zones.into_iter().any(|zone| visible.contains(zone)),
        }
    }

    /// Whether a record is visible by its `Zone_ID`; one without a zone is.
    pub(crate) fn sees_record(&self, record: &Record) -> bool {
        guid(record, "Zone_ID").is_none_or(|zone| self.sees([&zone]))
    }
}

/// One call of an operation.
pub(crate) struct Call<'a> {
    pub(crate) system: &'a mut System,
    pub(crate) viewer: Viewer,
    pub(crate) now: DateTime<Utc>,
    pub(crate) ids: &'a mut Ids,
    pub(crate) params: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Record,
}

impl Call<'_> {
    /// The GUID at place `index` of the path.
    pub(crate) fn id(&self, index: usize) -> Result<Uuid, Refusal> {
        let text = self.params.get(index).map_or("", String::as_str);
        ids::parse(text).ok_or_else(|| Refusal::invalid("id", text))
    }

    /// The object called `name` in the body.
    pub(crate) fn object(&self, name: &str) -> Result<Record, Refusal> {
        let found = self.body.get(name).and_then(|value| value.as_object());
        found.cloned().ok_or_else(|| Refusal::validation(format!("Parameter {name} is required.")))
    }

    /// A query parameter that must be one of `allowed`.
    pub(crate) fn choice(&self, name: &str, allowed: &[i64]) -> Result<i64, Refusal> {
        let given =
            self.query.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
        let number = given.parse().ok().filter(|number| allowed.contains(number));
        number.ok_or_else(|| Refusal::invalid(name, given))
    }

    /// All values of a query parameter.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The zones given, which must exist and be visible; the default zone for keys and persons if none is given.
    pub(crate) fn zones_or_default(&self, given: Vec<Uuid>) -> Result<BTreeSet<Uuid>, Refusal> {
        if given.is_empty() {
            let default = self.system.zones.iter().find(|(_, zone)| crate::world::number(zone, "Type") == 4);
            return Ok(default.map(|(id, _)| id).into_iter().collect());
        }
        for zone in &given {
            if !self.system.zones.contains(*zone) || !self.viewer.sees([zone]) {
                return Err(Refusal::invalid("ZoneIds", zone));
            }
        }
        Ok(given.into_iter().collect())
    }

    /// The real estate that `record` names must exist.
    pub(crate) fn check_real_estate(&self, record: &Record) -> Result<(), Refusal> {
        let id = guid(record, "RealEstate_ID").unwrap_or(Uuid::nil());
        if self.system.real_estates.contains(id) {
            Ok(())
        } else {
            Err(Refusal::invalid("RealEstate_ID", id))
        }
    }

    /// The zone that `record` names must exist and be visible; none is fine.
    pub(crate) fn check_zone(&self, record: &Record) -> Result<(), Refusal> {
        match guid(record, "Zone_ID") {
            Some(zone) if !self.system.zones.contains(zone) || !self.viewer.sees([&zone]) => {
                Err(Refusal::invalid("Zone_ID", zone))
            }
            _ => Ok(()),
        }
    }
}

/// A whole listing: the kept bytes if the user sees everything, else what he sees.
pub(crate) fn listing<T>(
    table: &mut Table<T>,
    viewer: &Viewer,
    listed: impl Fn(&T) -> bool,
    sees: impl Fn(&Viewer, &T) -> bool,
    render: impl for<'a> Fn(&'a T) -> Rendered<'a>,
) -> Outcome {
    let everything = |table: &Table<T>| {
        to_bytes(&table.iter().map(|(_, row)| row).filter(|row| listed(row)).map(&render).collect::<Vec<_>>())
    };
    if viewer.zones.is_none() {
        return table.listing(everything).map(Answer::Json);
    }
    let visible = table.iter().map(|(_, row)| row).filter(|row| listed(row) && sees(viewer, row));
    to_bytes(&visible.map(&render).collect::<Vec<_>>()).map(Answer::Json)
}

fn to_bytes(value: &impl Serialize) -> Result<Bytes, Refusal> {
    match Answer::of(value)? {
        Answer::Json(bytes) => Ok(bytes),
        Answer::Void | Answer::Stream => Ok(Bytes::new()),
    }
}
