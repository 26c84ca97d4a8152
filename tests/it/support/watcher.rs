//! What guests do to the world, seen from the host; a test may interfere by a rule.

use std::sync::{Arc, Mutex};

use runner::{Effect, EffectKind, Effects, Moment, Report, Verdict};

type Rule = Box<dyn FnMut(Moment, &Effect) -> Verdict + Send>;

/// Acts by the rule that is set, if any, and keeps the reports.
#[derive(Default)]
pub struct Watcher {
    rule: Mutex<Option<Rule>>,
    reports: Mutex<Vec<Report>>,
}

impl Watcher {
    /// From now on `rule` decides.
    pub fn set(&self, rule: impl FnMut(Moment, &Effect) -> Verdict + Send + 'static) {
        *self.rule.lock().unwrap() = Some(Box::new(rule));
    }

    /// Nothing interferes any more.
    pub fn clear(&self) {
        *self.rule.lock().unwrap() = None;
    }

    /// The guest dies at the `n`th moment from now: each store write and each request to iLOQ has one before and
    /// one after it. The result tells how many there were.
    pub fn kill_at(&self, n: Option<u64>) -> Arc<Mutex<u64>> {
        let seen = Arc::new(Mutex::new(0));
        let counter = Arc::clone(&seen);
        self.set(move |_, effect| {
            if effect.kind == EffectKind::StoreRead {
                return Verdict::Continue;
            }
            let mut seen = counter.lock().unwrap();
            *seen += 1;
            if Some(*seen) == n { Verdict::KillGuest } else { Verdict::Continue }
        });
        seen
    }

    /// All effects from now on, before they happen.
    pub fn record(&self) -> Arc<Mutex<Vec<Effect>>> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&seen);
        self.set(move |moment, effect| {
            if moment == Moment::Before {
                list.lock().unwrap().push(effect.clone());
            }
            Verdict::Continue
        });
        seen
    }

    /// The reports since the last call of this.
    pub fn take_reports(&self) -> Vec<Report> {
        std::mem::take(&mut *self.reports.lock().unwrap())
    }
}

impl Effects for Watcher {
    fn at(&self, moment: Moment, effect: &Effect) -> Verdict {
        match self.rule.lock().unwrap().as_mut() {
            Some(rule) => rule(moment, effect),
            None => Verdict::Continue,
        }
    }

    fn ended(&self, report: &Report) {
        self.reports.lock().unwrap().push(report.clone());
    }
}
