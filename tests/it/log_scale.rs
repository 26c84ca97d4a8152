//! An access log of a hundred thousand rows, pulled by the component: few requests, little memory, in slices.

use chrono::{DateTime, TimeDelta, Utc};
use runner::Outcome;
use serde_json::json;
use simulator::{LogFill, Seed};
use tokio::time::Instant;

use crate::support::{App, Iloq};

/// So many rows; a multiple of 20,000. More can be asked for by hand: `ILOQ_FUNCTIONS_LOG_ROWS=1000000`.
const ROWS: u32 = 100_000;
const MEMORY: usize = 128 << 20;

fn rows() -> u32 {
    std::env::var("ILOQ_FUNCTIONS_LOG_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(ROWS)
}

/// The application's clock is the machine's.
fn now() -> DateTime<Utc> {
    Utc::now()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_access_log_is_pulled_in_few_requests_and_little_memory() {
    let seed = Seed { persons: 500, locks: 60, ..Seed::default() };
    let (app, iloq) = (App::start().await, Iloq::start(&seed).await);
    iloq.set_up(&app.portal, "house").await;
    app.portal.post("/v1/systems/house/users/sync", json!({})).await.expect(200);
    app.portal.post("/v1/systems/house/structure/sync", json!({})).await.expect(200);
    let rows = rows();
    let now = now();
    let from = now - TimeDelta::seconds(i64::from(rows) * 60);
    iloq.simulator.fill_log(None, &LogFill::each_minute(rows, from)).unwrap();
    iloq.simulator.set_clock(now);
    iloq.simulator.expire_sessions();
    iloq.simulator.reset_calls();
    drop(app.watcher.take_reports());

    let (start, mut slices, mut counted) = (Instant::now(), 0, 0);
    let last = loop {
        slices += 1;
        let answer = app.portal.post("/v1/systems/house/logs/pull", json!({})).await;
        if answer.status == 200 {
            break answer.body;
        }
        let so_far = answer.expect(202)["pulled"].as_u64().unwrap();
        assert!(so_far > counted, "a slice without progress");
        counted = so_far;
    };
    let seconds = start.elapsed().as_secs_f64();
    let reports = app.watcher.take_reports();
    assert!(reports.iter().all(|report| report.outcome == Outcome::Finished), "{reports:?}");
    let memory = reports.iter().map(|report| report.peak_memory).max().unwrap();
    let longest = reports.iter().map(|report| report.elapsed).max().unwrap();
    let counters = iloq.simulator.counters();
    println!(
        "{rows} rows: {slices} slices, {seconds:.1} s ({:.0} rows/s), longest {:.1} s, {} requests ({:?}), peak {:.1} MiB",
        f64::from(rows) / seconds,
        longest.as_secs_f64(),
        counters.total,
        counters.calls,
        memory as f64 / f64::from(1 << 20),
    );
    assert_eq!((&last["pulled"], &last["duplicates"]), (&json!(rows), &json!(0)));
    assert_eq!(last["run"]["state"], "done");
    assert!(memory <= MEMORY, "{memory} bytes");
    let must = u64::from(rows.div_ceil(20_000) + rows.div_ceil(2_000));
    assert!(counters.total * 4 <= must * 5, "{} requests, {must} would be the least", counters.total);

    // What is here is whole, in order, and each row once.
    let (mut seen, mut known, mut after, mut latest) = (0, 0, String::new(), String::new());
    loop {
        let page =
            app.portal.get(&format!("/v1/systems/house/logs/feed?limit=1000{after}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        if items.is_empty() {
            break;
        }
        for row in items {
            let arrived = row["receivedAt"].as_str().unwrap();
            assert!(arrived > latest.as_str(), "each minute one, in order");
            assert!(row["person"]["name"].is_string() && row["door"]["name"].is_string(), "{row}");
            known += usize::from(row["person"]["userId"].is_string());
            latest = arrived.to_owned();
        }
        seen += items.len();
        after = format!("&after={}", page["next"].as_str().unwrap());
    }
    assert_eq!(seen, rows as usize);
    // Many of the seeded persons share a name: then the key tells who is meant.
    assert_eq!(known, seen);
    let again = app.portal.post("/v1/systems/house/logs/pull", json!({})).await.expect(200);
    assert_eq!((&again["pulled"], &again["duplicates"]), (&json!(0), &json!(0)));
}
