//! The difference between the API rights that a key has and those that it is to have.

use std::collections::BTreeSet;

use iloq_model::{AccessRight, AccessRightId};
use portal_api::{Code, Problem};

/// What has to change. Rights of other types are never in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Given first, so that the key never has less than both sets have in common.
    pub add: Vec<AccessRightId>,
    /// Taken after.
    pub remove: Vec<AccessRightId>,
}

impl Difference {
    /// Compares what is planned on the key with what is wanted.
    #[must_use]
    pub fn between(planned: &[AccessRight], wanted: &BTreeSet<AccessRightId>) -> Self {
        let has: BTreeSet<_> = api_rights(planned);
        Self {
            add: wanted.difference(&has).copied().collect(),
            remove: has.difference(wanted).copied().collect(),
        }
    }

    /// Whether the key has exactly what is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }
}

/// The API rights among those of a key: the only ones that the functions touch.
#[must_use]
pub fn api_rights(rights: &[AccessRight]) -> BTreeSet<AccessRightId> {
    rights.iter().filter(|right| right.is_api_right()).map(|right| right.id).collect()
}

/// Whether every wanted right may be given through the API.
///
/// # Errors
/// `unknown-access-right` or `not-an-api-right`, naming the right.
pub fn check(definitions: &[AccessRight], wanted: &BTreeSet<AccessRightId>) -> Result<(), Problem> {
    for id in wanted {
        match definitions.iter().find(|right| right.id == *id) {
            None => {
                let fact = format!("The API user sees no access right {id}.");
                return Err(Problem::because(Code::UnknownAccessRight, &fact));
            }
            Some(right) if !right.is_assignable() => {
                let name = right.name.as_deref().unwrap_or_default();
                let fact = format!("{name} ({id}) is no active, shown API access right.");
                return Err(Problem::because(Code::NotAnApiRight, &fact));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use iloq_model::AccessRightType;
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> AccessRightId {
        AccessRightId::from_uuid(Uuid::from_u128(n))
    }

    fn right(n: u128, kind: AccessRightType) -> AccessRight {
        AccessRight { kind: Some(kind), ..AccessRight::new(id(n)) }
    }

    #[test]
    fn only_api_rights_come_and_go() {
        let planned = [
            right(1, AccessRightType::Api),
            right(2, AccessRightType::Api),
            right(9, AccessRightType::Standard),
        ];
        let wanted = BTreeSet::from([id(2), id(3)]);
        let difference = Difference::between(&planned, &wanted);
        assert_eq!(difference, Difference { add: vec![id(3)], remove: vec![id(1)] });
        assert!(Difference::between(&planned, &BTreeSet::from([id(1), id(2)])).is_empty());
    }

    #[test]
    fn what_may_not_be_given_is_named() {
        let definitions = [right(1, AccessRightType::Api), right(9, AccessRightType::Standard)];
        assert!(check(&definitions, &BTreeSet::from([id(1)])).is_ok());
        assert_eq!(check(&definitions, &BTreeSet::from([id(9)])).unwrap_err().code, Code::NotAnApiRight);
        assert_eq!(check(&definitions, &BTreeSet::from([id(5)])).unwrap_err().code, Code::UnknownAccessRight);
    }
}
