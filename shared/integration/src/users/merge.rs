//! Three-way merge of one user, field by field, against the last common value.

use super::fields::{Field, Fields};

/// A field that changed on both sides to different values. The portal's stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision {
    /// The field.
    pub field: Field,
    /// iLOQ's value, which the portal's replaces.
    pub iloq: String,
}

/// What both sides have afterwards, and what that changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merge {
    /// The values both sides have afterwards.
    pub result: Fields,
    /// Fields that iLOQ gets a new value for.
    pub to_iloq: Vec<Field>,
    /// Fields that the portal gets a new value for.
    pub to_portal: Vec<Field>,
    /// Fields that changed on both sides.
    pub collisions: Vec<Collision>,
}

/// Merges. `base` is the last value that both sides had; without one (first contact) the portal's
/// value stands where it has one, and iLOQ's fills the rest.
#[must_use]
pub fn merge(base: Option<&Fields>, portal: &Fields, iloq: &Fields) -> Merge {
    let mut merge = Merge { result: portal.clone(), ..Merge::default() };
    for field in Field::ALL {
        let (ours, theirs) = (portal.get(field), iloq.get(field));
        if ours == theirs {
            continue;
        }
        let before = base.map(|b| b.get(field));
        let take_theirs = match before {
            Some(before) => ours == before,
            None => ours.is_empty(),
        };
        if take_theirs {
            merge.result.set(field, theirs);
            merge.to_portal.push(field);
        } else {
            merge.to_iloq.push(field);
            if before.is_some_and(|before| before != theirs) {
                merge.collisions.push(Collision { field, iloq: theirs.to_owned() });
            }
        }
    }
    merge
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(email: &str) -> Fields {
        let mut fields = Fields::default();
        fields.set(Field::Email, email);
        fields
    }

    /// (base, portal, iloq) → (result, written to iLOQ, written to the portal, collision)
    #[test]
    fn every_case_of_one_field() {
        type Case = (Option<&'static str>, &'static str, &'static str, &'static str, bool, bool, bool);
        let cases: [Case; 11] = [
            (Some("a"), "a", "a", "a", false, false, false),
            (Some("a"), "b", "a", "b", true, false, false),
            (Some("a"), "a", "b", "b", false, true, false),
            (Some("a"), "b", "b", "b", false, false, false),
            (Some("a"), "b", "c", "b", true, false, true),
            (Some("a"), "", "a", "", true, false, false),
            (Some("a"), "a", "", "", false, true, false),
            (Some("a"), "", "c", "", true, false, true),
            (None, "a", "b", "a", true, false, false),
            (None, "", "b", "b", false, true, false),
            (None, "a", "", "a", true, false, false),
        ];
        for (base, portal, iloq, result, to_iloq, to_portal, collision) in cases {
            let base = base.map(fields);
            let merged = merge(base.as_ref(), &fields(portal), &fields(iloq));
            let case = format!("{base:?} {portal} {iloq}");
            assert_eq!(merged.result.get(Field::Email), result, "{case}");
            assert_eq!(!merged.to_iloq.is_empty(), to_iloq, "{case}");
            assert_eq!(!merged.to_portal.is_empty(), to_portal, "{case}");
            assert_eq!(!merged.collisions.is_empty(), collision, "{case}");
        }
    }

    #[test]
    fn a_merge_is_done_once() {
        let merged = merge(Some(&fields("a")), &fields("b"), &fields("c"));
        let again = merge(Some(&merged.result), &merged.result, &merged.result);
        assert!(again.to_iloq.is_empty() && again.to_portal.is_empty() && again.collisions.is_empty());
    }
}
