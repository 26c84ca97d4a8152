//! Schedules: a component is called at its times, in UTC, by the clock that guests see.
//!
//! As under Spin's trigger: nothing happens at the start, ticks may overlap, and a tick that fails is a line in
//! the log. Moments that pass while the clock is turned ahead are one tick.

use std::sync::{Arc, atomic::Ordering};

use chrono::{DateTime, Utc};
use tokio::{sync::OwnedSemaphorePermit, task::JoinSet, time::Instant};

use super::{
    app::{App, Loaded},
    bindings::cron::{Error, Metadata, SpinCronPre},
    clock::Waiter,
    ctx::Ctx,
    guest,
    scope::Scope,
};
use crate::{
    effects::{Outcome, Report},
    manifest::Schedule,
};

/// Follows all schedules from this moment on. Never ends by itself; ticks go on when it is dropped.
pub(super) fn follow(app: &Arc<App>) -> impl Future<Output = ()> + use<> {
    let mut all = JoinSet::new();
    for (schedule, component) in &app.schedules {
        // Looked at now, not when the task begins: the clock may be turned in between.
        let mut waiter = app.clock.waiter();
        let start = waiter.now();
        all.spawn(one(Arc::clone(app), schedule.clone(), Arc::clone(component), waiter, start));
    }
    async move { while all.join_next().await.is_some() {} }
}

async fn one(
    app: Arc<App>,
    schedule: Schedule,
    component: Arc<Loaded>,
    mut waiter: Waiter,
    mut last: DateTime<Utc>,
) {
    let Some(pre) = component.cron.clone() else { return };
    while let Some(next) = schedule.after(last) {
        let come = waiter.until(next).await;
        last = waiter.now();
        if !come {
            // Turned back: what comes next is looked for from there.
            continue;
        }
        last = last.max(next);
        match Arc::clone(&app.ticks).try_acquire_owned() {
            Ok(permit) => {
                let tick = Tick { scope: Scope::begin(&app, &component), pre: pre.clone() };
                tokio::spawn(tick.run(permit));
            }
            Err(_) => {
                let line = "ERROR: too many ticks are still running: this one is left out";
                app.options.log.line(&component.id, line);
            }
        }
    }
}

struct Tick {
    scope: Arc<Scope>,
    pre: SpinCronPre<Ctx>,
}

impl Tick {
    async fn run(self, permit: OwnedSemaphorePermit) {
        let Self { scope, pre } = self;
        let began = Instant::now();
        let timestamp = scope.app.clock.since_epoch().as_secs();
        let mut store = guest::store(&scope);
        let running = async {
            let instance = pre.instantiate_async(&mut store).await?;
            instance.call_handle_cron_event(&mut store, Metadata { timestamp }).await
        };
        let outcome = match guest::run(&scope, running).await {
            Ok(done) => {
                if let Err(Error::Other(text)) = done {
                    scope.log(&format!("ERROR: the tick failed: {text}"));
                }
                Outcome::Finished
            }
            Err(outcome) => {
                scope.log("ERROR: the tick did not come to its end");
                outcome
            }
        };
        drop(store);
        drop(permit);
        scope.app.options.effects.ended(&Report {
            request: scope.number,
            component: scope.component.id.clone(),
            line: format!("tick {timestamp}"),
            status: None,
            outcome,
            peak_memory: scope.peak_memory.load(Ordering::Relaxed),
            calls: scope.calls(),
            elapsed: began.elapsed(),
        });
    }
}
