//! The operations: their paths, the user rights they need, the bodies they take.

use crate::{
    block_list, call::Call, http::Outcome, key_rights, keys, limits, lock_records, locks, logs, orders,
    persons, phones, profiles, sessions, sessions::Incoming, structure, tags, webhooks, world::World,
};

/// The user rights that an operation needs (bits of the rights mask).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rights {
    /// All of the bits.
    All(u64),
    /// One of the bits at least.
    Any(u64),
}

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Anyone.
    Open,
    /// Anyone with a living session.
    Session,
    /// Who has chosen a locking system and has the rights.
    System(Rights),
}

/// What an operation does.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// To the simulator as a whole.
    World(fn(&mut World, &Incoming) -> Outcome),
    /// To one locking system.
    System(fn(&mut Call<'_>) -> Outcome),
}

/// One operation of the Public API.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    /// Its name in iLOQ's document.
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    /// The path after `/api/v2/`; `{}` stands for a GUID.
    pub(crate) path: &'static str,
    pub(crate) gate: Gate,
    /// The shape of the body; `None` for no body.
    pub(crate) body: Option<&'static str>,
    /// The query parameters.
    pub(crate) query: &'static [&'static str],
    /// Whether it changes something that is kept.
    pub(crate) writes: bool,
    pub(crate) run: Run,
}

impl Operation {
    /// An operation of one locking system.
    pub(crate) const fn new(
        id: &'static str,
        method: &'static str,
        path: &'static str,
        rights: Rights,
        run: fn(&mut Call<'_>) -> Outcome,
    ) -> Self {
        let writes = !matches!(method.as_bytes(), b"GET");
        Self {
            id,
            method,
            path,
            gate: Gate::System(rights),
            body: None,
            query: &[],
            writes,
            run: Run::System(run),
        }
    }

    /// An operation before a locking system has been chosen.
    pub(crate) const fn outside(
        id: &'static str,
        method: &'static str,
        path: &'static str,
        gate: Gate,
        run: fn(&mut World, &Incoming) -> Outcome,
    ) -> Self {
        Self { id, method, path, gate, body: None, query: &[], writes: false, run: Run::World(run) }
    }

    /// With a body.
    pub(crate) const fn body(mut self, shape: &'static str) -> Self {
        self.body = Some(shape);
        self
    }

    /// With query parameters.
    pub(crate) const fn query(mut self, names: &'static [&'static str]) -> Self {
        self.query = names;
        self
    }

    /// A POST that only reads.
    pub(crate) const fn reads(mut self) -> Self {
        self.writes = false;
        self
    }

    /// The ids in `path`, or `None` if it is another path.
    fn ids_in(&self, path: &str) -> Option<Vec<String>> {
        let mut ids = Vec::new();
        let mut given = path.split('/');
        for wanted in self.path.split('/') {
            let segment = given.next()?;
            if wanted == "{}" {
                if segment.is_empty() {
                    return None;
                }
                ids.push(crate::http::decode(segment, false)?);
            } else if wanted != segment {
                return None;
            }
        }
        given.next().is_none().then_some(ids)
    }
}

const ALL: &[&[Operation]] = &[
    sessions::OPERATIONS,
    persons::OPERATIONS,
    keys::OPERATIONS,
    key_rights::OPERATIONS,
    limits::OPERATIONS,
    orders::OPERATIONS,
    phones::OPERATIONS,
    tags::OPERATIONS,
    profiles::OPERATIONS,
    structure::OPERATIONS,
    locks::OPERATIONS,
    lock_records::OPERATIONS,
    block_list::OPERATIONS,
    logs::OPERATIONS,
    webhooks::OPERATIONS,
];

/// What iLOQ's document has and this simulator has not: calendars and code access groups.
const NOT_SIMULATED: [&str; 3] = ["CalendarDatas", "CalendarDataTitles", "SecurityRoles"];

/// What a path and a verb lead to.
pub(crate) enum Found {
    /// An operation and the ids in its path.
    Operation(&'static Operation, Vec<String>),
    /// The path exists, with other verbs.
    OtherMethod,
    /// A path of iLOQ's that is not simulated.
    NotSimulated,
    /// No such path.
    Nothing,
}

/// Finds the operation at `path` (after `/api/v2/`). A literal segment goes before an id.
pub(crate) fn find(method: &str, path: &str) -> Found {
    let all =
        || ALL.iter().copied().flatten().filter_map(|operation| Some((operation, operation.ids_in(path)?)));
    let Some(fewest) = all().map(|(_, ids)| ids.len()).min() else {
        let known = NOT_SIMULATED.iter().any(|name| path.split('/').next() == Some(name));
        return if known { Found::NotSimulated } else { Found::Nothing };
    };
    let found = all().find(|(operation, ids)| ids.len() == fewest && operation.method == method);
    found.map_or(Found::OtherMethod, |(operation, ids)| Found::Operation(operation, ids))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_operations_share_a_name_or_a_place() {
        let (mut names, mut places) = (BTreeSet::new(), BTreeSet::new());
        for operation in ALL.iter().copied().flatten() {
            assert!(names.insert(operation.id), "{}", operation.id);
            assert!(places.insert((operation.method, operation.path)), "{}", operation.id);
        }
    }

    #[test]
    fn every_body_has_a_shape() {
        for operation in ALL.iter().copied().flatten() {
            if let Some(name) = operation.body {
                assert!(
                    !format!("{:?}", crate::shape::shape(name)).contains("fields: []"),
                    "{}",
                    operation.id
                );
            }
        }
    }

    #[test]
    fn a_literal_segment_goes_before_an_id() {
        let Found::Operation(operation, ids) = find("GET", "Persons/GetByExternalPersonIds") else {
            panic!()
        };
        assert_eq!((operation.id, ids.len()), ("Persons_GetPersonsByExternalPersonIds", 0));
        assert!(matches!(find("PATCH", "Persons"), Found::OtherMethod));
        for path in ["persons", "Persons/", "Persons//Keys", "Nothing"] {
            assert!(matches!(find("GET", path), Found::Nothing), "{path}");
        }
    }
}
