//! What iLOQ's checks of a key mean for the caller: a stable code for each result, and what to do next.
//!
//! A result that is not known is told as it is, and means no.

use iloq_model::{
    CanAddAccessRight, CanDeleteAccessRight, CanDeleteKey, CanOrder, CanOrderBlockList, CanReturn,
};
use portal_api::{Code, IloqCause, Problem};

/// What nobody but a person who looks at the key can tell.
const LOOK: &str = "Look at the key in iLOQ Manager; it is tried again by itself.";

/// One result of one check.
struct Verdict {
    code: Code,
    /// What to do next, if the code's own words are not the best ones.
    next: &'static str,
    operation: &'static str,
    check: &'static str,
    result: i32,
    meaning: &'static str,
}

impl Verdict {
    fn problem(self, fact: &str) -> Problem {
        let next = if self.next.is_empty() { self.code.next_step() } else { self.next };
        let cause = IloqCause::operation(self.operation).with_result(
            self.check,
            i64::from(self.result),
            self.meaning,
        );
        Problem::new(self.code, format!("{fact}: {}. {next}", self.meaning)).with_iloq(cause)
    }
}

/// Why an order is refused (`CanOrder`); `fact` says what that leaves undone, without a full stop.
#[must_use]
pub fn order(code: CanOrder, fact: &str) -> Problem {
    let (problem, next) = match code {
        CanOrder::NeedsManager | CanOrder::WrongKeyType => (Code::NeedsManager, ""),
        CanOrder::LicenceLimit => (Code::LicenceLimit, ""),
        CanOrder::KeyIdTooLarge => (Code::OrderRefused, "Use another key."),
        CanOrder::RightOutsideZones => (
            Code::OrderRefused,
            "Give the API user the zones of these access rights in iLOQ Manager, or use other rights; the order alone is tried again.",
        ),
        CanOrder::LimitOutsideZones => (
            Code::OrderRefused,
            "Give the API user the zones of these time profiles in iLOQ Manager, or use others; the order alone is tried again.",
        ),
        CanOrder::BlockListed => (
            Code::KeyUnmodifiable,
            "Take the key off the block list with DELETE …/block-list/{key}; the order alone is tried again.",
        ),
        CanOrder::PhoneNumberMissing => (
            Code::MissingContact,
            "Enter a phone number for the key in iLOQ Manager, or send a new phone key; the order alone is tried again.",
        ),
        CanOrder::EmailMissing => (
            Code::MissingContact,
            "Enter an e-mail address for the key in iLOQ Manager, or send a new phone key; the order alone is tried again.",
        ),
        CanOrder::TooManyLimits => (Code::TooManyLimits, ""),
        CanOrder::MainZoneMissing => (
            Code::SetupIncomplete,
            "Put the id of a zone into defaults.zoneId of the settings; the order alone is tried again.",
        ),
        CanOrder::NoPerson => {
            (Code::OrderRefused, "Attach the key to a user first; the order alone is tried again.")
        }
        CanOrder::TagMissing => {
            (Code::OrderRefused, "Enter the tag's number in iLOQ Manager; the order alone is tried again.")
        }
        CanOrder::Ok | CanOrder::NotInPlanning | CanOrder::Failed | CanOrder::Other(_) => {
            (Code::OrderRefused, LOOK)
        }
    };
    Verdict {
        code: problem,
        next,
        operation: "Keys_CanOrderKey",
        check: "CanOrder",
        result: code.code(),
        meaning: code.meaning(),
    }
    .problem(fact)
}

/// Why no access right may be added (`CanAdd`).
#[must_use]
pub fn add_right(code: CanAddAccessRight) -> Problem {
    let (problem, next) = match code {
        CanAddAccessRight::TooManyRights => (Code::TooManyRights, ""),
        CanAddAccessRight::KeyUnmodifiable => {
            (Code::KeyUnmodifiable, "Take the key off the block list, or choose another one.")
        }
        _ => (Code::KeyUnmodifiable, "Look at the key in iLOQ Manager, then try again."),
    };
    Verdict {
        code: problem,
        next,
        operation: "Keys_CanAddSecurityAccess",
        check: "CanAdd",
        result: code.code(),
        meaning: code.meaning(),
    }
    .problem("iLOQ does not let this key be changed")
}

/// Why an access right may not be taken off (`CanDelete` of a right).
#[must_use]
pub fn delete_right(code: CanDeleteAccessRight, fact: &str) -> Problem {
    let next = match code {
        CanDeleteAccessRight::KeyUnmodifiable => "Take the key off the block list, then try again.",
        _ => "Look at the key in iLOQ Manager, then try again.",
    };
    Verdict {
        code: Code::KeyUnmodifiable,
        next,
        operation: "Keys_CanDeleteSecurityAccess",
        check: "CanDelete",
        result: code.code(),
        meaning: code.meaning(),
    }
    .problem(fact)
}

/// Why a phone key can be neither returned nor deleted: the result that a person can do something about.
#[must_use]
pub fn keep_phone(may_return: CanReturn, may_delete: CanDeleteKey, fact: &str) -> Problem {
    const OFF_LIST: &str =
        "Take the key off the block list with DELETE …/block-list/{key}; then it is returned by itself.";
    let returning = |code, next| Verdict {
        code,
        next,
        operation: "Keys_CanReturnKey",
        check: "CanReturn",
        result: may_return.code(),
        meaning: may_return.meaning(),
    };
    let deleting = |code, next| Verdict {
        code,
        next,
        operation: "Keys_CanDeleteKey",
        check: "CanDelete",
        result: may_delete.code(),
        meaning: may_delete.meaning(),
    };
    let verdict = match (may_return, may_delete) {
        (CanReturn::BlockListed, _) => returning(Code::KeyUnmodifiable, OFF_LIST),
        (CanReturn::NeverProgrammed, CanDeleteKey::BlockListed) => deleting(Code::KeyUnmodifiable, OFF_LIST),
        (CanReturn::NeverProgrammed, CanDeleteKey::InProgramming) => deleting(
            Code::NeedsManager,
            "It is returned by itself as soon as the phone has taken it; until then it can be removed in iLOQ Manager.",
        ),
        (CanReturn::NeverProgrammed, _) => deleting(Code::NeedsManager, LOOK),
        (CanReturn::NeedsManager, _) => returning(
            Code::NeedsManager,
            "Return it in iLOQ Manager, or take off there what is no API right; it is tried again by itself.",
        ),
        _ => returning(Code::NeedsManager, LOOK),
    };
    verdict.problem(fact)
}

/// Why the block list can't be ordered (`CanOrderS40Blacklist`).
#[must_use]
pub fn order_block_list(code: CanOrderBlockList) -> Problem {
    let (problem, next) = match code {
        CanOrderBlockList::NeedsManager => (
            Code::NeedsManager,
            "A person has to order the block list in Manager with the programming token.",
        ),
        CanOrderBlockList::TooManyItems => (
            Code::OrderRefused,
            "Take keys off the block list that are returned or found; the order alone is tried again.",
        ),
        _ => (Code::OrderRefused, "Look at the block list in iLOQ Manager; the order alone is tried again."),
    };
    Verdict {
        code: problem,
        next,
        operation: "Blacklists_CanOrderS40Blacklist",
        check: "CanOrderS40Blacklist",
        result: code.code(),
        meaning: code.meaning(),
    }
    .problem("The block list has changed, but it can't be ordered")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each text is whole: no doubled and no missing full stop, and it says what to do after what is wrong.
    fn reads_well(problem: &Problem) {
        let text = &problem.detail;
        assert!(text.ends_with('.') && !text.contains("..") && text.matches(". ").count() >= 1, "{text}");
        let cause = problem.iloq.as_ref().unwrap();
        assert!(text.contains(cause.meaning.as_deref().unwrap()), "{text}");
    }

    #[test]
    fn every_code_says_what_to_do() {
        let unknown = [CanOrder::Other(77)];
        for code in CanOrder::ALL.iter().chain(&unknown) {
            reads_well(&order(*code, "iLOQ took the change but not the order"));
        }
        for code in CanAddAccessRight::ALL.iter().chain(&[CanAddAccessRight::Other(77)]) {
            reads_well(&add_right(*code));
        }
        for code in CanDeleteAccessRight::ALL.iter().chain(&[CanDeleteAccessRight::Other(77)]) {
            reads_well(&delete_right(*code, "iLOQ does not let this key be changed"));
        }
        for code in CanOrderBlockList::ALL.iter().chain(&[CanOrderBlockList::Other(77)]) {
            reads_well(&order_block_list(*code));
        }
        for may_return in CanReturn::ALL.iter().chain(&[CanReturn::Other(77)]) {
            for may_delete in CanDeleteKey::ALL.iter().chain(&[CanDeleteKey::Other(77)]) {
                reads_well(&keep_phone(*may_return, *may_delete, "The key can't be taken away"));
            }
        }
    }
}
