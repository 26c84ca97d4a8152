//! The client, and how it is set up.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use crate::io::TransportError;
use crate::session::SessionState;
use crate::{Credentials, Deadline, OriginPatterns, retry};

/// What is told of each request, for metrics and logs. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestNote {
    /// iLOQ's operation id.
    pub operation: &'static str,
    /// The status of the answer, or why there was none.
    pub outcome: Result<u16, TransportError>,
    /// How long it took.
    pub duration: Duration,
}

type Observer = Box<dyn Fn(&RequestNote)>;

/// A client for one locking system and one run.
///
/// It opens a session when the first call needs one, and keeps it with its
/// [`SessionKeeper`](crate::io::SessionKeeper). Calls may run at the same time; they share the login.
pub struct Client<T, C, R, K> {
    pub(crate) transport: T,
    pub(crate) clock: C,
    pub(crate) random: R,
    pub(crate) keeper: K,
    pub(crate) credentials: Credentials,
    pub(crate) origins: OriginPatterns,
    pub(crate) deadline: Deadline,
    pub(crate) traceparent: Option<String>,
    pub(crate) observer: Option<Observer>,
    pub(crate) state: RefCell<SessionState>,
    pub(crate) requests: Cell<u64>,
    pub(crate) retries_left: Cell<u32>,
}

impl<T, C, R, K> Client<T, C, R, K> {
    /// A client that has sent nothing yet. `origins` are the addresses it may call; after `deadline`
    /// it sends nothing more.
    pub fn new(
        credentials: Credentials,
        origins: OriginPatterns,
        transport: T,
        clock: C,
        random: R,
        keeper: K,
        deadline: Deadline,
    ) -> Self {
        Self {
            transport,
            clock,
            random,
            keeper,
            credentials,
            origins,
            deadline,
            traceparent: None,
            observer: None,
            state: RefCell::default(),
            requests: Cell::new(0),
            retries_left: Cell::new(retry::BUDGET),
        }
    }

    /// Sends this `traceparent` header with every request.
    #[must_use]
    pub fn with_traceparent(mut self, traceparent: &str) -> Self {
        self.traceparent = Some(traceparent.to_owned());
        self
    }

    /// Tells `observer` of every request once it has ended.
    #[must_use]
    pub fn on_request(mut self, observer: impl Fn(&RequestNote) + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// How many requests have been sent, retries and logins included.
    pub fn requests(&self) -> u64 {
        self.requests.get()
    }
}
