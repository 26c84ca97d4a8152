//! Ten thousand persons, with iLOQ 50 ms away: in slices, within memory, and no write twice.

use std::time::Duration;

use futures::future::join_all;
use runner::Outcome;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{App, Iloq, users};

const MANY: usize = 10_000;
const LATENCY_MS: u64 = 50;
/// `slice_seconds`, and a little for what comes after the last step.
const SLICE: Duration = Duration::from_secs(25);
const MEMORY: usize = 128 << 20;
const CONNECTIONS: usize = 20;

/// What the portal waited for, and what iLOQ was asked.
struct Measured {
    last: Value,
    slices: usize,
    seconds: f64,
    longest: Duration,
    memory: usize,
    requests: u64,
    listings: u64,
    writes: u64,
}

/// Syncs until it is done, as a scheduler would.
async fn sync(app: &App, iloq: &Iloq) -> Measured {
    iloq.simulator.reset_calls();
    drop(app.watcher.take_reports());
    let (start, mut slices) = (Instant::now(), 0);
    let last = loop {
        slices += 1;
        let answer = app.portal.post("/v1/systems/house/users/sync", json!({})).await;
        match answer.status {
            200 => break answer.body,
            _ => assert_eq!(answer.expect(202)["run"]["state"], "incomplete"),
        }
        assert!(slices < 20, "it does not come to an end");
    };
    let seconds = start.elapsed().as_secs_f64();
    let counters = iloq.simulator.counters();
    let reports = app.watcher.take_reports();
    assert!(reports.iter().all(|report| report.outcome == Outcome::Finished), "{reports:?}");
    Measured {
        last,
        slices,
        seconds,
        longest: reports.iter().map(|report| report.elapsed).max().unwrap(),
        memory: reports.iter().map(|report| report.peak_memory).max().unwrap(),
        requests: counters.total,
        listings: counters.calls.get("Persons_GetAllPersons").copied().unwrap_or(0),
        writes: counters
            .effects
            .iter()
            .filter(|(name, _)| name.starts_with("Persons_"))
            .map(|(_, n)| n)
            .sum(),
    }
}

impl Measured {
    /// Prints the numbers, and holds them against what is promised.
    fn check(&self, what: &str) {
        println!(
            "{what}: {} slices, {:.1} s, longest {:.1} s, {} requests ({} listings, {} writes), peak {:.1} MiB",
            self.slices,
            self.seconds,
            self.longest.as_secs_f64(),
            self.requests,
            self.listings,
            self.writes,
            self.memory as f64 / f64::from(1 << 20),
        );
        assert!(self.longest < SLICE, "{what}: a slice took {:?}", self.longest);
        assert!(self.memory <= MEMORY, "{what}: {} bytes", self.memory);
        assert_eq!(self.listings, self.slices as u64, "{what}: one listing for each slice");
        assert_eq!(self.last["run"]["state"], "done", "{what}");
        assert_eq!(self.last["counts"]["failed"], 0, "{what}");
    }
}

/// One more sync finds nothing to do: one call in all, and no write.
async fn nothing_to_do(app: &App, iloq: &Iloq, what: &str) {
    let again = sync(app, iloq).await;
    again.check(what);
    assert_eq!(again.last["counts"]["unchanged"], MANY);
    assert_eq!((again.slices, again.requests, again.writes), (1, 1, 0), "{:?}", iloq.simulator.counters());
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_persons_are_imported() {
    let (app, iloq) = (App::start().await, Iloq::with_persons(MANY).await);
    iloq.set_up(&app.portal, "house").await;
    iloq.latency(LATENCY_MS);
    let imported = sync(&app, &iloq).await;
    imported.check("10,000 imported");
    assert_eq!(imported.last["counts"]["imported"], MANY);
    assert_eq!(imported.writes, 0);
    assert_eq!(users(&app.portal, "house").await.len(), MANY);
    nothing_to_do(&app, &iloq, "10,000 imported, again").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_users_are_brought_to_iloq() {
    let (app, iloq) = (App::start().await, Iloq::with_persons(0).await);
    let start = Instant::now();
    iloq.suspend(&app.portal, "house").await;
    let save = async |first: usize| {
        let portal = app.portal.on_own_connection();
        for n in (first..MANY).step_by(CONNECTIONS) {
            let body = json!({
                "firstName": format!("First {n}"), "lastName": format!("Last {n}"), "email": format!("u{n}@example.com"),
                "mobilePhone": format!("+35840{n:07}"), "companyName": "Example Oy",
            });
            portal.put(&format!("/v1/systems/house/users/u{n:05}"), body).await.expect(202);
        }
    };
    join_all((0..CONNECTIONS).map(save)).await;
    iloq.set_up(&app.portal, "house").await;
    println!("10,000 saves that wait: {:.1} s", start.elapsed().as_secs_f64());
    iloq.latency(LATENCY_MS);
    let pushed = sync(&app, &iloq).await;
    pushed.check("10,000 pushed");
    println!("{:?}", iloq.simulator.counters());
    assert_eq!(pushed.last["counts"]["created"], MANY);
    assert_eq!(pushed.writes, MANY as u64, "no write twice");
    assert_eq!(iloq.simulator.ids(None, "persons").len(), MANY);
    nothing_to_do(&app, &iloq, "10,000 pushed, again").await;
}
