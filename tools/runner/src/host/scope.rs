//! One incoming request or tick, as its guest's host calls see it.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

use super::app::{App, Loaded};
use crate::effects::{Effect, EffectKind, HostCalls, Moment, Verdict};

/// Shared by everything that works for one incoming request or tick.
pub(super) struct Scope {
    pub(super) number: u64,
    pub(super) app: Arc<App>,
    pub(super) component: Arc<Loaded>,
    /// Told once when an observer kills the guest.
    pub(super) kill: Notify,
    /// Most bytes of linear memory so far.
    pub(super) peak_memory: AtomicUsize,
    calls: Mutex<HostCalls>,
}

/// What an observer let happen.
pub(super) enum Step {
    Go,
    Fail,
    /// The guest is being dropped: wait for that, without an end.
    Killed,
}

impl Scope {
    /// Begins one call of a component.
    pub(super) fn begin(app: &Arc<App>, component: &Arc<Loaded>) -> Arc<Self> {
        Arc::new(Self {
            number: app.counters.requests.fetch_add(1, Ordering::SeqCst) + 1,
            app: Arc::clone(app),
            component: Arc::clone(component),
            kill: Notify::new(),
            peak_memory: AtomicUsize::new(0),
            calls: Mutex::default(),
        })
    }

    /// A line of the host's own about this call.
    pub(super) fn log(&self, line: &str) {
        self.app.options.log.line(&self.component.id, line);
    }

    /// Counts a call of the host.
    pub(super) fn count(&self, count: impl FnOnce(&mut HostCalls)) {
        count(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What was counted so far.
    pub(super) fn calls(&self) -> HostCalls {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn effect(&self, kind: EffectKind, verb: &str, target: &str) -> Effect {
        let ordinal = self.app.counters.of(kind).fetch_add(1, Ordering::SeqCst) + 1;
        Effect {
            request: self.number,
            component: self.component.id.clone(),
            kind,
            verb: verb.to_owned(),
            target: target.to_owned(),
            bytes: 0,
            ordinal,
        }
    }

    pub(super) async fn ask(&self, moment: Moment, effect: &Effect) -> Step {
        match self.app.options.effects.at(moment, effect) {
            Verdict::Continue => Step::Go,
            Verdict::Fail => Step::Fail,
            Verdict::KillGuest => {
                self.kill.notify_one();
                Step::Killed
            }
            Verdict::Hold(until) => {
                // A dropped sender lets it go on, too.
                let _ = until.await;
                Step::Go
            }
        }
    }
}
