//! Observers of what guests do to the world outside, for tests of crashes and failures.

use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::oneshot;

/// What kind of access to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EffectKind {
    /// A key-value `get`, `exists` or listing.
    StoreRead,
    /// A key-value `set` or `delete`.
    StoreWrite,
    /// An outbound HTTP request.
    Outbound,
}

impl EffectKind {
    const ALL: [(Self, &'static str); 3] =
        [(Self::StoreRead, "store-read"), (Self::StoreWrite, "store-write"), (Self::Outbound, "outbound")];
}

impl FromStr for EffectKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, n)| *n == name).map(|(kind, _)| *kind);
        found.ok_or_else(|| format!("`{name}` is none of store-read, store-write, outbound"))
    }
}

/// One access. For an observer that counts: `ordinal` numbers the effects of its kind over the host's life,
/// from 1, in the order in which they began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The number of the incoming request that the guest serves, from 1.
    pub request: u64,
    /// The component's id.
    pub component: String,
    /// What is accessed.
    pub kind: EffectKind,
    /// The verb: `get`, `exists`, `list`, `set`, `delete`, or the HTTP method.
    pub verb: String,
    /// The key, or the URL of the outbound request.
    pub target: String,
    /// Bytes of the value for `set`; 0 for the rest.
    pub bytes: usize,
    /// Position among the effects of this kind, from 1.
    pub ordinal: u64,
}

/// What the host does next.
#[derive(Debug, Default)]
pub enum Verdict {
    /// Goes on.
    #[default]
    Continue,
    /// Ends the guest at once, drops its connections, and closes the caller's without an answer, as a killed
    /// process would. Before: the effect does not happen. After: it has happened, and the guest never sees it.
    KillGuest,
    /// Reports a failure to the guest: a store error; a refused connection (before) or a broken one (after).
    Fail,
    /// Waits until the sender sends or is dropped, then goes on. For tests that put two requests in an order.
    Hold(oneshot::Receiver<()>),
}

/// Where in an effect the observer is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing has happened yet.
    Before,
    /// The store has acknowledged; or the head of the answer has arrived.
    After,
}

/// How one incoming request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The guest ran to its end.
    Finished,
    /// The guest trapped or set no answer.
    Trapped,
    /// The guest was stopped at the time limit.
    OutOfTime,
    /// An observer killed the guest.
    Killed,
}

/// How often one guest called its host for what lies outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostCalls {
    /// Reads of variables.
    pub variables: u64,
    /// Key-value `get`.
    pub gets: u64,
    /// Key-value `set`.
    pub sets: u64,
    /// Key-value `delete`.
    pub deletes: u64,
    /// Key-value `exists`.
    pub exists: u64,
    /// Key-value `get-keys`.
    pub lists: u64,
    /// Outbound HTTP requests to allowed addresses.
    pub outbound: u64,
}

/// Measured over one incoming request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The number of the incoming request, from 1.
    pub request: u64,
    /// The component's id.
    pub component: String,
    /// Method and path with query, as `GET /healthz`.
    pub line: String,
    /// The status that the guest set, if it set one.
    pub status: Option<u16>,
    /// How the guest ended.
    pub outcome: Outcome,
    /// Most bytes of linear memory that the guest had at one time.
    pub peak_memory: usize,
    /// What the guest called its host for.
    pub calls: HostCalls,
    /// From the arrival of the request to the end of the guest.
    pub elapsed: Duration,
}

/// Observes, and may interfere. Called from the guests' tasks: be quick, and do not block.
pub trait Effects: Send + Sync + 'static {
    /// Asked before and after each effect.
    fn at(&self, moment: Moment, effect: &Effect) -> Verdict {
        let _ = (moment, effect);
        Verdict::Continue
    }

    /// Told when a guest has ended.
    fn ended(&self, report: &Report) {
        let _ = report;
    }
}

/// Observes nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nothing;

impl Effects for Nothing {}

/// Kills the whole process, as power loss would, at the nth effect of a kind. Written `N[:before|after]:KIND`,
/// for example `3:after:store-write`; without a moment it is `before`.
#[derive(Clone, Debug)]
pub struct DieAt {
    nth: u64,
    moment: Moment,
    kind: EffectKind,
    seen: Arc<AtomicU64>,
}

impl FromStr for DieAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let (nth, moment, kind) = match parts[..] {
            [nth, kind] | [nth, "before", kind] => (nth, Moment::Before, kind),
            [nth, "after", kind] => (nth, Moment::After, kind),
            _ => return Err(format!("`{text}` is not N[:before|after]:KIND")),
        };
        let nth = nth.parse().map_err(|_| format!("`{nth}` is no number"))?;
        Ok(Self { nth, moment, kind: kind.parse()?, seen: Arc::default() })
    }
}

impl fmt::Display for DieAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?} number {}", self.moment, self.kind, self.nth)
    }
}

impl DieAt {
    fn is_due(&self, moment: Moment, kind: EffectKind) -> bool {
        moment == self.moment && kind == self.kind && self.seen.fetch_add(1, Ordering::SeqCst) + 1 == self.nth
    }
}

impl Effects for DieAt {
    fn at(&self, moment: Moment, effect: &Effect) -> Verdict {
        if self.is_due(moment, effect.kind) {
            crate::signals::kill_this_process();
        }
        Verdict::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_counts_its_own_kind_and_moment_only() {
        let switch: DieAt = "2:after:store-write".parse().unwrap();
        assert!(!switch.is_due(Moment::After, EffectKind::StoreWrite));
        assert!(!switch.is_due(Moment::Before, EffectKind::StoreWrite));
        assert!(!switch.is_due(Moment::After, EffectKind::Outbound));
        assert!(switch.is_due(Moment::After, EffectKind::StoreWrite));
    }

    #[test]
    fn the_moment_may_be_left_out() {
        let switch: DieAt = "1:outbound".parse().unwrap();
        assert!(switch.is_due(Moment::Before, EffectKind::Outbound));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "x:outbound", "1:later:outbound", "1:before:disk"] {
            assert!(text.parse::<DieAt>().is_err(), "{text}");
        }
    }
}
