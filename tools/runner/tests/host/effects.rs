//! Observers that watch, fail, kill and hold.

use std::sync::{Arc, Mutex};

use runner::{Effect, EffectKind, Effects, HostCalls, Moment, Outcome, Report, Verdict};
use tokio::sync::oneshot;

use crate::probe::{Probe, options, state};

type Rule = Box<dyn Fn(Moment, &Effect) -> Verdict + Send + Sync>;

/// Acts by a rule, and remembers.
struct Observer {
    rule: Rule,
    seen: Mutex<Vec<(Moment, Effect)>>,
    reports: Mutex<Vec<Report>>,
}

impl Observer {
    fn new(rule: impl Fn(Moment, &Effect) -> Verdict + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { rule: Box::new(rule), seen: Mutex::default(), reports: Mutex::default() })
    }
}

impl Effects for Observer {
    fn at(&self, moment: Moment, effect: &Effect) -> Verdict {
        self.seen.lock().unwrap().push((moment, effect.clone()));
        (self.rule)(moment, effect)
    }

    fn ended(&self, report: &Report) {
        self.reports.lock().unwrap().push(report.clone());
    }
}

fn at_write(wanted: Moment, verdict: impl Fn() -> Verdict + Send + Sync + 'static) -> Arc<Observer> {
    Observer::new(move |moment, effect| {
        if moment == wanted && effect.kind == EffectKind::StoreWrite && effect.ordinal == 1 {
            verdict()
        } else {
            Verdict::Continue
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_killed_before_a_write_has_not_written() {
    let state = state();
    let probe = Probe::start(options(&state).effects(at_write(Moment::Before, || Verdict::KillGuest))).await;
    assert!(probe.try_send("/a/set?x", "1").await.is_err(), "the caller's connection breaks");
    assert_eq!(probe.get("/a/keys").await.1, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_killed_after_a_write_has_written_and_told_nobody() {
    let state = state();
    let observer = at_write(Moment::After, || Verdict::KillGuest);
    let probe = Probe::start(options(&state).effects(Arc::clone(&observer) as Arc<dyn Effects>)).await;
    assert!(probe.try_send("/a/set?x", "1").await.is_err());
    assert_eq!(probe.get("/a/get?x").await.1, "1");
    assert_eq!(observer.reports.lock().unwrap()[0].outcome, Outcome::Killed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_store_is_an_error_the_guest_can_answer() {
    let state = state();
    let probe = Probe::start(options(&state).effects(at_write(Moment::Before, || Verdict::Fail))).await;
    assert_eq!(probe.post("/a/set?x", "1").await.0, 502);
    assert_eq!(probe.post("/a/set?x", "2").await.0, 200, "the second write is let through");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_write_happens_after_a_later_one() {
    let state = state();
    let (release, held) = oneshot::channel();
    let (arrived, at_the_gate) = oneshot::channel();
    let (held, arrived) = (Mutex::new(Some(held)), Mutex::new(Some(arrived)));
    let observer = at_write(Moment::Before, move || {
        let _ = arrived.lock().unwrap().take().map(|tell| tell.send(()));
        held.lock().unwrap().take().map_or(Verdict::Continue, Verdict::Hold)
    });
    let probe = Arc::new(Probe::start(options(&state).effects(observer)).await);
    let slow = tokio::spawn({
        let probe = Arc::clone(&probe);
        async move { probe.post("/a/set?x", "slow").await }
    });
    at_the_gate.await.unwrap();
    assert_eq!(probe.post("/a/set?x", "quick").await.0, 200);
    release.send(()).unwrap();
    assert_eq!(slow.await.unwrap().0, 200);
    assert_eq!(probe.get("/a/get?x").await.1, "slow");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbound_request_is_seen_before_and_after() {
    let state = state();
    let observer =
        Observer::new(
            |_, effect| if effect.kind == EffectKind::Outbound { Verdict::Fail } else { Verdict::Continue },
        );
    let probe = Probe::start(options(&state).effects(Arc::clone(&observer) as Arc<dyn Effects>)).await;
    let (_, error) = probe.get("/a/outbound?http://127.0.0.1:9/path?q=1").await;
    assert!(error.contains("ConnectionRefused"), "{error}");
    let seen = observer.seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].1.verb.as_str(), seen[0].1.target.as_str()), ("GET", "http://127.0.0.1:9/path?q=1"));
    assert_eq!(seen[0].1.component, "a");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_tells_the_peak_of_memory_and_the_status() {
    let state = state();
    let observer = Observer::new(|_, _| Verdict::Continue);
    let probe = Probe::start(options(&state).effects(Arc::clone(&observer) as Arc<dyn Effects>)).await;
    probe.get("/a/allocate?50000000").await;
    probe.handle.shutdown().await;
    let reports = observer.reports.lock().unwrap();
    assert!((50_000_000..60_000_000).contains(&reports[0].peak_memory), "{}", reports[0].peak_memory);
    assert_eq!((reports[0].status, reports[0].outcome), (Some(200), Outcome::Finished));
    assert_eq!(reports[0].line, "POST /a/allocate?50000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_killed_after_an_outbound_request_has_sent_it_once() {
    let state = state();
    let observer = Observer::new(|moment, effect| {
        let due = moment == Moment::After && effect.kind == EffectKind::Outbound;
        if due { Verdict::KillGuest } else { Verdict::Continue }
    });
    let probe = Probe::start(options(&state).effects(observer)).await;
    let (url, connections) = crate::outbound::server(usize::MAX).await;
    assert!(probe.try_send(&format!("/a/outbound?{url}"), "").await.is_err());
    assert_eq!(connections.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert_eq!(probe.get("/a/hello").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_tells_its_key_and_its_size() {
    let state = state();
    let observer = Observer::new(|_, _| Verdict::Continue);
    let probe = Probe::start(options(&state).effects(Arc::clone(&observer) as Arc<dyn Effects>)).await;
    probe.post("/a/set?some-key", "12345").await;
    let seen = observer.seen.lock().unwrap();
    let effect = &seen[0].1;
    assert_eq!((effect.verb.as_str(), effect.target.as_str(), effect.bytes), ("set", "some-key", 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_counts_what_the_guest_called_its_host_for() {
    let state = state();
    let observer = Observer::new(|_, _| Verdict::Continue);
    let probe = Probe::start(options(&state).effects(Arc::clone(&observer) as Arc<dyn Effects>)).await;
    let (url, _) = crate::outbound::server(usize::MAX).await;
    let one = HostCalls::default();
    let expected = [
        ("hello", one),
        ("variable?secret", HostCalls { variables: 1, ..one }),
        ("get?x", HostCalls { gets: 1, ..one }),
        ("set?x", HostCalls { sets: 1, ..one }),
        ("delete?x", HostCalls { deletes: 1, ..one }),
        ("exists?x", HostCalls { exists: 1, ..one }),
        ("keys", HostCalls { lists: 1, ..one }),
        (&format!("outbound?{url}"), HostCalls { outbound: 1, ..one }),
    ];
    for (what, _) in &expected {
        probe.get(&format!("/a/{what}")).await;
    }
    probe.handle.shutdown().await;
    let reports = observer.reports.lock().unwrap();
    for (what, calls) in expected {
        let report = reports.iter().find(|report| report.line.ends_with(&format!("/a/{what}"))).unwrap();
        assert_eq!(report.calls, calls, "{what}");
    }
}
