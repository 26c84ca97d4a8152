//! The access log: pulled, and read.

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use reqwest::Method;
use serde_json::Value;
use simulator::{LogFill, Seed};

use super::Bench;
use crate::{
    Iloq, Row, Sample,
    peer::{Log, span, windows},
    timed, wire,
};

/// Rows in a page.
const PAGE: u32 = 100;
/// Pages that the peer reads in a run; each costs the same.
const PEER_PAGES: u32 = 3;

/// A log with a row in each minute.
struct Trail {
    iloq: Iloq,
    rows: u32,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Trail {
    async fn start(rows: u32) -> Result<Self> {
        let iloq = Iloq::start(Seed { persons: 500, locks: 60, ..Seed::default() }).await?;
        let until = iloq.simulator.now();
        let from = until - TimeDelta::minutes(i64::from(rows));
        iloq.simulator.fill_log(None, &LogFill::each_minute(rows, from)).map_err(anyhow::Error::msg)?;
        Ok(Self { iloq, rows, from, until })
    }

    /// The end of the `n`th of `pages` pages that lie all over the log.
    fn end(&self, n: u32, pages: u32) -> DateTime<Utc> {
        let pages_in_all = self.rows / PAGE;
        self.from + TimeDelta::minutes(i64::from((pages_in_all * n / pages + 1) * PAGE))
    }
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Everything about the log, on one that is pulled once in each run.
pub(super) async fn all(bench: &Bench) -> Result<Vec<Row>> {
    let rows = bench.scale.rows;
    let mut pulled = Row::new(format!("pull of {rows} log rows")).of_rows(rows);
    let mut paged = Row::new(format!("a page of {PAGE} log rows"));
    let mut fed = Row::new(format!("a page of {PAGE} rows of the feed"));
    let mut filed = Row::new(format!("{rows} log rows as CSV")).of_rows(rows);
    for _ in 0..bench.scale.runs {
        let trail = Trail::start(rows).await?;
        let path = bench.functions.connect(&trail.iloq).await?;
        bench.functions.until_done(&format!("{path}/users/sync")).await?;
        bench.functions.until_done(&format!("{path}/structure/sync")).await?;
        pulled.ours.push(pull(bench, &trail, &path).await?);
        paged.ours.push(pages(bench, &trail, &path).await?);
        fed.ours.push(feed(bench, &trail, &path).await?);
        let path = format!("{path}/logs");
        let csv = bench.functions.lines(&path, "text/csv");
        let (sample, lines) = timed(&trail.iloq, csv).await?;
        ensure!(lines == usize::try_from(rows)? + 1, "{lines} lines");
        filed.ours.push(sample);

        let mut peer = Log::new()?;
        pulled.peer.push(timed(&trail.iloq, peer.pull(&trail.iloq, trail.from, trail.until)).await?.0);
        ensure!(peer.counts()? == (rows, rows), "{:?}", peer.counts()?);
        let (sample, lines) = timed(&trail.iloq, Log::csv(&trail.iloq, trail.from, trail.until)).await?;
        ensure!(lines == usize::try_from(rows)? + 1, "{lines} lines");
        filed.peer.push(sample);
        let bodies: Vec<_> =
            windows(trail.from, trail.until).into_iter().map(|(from, until)| span("", from, until)).collect();
        let arrived = "LockLogs/GetLockLogDataByTimestamp";
        let requests: Vec<_> = bodies.into_iter().map(|body| (Method::POST, arrived, body)).collect();
        let wire = wire::fetch(&trail.iloq, &requests).await?;
        pulled.wire.push(wire);
        filed.wire.push(wire);

        trail.iloq.is_away(bench.scale.latency_ms);
        let (page, news) = peer_pages(&trail).await?;
        paged.peer.push(page);
        fed.peer.push(news);
        let round = wire::rounds(&trail.iloq, 1).await?;
        paged.wire.push(round);
        fed.wire.push(round);
    }
    Ok(vec![pulled, paged, fed, filed])
}

async fn pull(bench: &Bench, trail: &Trail, path: &str) -> Result<Sample> {
    let path = format!("{path}/logs/pull");
    let (sample, answer) = timed(&trail.iloq, bench.functions.until_done(&path)).await?;
    ensure!(answer["pulled"] == trail.rows && answer["duplicates"] == 0, "{answer}");
    Ok(sample)
}

/// One of many.
fn each(sample: Sample, of: u32) -> Sample {
    Sample { took: sample.took / of, requests: sample.requests / u64::from(of) }
}

async fn pages(bench: &Bench, trail: &Trail, path: &str) -> Result<Sample> {
    let count = bench.scale.pages;
    let reading = async {
        for n in 0..count {
            let page = format!("{path}/logs?limit={PAGE}&until={}", text(trail.end(n, count)));
            full(&bench.functions.call(Method::GET, &page, None, 200).await?)?;
        }
        Ok(())
    };
    Ok(each(timed(&trail.iloq, reading).await?.0, count))
}

async fn feed(bench: &Bench, trail: &Trail, path: &str) -> Result<Sample> {
    let count = bench.scale.pages;
    let reading = async {
        let mut after = String::new();
        for _ in 0..count {
            let page = format!("{path}/logs/feed?limit={PAGE}{after}");
            let page = bench.functions.call(Method::GET, &page, None, 200).await?;
            full(&page)?;
            after = format!("&after={}", page["next"].as_str().context("a feed without a next")?);
        }
        Ok(())
    };
    Ok(each(timed(&trail.iloq, reading).await?.0, count))
}

fn full(page: &Value) -> Result<()> {
    let rows = page["items"].as_array().map_or(0, Vec::len);
    ensure!(rows == usize::try_from(PAGE)?, "{rows} rows in a page");
    Ok(())
}

async fn peer_pages(trail: &Trail) -> Result<(Sample, Sample)> {
    let iloq = &trail.iloq;
    let page = TimeDelta::minutes(i64::from(PAGE));
    let reading = async {
        for n in 0..PEER_PAGES {
            let until = trail.end(n, PEER_PAGES) - TimeDelta::seconds(4);
            let rows = Log::page(iloq, until - page, until).await?;
            ensure!(rows == usize::try_from(PAGE)?, "{rows} rows in a page");
        }
        Ok(())
    };
    let (paged, ()) = timed(iloq, reading).await?;
    let reading = async {
        for n in 0..PEER_PAGES {
            let until = trail.end(n, PEER_PAGES);
            let rows = Log::news(iloq, until - page, until).await?;
            ensure!(rows == usize::try_from(PAGE)?, "{rows} rows in a page");
        }
        Ok(())
    };
    let (fed, ()) = timed(iloq, reading).await?;
    Ok((each(paged, PEER_PAGES), each(fed, PEER_PAGES)))
}
