//! What a full sync does, as a pure function of what was read.

use std::collections::{BTreeMap, BTreeSet};

use iloq_model::{LockGroupId, Person, PersonId};

use portal_api::types::{Matching, SyncAction};

use crate::{
    state::Waiting,
    users::{
        fields::Fields,
        matching,
        merge::{Merge, merge},
        record::{Candidate, Link, UserRecord},
    },
};

/// Everything that was read before planning.
pub struct Input<'a> {
    /// The locking system, from which the ids of new persons are derived.
    pub lock_group: LockGroupId,
    /// All users by id.
    pub users: BTreeMap<&'a str, &'a UserRecord>,
    /// iLOQ's complete listing.
    pub persons: &'a [Person],
    /// What is done with persons of the same name.
    pub matching: Matching,
}

/// One step for one user. Steps for different users do not depend on each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The portal's id.
    pub user: String,
    /// What is done.
    pub action: Action,
}

/// What is done for a user. `person` is an index into the listing.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A person that nobody knew becomes a user.
    Import {
        /// Index into the listing.
        person: usize,
    },
    /// A linked user is brought to the common value.
    Update {
        /// Index into the listing.
        person: usize,
        /// The common value.
        merge: Box<Merge>,
    },
    /// A user is linked to a person and brought to the common value.
    Link {
        /// Index into the listing.
        person: usize,
        /// The common value.
        merge: Box<Merge>,
        /// The import that had the person until now.
        from: Option<String>,
    },
    /// A person is made.
    Create,
    /// Persons of the same name exist: somebody has to decide.
    Conflict {
        /// Those persons.
        candidates: Vec<Candidate>,
    },
    /// The person is missing from the listing: ask for it alone, then mark the user as gone.
    Gone {
        /// The person.
        person: PersonId,
    },
    /// The person of a user that was gone is there again.
    Back {
        /// Index into the listing.
        person: usize,
        /// The common value.
        merge: Box<Merge>,
    },
    /// The user was deleted in the portal; now in iLOQ.
    Delete,
}

impl Action {
    /// The action as an answer's items name it.
    #[must_use]
    pub const fn kind(&self) -> SyncAction {
        match self {
            Self::Import { .. } => SyncAction::Import,
            Self::Update { .. } => SyncAction::Update,
            Self::Link { .. } => SyncAction::Link,
            Self::Create => SyncAction::Create,
            Self::Conflict { .. } => SyncAction::Conflict,
            Self::Gone { .. } => SyncAction::Gone,
            Self::Back { .. } => SyncAction::Restore,
            Self::Delete => SyncAction::Delete,
        }
    }

    /// Whether a user would go: what the removal brake counts.
    #[must_use]
    pub const fn removes(&self) -> bool {
        matches!(self, Self::Gone { .. } | Self::Delete)
    }
}

/// The whole plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// What is done, ordered by user.
    pub steps: Vec<Step>,
    /// Users that need nothing.
    pub unchanged: usize,
    /// Users whose person is linked, before this run: what the brake's share is taken of.
    pub linked: usize,
}

/// Plans a full sync.
#[must_use]
pub fn plan(input: &Input<'_>) -> Plan {
    let mut planner = Planner::new(input);
    planner.linked_users();
    planner.deleted_users();
    planner.by_external_id();
    planner.by_name();
    planner.imports();
    planner.finish()
}
struct Planner<'a> {
    input: &'a Input<'a>,
    by_id: BTreeMap<PersonId, usize>,
    by_external_id: BTreeMap<&'a str, usize>,
    /// Persons that a user has.
    taken: Vec<bool>,
    /// Imports that the portal has not adopted: their persons may still be matched by name.
    imports: BTreeMap<usize, &'a str>,
    /// Users without a person, for later stages.
    unlinked: Vec<&'a str>,
    /// Imports whose person another user gets in this run.
    superseded: BTreeSet<&'a str>,
    plan: Plan,
}

impl<'a> Planner<'a> {
    fn new(input: &'a Input<'a>) -> Self {
        let by_id = input.persons.iter().enumerate().map(|(index, person)| (person.id, index)).collect();
        let by_external_id = input.persons.iter().enumerate().filter_map(|(index, person)| {
            let external = person.external_person_id.as_deref().filter(|e| !e.is_empty())?;
            Some((external, index))
        });
        Self {
            input,
            by_id,
            by_external_id: by_external_id.collect(),
            taken: vec![false; input.persons.len()],
            imports: BTreeMap::new(),
            unlinked: Vec::new(),
            superseded: BTreeSet::new(),
            plan: Plan::default(),
        }
    }

    fn finish(self) -> Plan {
        let Self { mut plan, superseded, .. } = self;
        // An import that another user takes over has no step of its own.
        let before = plan.steps.len();
        plan.steps.retain(|step| !superseded.contains(step.user.as_str()));
        plan.unchanged -= superseded.len() - (before - plan.steps.len());
        plan.steps.sort_by(|a, b| a.user.cmp(&b.user));
        plan
    }

    fn step(&mut self, user: &str, action: Action) {
        self.plan.steps.push(Step { user: user.to_owned(), action });
    }

    /// Users that have a person already.
    fn linked_users(&mut self) {
        let linked = self.input.users.iter().filter_map(|(&id, &user)| {
            let person = user.person.filter(|_| user.is_visible())?;
            Some((id, user, person))
        });
        let (imports, own): (Vec<_>, Vec<_>) = linked.partition(|(_, user, _)| user.is_unadopted_import());
        let import_of: BTreeMap<PersonId, &str> =
            imports.iter().map(|(id, _, person)| (*person, *id)).collect();
        for (id, user, person) in own {
            self.linked(id, user, person, import_of.get(&person).copied());
        }
        for (id, user, person) in imports {
            if self.superseded.contains(id) {
                self.plan.unchanged += 1;
            } else {
                self.linked(id, user, person, None);
            }
        }
    }

    /// `import`: another user who has the same person and was imported while this one adopted it.
    fn linked(&mut self, id: &'a str, user: &UserRecord, person_id: PersonId, import: Option<&'a str>) {
        self.plan.linked += usize::from(user.link != Link::Gone);
        let Some(&person) = self.by_id.get(&person_id) else {
            if user.link == Link::Gone {
                self.plan.unchanged += 1;
            } else {
                self.step(id, Action::Gone { person: person_id });
            }
            return;
        };
        if std::mem::replace(&mut self.taken[person], true) {
            // Two saves at one moment linked the same person: a person decides.
            self.conflict(id, &[person]);
            return;
        }
        if user.is_unadopted_import() {
            self.imports.insert(person, id);
        }
        self.superseded.extend(import);
        let listed = &self.input.persons[person];
        let action = match (open(user, listed), import) {
            (_, Some(import)) => {
                let merge = merge(user.base(), &user.fields, &Fields::of_person(listed));
                Action::Link { person, merge: Box::new(merge), from: Some(import.to_owned()) }
            }
            (Some(merge), None) if user.link == Link::Gone => Action::Back { person, merge: Box::new(merge) },
            (Some(merge), None) => Action::Update { person, merge: Box::new(merge) },
            (None, None) => {
                self.plan.unchanged += 1;
                return;
            }
        };
        self.step(id, action);
    }

    /// Users that were deleted here and are still to be deleted there. Their persons are not imported anew.
    fn deleted_users(&mut self) {
        for (&id, &user) in &self.input.users {
            if user.link != Link::Deleting {
                continue;
            }
            let person = match user.person {
                Some(person) => self.by_id.get(&person).copied(),
                None => self.own_person(id, user),
            };
            if let Some(person) = person {
                self.taken[person] = true;
            }
            if is_parked(user) {
                self.plan.unchanged += 1;
            } else {
                self.step(id, Action::Delete);
            }
        }
    }

    /// Users without a person whose id a person has as `ExternalPersonId`, or whose own GUID exists: a
    /// crash came between making the person and noting it.
    fn by_external_id(&mut self) {
        for (&id, &user) in &self.input.users {
            if user.person.is_some() || !user.is_visible() {
                continue;
            }
            match self.own_person(id, user).filter(|&person| !self.taken[person]) {
                Some(person) => {
                    let derived = matching::derived_person_id(self.input.lock_group, id, user.generation);
                    self.taken[person] = true;
                    let iloq = Fields::of_person(&self.input.persons[person]);
                    // A person that we made has nothing that the portal does not know.
                    let base = if self.input.persons[person].id == derived { Some(&iloq) } else { None };
                    let merge = merge(user.base().or(base), &user.fields, &iloq);
                    self.step(id, Action::Link { person, merge: Box::new(merge), from: None });
                }
                None => self.unlinked.push(id),
            }
        }
    }

    /// The person that bears the user's id, or that was made for the user.
    fn own_person(&self, id: &str, user: &UserRecord) -> Option<usize> {
        let derived = matching::derived_person_id(self.input.lock_group, id, user.generation);
        self.by_external_id.get(id).or_else(|| self.by_id.get(&derived)).copied()
    }

    fn by_name(&mut self) {
        let unlinked = std::mem::take(&mut self.unlinked);
        if unlinked.is_empty() {
            return;
        }
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        if self.input.matching != Matching::Off {
            for (index, person) in self.input.persons.iter().enumerate() {
                if !self.taken[index] || self.imports.contains_key(&index) {
                    by_name.entry(Fields::of_person(person).match_name()).or_default().push(index);
                }
            }
        }
        let mut wanted: BTreeMap<String, usize> = BTreeMap::new();
        for id in &unlinked {
            *wanted.entry(self.input.users[id].fields.match_name()).or_default() += 1;
        }
        for id in unlinked {
            let user = self.input.users[id];
            if is_parked(user) {
                self.plan.unchanged += 1;
                continue;
            }
            let name = user.fields.match_name();
            let persons = by_name.get(&name).map_or(&[][..], Vec::as_slice);
            let only = (wanted[&name] == 1).then_some(persons);
            let persons = if user.decided { &[] } else { persons };
            match (self.input.matching, persons, only) {
                (_, [], _) => self.step(id, Action::Create),
                (Matching::Link, _, Some(&[person])) if !has_external_id(&self.input.persons[person]) => {
                    self.link_by_name(id, person);
                }
                _ => self.conflict(id, persons),
            }
        }
    }

    fn link_by_name(&mut self, id: &str, person: usize) {
        let from = self.imports.remove(&person);
        self.superseded.extend(from);
        self.taken[person] = true;
        let iloq = Fields::of_person(&self.input.persons[person]);
        let merge = merge(None, &self.input.users[id].fields, &iloq);
        self.step(id, Action::Link { person, merge: Box::new(merge), from: from.map(str::to_owned) });
    }

    fn conflict(&mut self, id: &str, persons: &[usize]) {
        let candidates: Vec<_> =
            persons.iter().map(|&p| matching::candidate(&self.input.persons[p])).collect();
        if self.input.users[id].link == Link::Conflict(candidates.clone()) {
            self.plan.unchanged += 1;
        } else {
            self.step(id, Action::Conflict { candidates });
        }
    }

    fn imports(&mut self) {
        let mut new_ids: BTreeSet<String> = BTreeSet::new();
        for (index, person) in self.input.persons.iter().enumerate() {
            if self.taken[index] {
                continue;
            }
            let free = |id: &str| {
                !new_ids.contains(id) && self.input.users.get(id).is_none_or(|u| u.link == Link::Deleted)
            };
            let id = matching::import_id(person, free);
            new_ids.insert(id.clone());
            self.plan.steps.push(Step { user: id, action: Action::Import { person: index } });
        }
    }
}

/// The common value of a user and its person, if anything is still to be done for it.
#[must_use]
pub fn open(user: &UserRecord, person: &Person) -> Option<Merge> {
    let merge = merge(user.base(), &user.fields, &Fields::of_person(person));
    let equal = merge.to_iloq.is_empty() && merge.to_portal.is_empty();
    (!equal || !is_settled(user)).then_some(merge)
}

/// Whether nothing is open for a linked user whose fields are equal on both sides.
fn is_settled(user: &UserRecord) -> bool {
    matches!(user.link, Link::Linked | Link::Undeletable) && user.base() == Some(&user.fields)
}

/// Whether the user's work was given up until a person decides.
fn is_parked(user: &UserRecord) -> bool {
    user.waiting.as_ref().is_some_and(Waiting::needs_a_person)
}

fn has_external_id(person: &Person) -> bool {
    person.external_person_id.as_deref().is_some_and(|e| !e.is_empty())
}
