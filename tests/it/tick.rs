//! A tick over two hundred locking systems: those that hang or refuse keep nobody from its turn.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use chrono::{DateTime, Utc};
use futures::future::join_all;
use runner::{EffectKind, Moment, Outcome, Verdict};
use serde_json::{Value, json};
use simulator::{Action, Fault};

use crate::support::{App, Iloq, Setup};

const SYSTEMS: usize = 200;
const CONNECTIONS: usize = 16;
const LATENCY_MS: u64 = 50;
/// What one system may take of a tick of so many, and some moments on a host that is busy with the others.
const SHARE_MS: i64 = 5_000 + 3_000;

/// Two hundred systems, each at a simulator of its own.
struct Many {
    app: App,
    iloq: Vec<Iloq>,
}

/// A tick's answer.
struct Ticked {
    /// In the order of their turns.
    order: Vec<usize>,
    states: BTreeMap<usize, String>,
}

impl Ticked {
    fn of(&self, state: &str) -> BTreeSet<usize> {
        self.states.iter().filter(|(_, of)| *of == state).map(|(number, _)| *number).collect()
    }
}

fn path(number: usize) -> String {
    format!("/v1/systems/s{number:03}")
}

impl Many {
    /// All set up, many at the same moment, and synced once by a tick, with their sessions open and kept.
    async fn start() -> Self {
        let app = App::start().await;
        let iloq = join_all((0..SYSTEMS).map(|_| Iloq::with_persons(1))).await;
        let set_up = async |first: usize| {
            let portal = app.portal.on_own_connection();
            for number in (first..SYSTEMS).step_by(CONNECTIONS) {
                portal.put(&path(number), iloq[number].settings()).await.expect(201);
            }
        };
        join_all((0..CONNECTIONS).map(set_up)).await;
        let many = Self { app, iloq };
        let tick = many.tick().await;
        assert_eq!(tick.of("done").len(), SYSTEMS, "nobody is left out: {:?}", tick.states);
        many.is_away(LATENCY_MS);
        many
    }

    fn is_away(&self, latency_ms: u64) {
        self.iloq.iter().for_each(|iloq| iloq.latency(latency_ms));
    }

    async fn tick(&self) -> Ticked {
        drop(self.app.watcher.take_reports());
        let answer = self.app.portal.post("/v1/jobs/sync-structure", json!({})).await.expect(200);
        let reports = self.app.watcher.take_reports();
        assert!(reports.len() == 1 && reports[0].outcome == Outcome::Finished, "{reports:?}");
        let line = |line: &Value| {
            let number = line["system"].as_str().unwrap()[1..].parse().unwrap();
            (number, line["state"].as_str().unwrap().to_owned())
        };
        let lines: Vec<(usize, String)> = answer["systems"].as_array().unwrap().iter().map(line).collect();
        assert_eq!(lines.len(), SYSTEMS);
        Ticked {
            order: lines.iter().map(|(number, _)| *number).collect(),
            states: lines.into_iter().collect(),
        }
    }

    /// How many of `systems` have a request under way at the same time, at most, from now on.
    fn watch(&self, systems: &BTreeSet<usize>) -> Arc<Mutex<usize>> {
        let addresses: Vec<String> =
            systems.iter().map(|number| format!("http://{}/", self.iloq[*number].addr)).collect();
        let (most, seen) = (Arc::new(Mutex::new(0)), Mutex::new(BTreeMap::<usize, usize>::new()));
        let told = Arc::clone(&most);
        self.app.watcher.set(move |moment, effect| {
            let at = addresses.iter().position(|address| effect.target.starts_with(address.as_str()));
            if let (EffectKind::Outbound, Some(at)) = (effect.kind, at) {
                let mut seen = seen.lock().unwrap();
                match moment {
                    Moment::Before => *seen.entry(at).or_default() += 1,
                    Moment::After => *seen.get_mut(&at).unwrap() -= 1,
                }
                let busy = seen.values().filter(|requests| **requests > 0).count();
                let mut most = told.lock().unwrap();
                *most = (*most).max(busy);
            }
            Verdict::Continue
        });
        most
    }

    /// How long the last structure sync of a system took, by its own record.
    async fn took_ms(&self, number: usize) -> i64 {
        let runs = format!("{}/runs?job=sync-structure&limit=1", path(number));
        let run = self.app.portal.get(&runs).await.expect(200)["items"][0].clone();
        assert_eq!(run["state"], "failed", "{run}");
        let at = |member: &str| run[member].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
        (at("finishedAt") - at("startedAt")).num_milliseconds()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_that_hang_and_five_that_refuse_keep_none_of_190_from_its_turn() {
    let mut many = Many::start().await;
    // The first ones, so that they are all begun before anybody else.
    let (hanging, refusing) = ([0, 1, 2, 3, 4], [5, 6, 7, 8, 199]);
    for number in hanging {
        many.iloq[number].simulator.add_fault(Fault { action: Action::Hang, ..Fault::default() });
    }
    for number in refusing {
        many.iloq[number].down().await;
    }
    let healthy: BTreeSet<usize> =
        (0..SYSTEMS).filter(|number| !hanging.contains(number) && !refusing.contains(number)).collect();
    let most = many.watch(&healthy);
    let tick = many.tick().await;
    many.app.watcher.clear();
    assert_eq!(tick.of("done"), healthy, "{:?}", tick.states);
    assert_eq!(tick.of("failed"), hanging.into_iter().chain(refusing).collect(), "{:?}", tick.states);
    let at_once = *most.lock().unwrap() + hanging.len();
    assert!(at_once >= 16, "{at_once} systems at once, with those that hang");
    for number in hanging {
        let took = many.took_ms(number).await;
        assert!(took <= SHARE_MS, "s{number:03} took {took} ms");
    }

    // Less time, and iLOQ far away: now there is more to do than a tick holds.
    let Many { app, iloq } = many;
    let app = Setup::new().on(app.stop().await).variable("slice_seconds", "8").start().await;
    let many = Many { app, iloq };
    many.is_away(700);
    let mut before = many.tick().await;
    for _ in 0..2 {
        let left_out = before.of("skipped");
        assert!(!left_out.is_empty(), "there is nothing to compete for: {:?}", before.states);
        let tick = many.tick().await;
        let first: BTreeSet<usize> = tick.order[..left_out.len()].iter().copied().collect();
        assert_eq!(first, left_out, "whoever was left out comes first");
        before = tick;
    }
}
