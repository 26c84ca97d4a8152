//! The stable codes, with their status, title and next step.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! codes {
    ($($variant:ident $name:literal $status:literal $retry:literal $title:literal $next:literal)*) => {
        /// A problem's stable code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", $name, "` (", stringify!($status), "): ", $title, ".")] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the contract's table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            fn row(self) -> &'static Row {
                const ROWS: &[Row] = &[$(Row {
                    name: $name, status: $status, retryable: $retry, title: $title, next: $next,
                }),*];
                &ROWS[self as usize]
            }
        }
    };
}

/// What is known of a code.
struct Row {
    name: &'static str,
    status: u16,
    retryable: bool,
    title: &'static str,
    next: &'static str,
}

codes! {
    MalformedJson "malformed-json" 400 false "The body is not JSON"
        "Send one JSON object in UTF-8 without repeated members."
    IdempotencyKeyRequired "idempotency-key-required" 400 false "An idempotency key is needed"
        "Send the header Idempotency-Key with 1 to 255 visible ASCII characters, a new one for each new intent."
    Unauthenticated "unauthenticated" 401 false "No valid token"
        "Send the header Authorization: Bearer <token> with a token that is configured in access_tokens."
    InsufficientScope "insufficient-scope" 403 false "The token's scope is too small"
        "Use a token with a wider scope."
    NotFound "not-found" 404 false "There is nothing at this path"
        "Check the path: no trailing or doubled slash, ids of letters, digits and ._~- only."
    UnknownSystem "unknown-system" 404 false "There is no such system"
        "Check the system's id, and that the token covers it; PUT /v1/systems/{system} makes one."
    UnknownUser "unknown-user" 404 false "There is no such user"
        "Check the user's id, or save the user first."
    UnknownKey "unknown-key" 404 false "There is no such key"
        "Check the key's id, and that the API user sees the key's zones."
    UnknownRun "unknown-run" 404 false "There is no such run"
        "Runs are kept for some days: list them with GET /v1/systems/{system}/runs."
    MethodNotAllowed "method-not-allowed" 405 false "The path does not take this method"
        "Use one of the methods in the Allow header."
    NotAcceptable "not-acceptable" 406 false "The answer has none of the media types asked for"
        "Send Accept with application/json, application/x-ndjson or text/csv, or leave it out."
    CursorExpired "cursor-expired" 410 false "The cursor is too old"
        "Start again without a cursor."
    BodyTooLarge "body-too-large" 413 false "The body is too large"
        "Send at most 1 MiB."
    UnsupportedMediaType "unsupported-media-type" 415 false "The body's media type is not taken"
        "Send the body with Content-Type: application/json."
    SetupIncomplete "setup-incomplete" 409 false "The set-up is not complete"
        "Complete the system's settings; POST /v1/systems/{system}/check names what is missing."
    LockGroupChoiceNeeded "lock-group-choice-needed" 409 false "The API user sees several locking systems"
        "Put the id of the one that is meant into lockGroupId of the settings."
    KeyAttachedToAnotherUser "key-attached-to-another-user" 409 false "The key belongs to another user"
        "Take the key from the other user first."
    AlreadyProgrammed "already-programmed" 409 false "The phone is registered already"
        "Send force only if the person has a new phone."
    PhoneNumberInUse "phone-number-in-use" 409 false "Another key uses this phone number"
        "Return the other phone key, or use another number."
    UserConflict "user-conflict" 409 false "The user is not linked to one person in iLOQ"
        "Resolve the conflict with POST /v1/systems/{system}/users/{user}/resolve."
    UserBlocked "user-blocked" 409 false "The user is blocked"
        "Unblock the user first."
    InProgress "in-progress" 409 true "The same work is going on"
        "Try again in a few seconds with the same idempotency key."
    SystemSuspended "system-suspended" 409 false "No calls are made to this locking system"
        "iLOQ refused the login: correct the settings and put them again, then one login is tried."
    OrderRefused "order-refused" 409 false "iLOQ refused the order"
        "See iloq.check and iloq.meaning; the order alone is tried again later."
    LicenceLimit "licence-limit" 409 false "The licence does not allow more"
        "Free a licence, or ask the iLOQ dealer for more."
    NeedsManager "needs-manager" 409 false "This has to be done in iLOQ Manager"
        "A person has to order the change in Manager with the programming token."
    InvalidRequest "invalid-request" 422 false "A member of the request is wrong"
        "Correct the members listed in errors."
    InvalidPhoneNumber "invalid-phone-number" 422 false "The phone number is not in international form"
        "Send + and 8 to 15 digits, for example +358401234567."
    InvalidEmail "invalid-email" 422 false "The e-mail address is not valid"
        "Send one address of the form name@example.com."
    MissingContact "missing-contact" 422 false "There is no address to send to"
        "Give the phone number or e-mail address in the request, or save it with the user."
    NotAnApiRight "not-an-api-right" 422 false "The access right can't be given through the API"
        "Use access rights whose assignable is true."
    UnknownAccessRight "unknown-access-right" 422 false "There is no such access right"
        "List them with GET /v1/systems/{system}/access-rights?all=true."
    KeyUnmodifiable "key-unmodifiable" 422 false "iLOQ does not let this key be changed"
        "See iloq.meaning for the reason."
    TooManyRights "too-many-rights" 422 false "The key has no room for so many access rights"
        "Give fewer access rights."
    TooManyLimits "too-many-limits" 422 false "The key has no room for so many limits in time"
        "Use fewer time profiles or weekly rows."
    InvalidTimeLimit "invalid-time-limit" 422 false "The limit in time is not possible"
        "Correct the times named in errors."
    IdempotencyKeyReused "idempotency-key-reused" 422 false "The idempotency key belongs to another request"
        "Use a new key for a new request; repeat an old one with the same body."
    AddressNotAllowed "address-not-allowed" 422 false "The address is not allowed"
        "Use an https address of iLOQ, or have the variable iloq_extra_origin set to its origin."
    IloqLoginRefused "iloq-login-refused" 502 false "iLOQ refused the login"
        "Check service code, user name and password of the API user, then put the settings again."
    IloqRightsMissing "iloq-rights-missing" 502 false "The API user lacks a right"
        "Give the API user the right in iLOQ Manager; POST /v1/systems/{system}/check names what is missing."
    IloqRefused "iloq-refused" 502 false "iLOQ refused the call"
        "See iloq for the operation and its status."
    IloqUnexpectedAnswer "iloq-unexpected-answer" 502 true "iLOQ's answer makes no sense"
        "Check serviceAddress; if it is right, try again later and report it with the request id."
    IloqUnavailable "iloq-unavailable" 503 true "iLOQ does not answer"
        "Try again after the time in Retry-After."
    StoreUnavailable "store-unavailable" 503 true "The key-value store does not answer"
        "Try again after the time in Retry-After."
    Internal "internal" 500 true "An error in these functions"
        "Try again; if it stays, report it with the request id."
}

impl Code {
    /// The code as it is written, for example `unknown-system`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The code of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> u16 {
        self.row().status
    }

    /// The short text that is the same for every problem of this code.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub fn retryable(self) -> bool {
        self.row().retryable
    }

    /// What to do next, as a sentence.
    #[must_use]
    pub fn next_step(self) -> &'static str {
        self.row().next
    }

    /// Seconds for `Retry-After` when nothing better is known: both kinds of 503 have one, and
    /// `in-progress`.
    #[must_use]
    pub fn retry_after(self) -> Option<u32> {
        match self {
            Self::IloqUnavailable | Self::StoreUnavailable => Some(30),
            Self::InProgress => Some(5),
            _ => None,
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| de::Error::custom("not a problem code"))
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn names_are_unique_and_read_back() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.name()), Some(*code));
            assert!(code.next_step().ends_with('.'), "{}", code.name());
            assert!(!code.title().ends_with('.'), "{}", code.name());
        }
    }

    #[test]
    fn the_contracts_table() {
        let of = |status: u16| -> Vec<&str> {
            Code::ALL.iter().filter(|c| c.status() == status).map(|c| c.name()).collect()
        };
        assert_eq!(of(400), ["malformed-json", "idempotency-key-required"]);
        assert_eq!(of(404), ["not-found", "unknown-system", "unknown-user", "unknown-key", "unknown-run"]);
        assert_eq!(of(503), ["iloq-unavailable", "store-unavailable"]);
        assert_eq!(
            of(502),
            ["iloq-login-refused", "iloq-rights-missing", "iloq-refused", "iloq-unexpected-answer"]
        );
        assert_eq!(of(409).len(), 12);
        assert_eq!(of(422).len(), 12);
        assert_eq!(Code::ALL.len(), 2 + 2 + 5 + 5 + 12 + 12 + 4 + 2 + 1);
    }
}
