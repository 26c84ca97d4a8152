//! The access log as a file: whole, in little memory; and one that is cut never looks whole.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::json;
use simulator::{LogFill, Seed};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

use crate::support::{App, Iloq, Setup, TOKEN};

const ROWS: u32 = 60_000;
/// The shortest that can be set.
const SLICE: Duration = Duration::from_secs(5);
/// A leaf of the log and a node, as they are read, and the lines that come of it.
const MEMORY: usize = 12 << 20;

/// A log of some weeks, pulled.
#[expect(clippy::disallowed_methods, reason = "the application's clock is the machine's")]
async fn pulled(app: &App, iloq: &Iloq) {
    iloq.set_up(&app.portal, "house").await;
    let now = Utc::now();
    let fill = LogFill::each_minute(ROWS, now - TimeDelta::minutes(i64::from(ROWS)));
    iloq.simulator.fill_log(None, &fill).unwrap();
    iloq.simulator.set_clock(now);
    iloq.simulator.expire_sessions();
    loop {
        let answer = app.portal.post("/v1/systems/house/logs/pull", json!({})).await;
        match answer.status {
            200 => return,
            _ => drop(answer.expect(202)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_whole_in_little_memory_and_a_cut_one_is_broken_off() {
    let app = Setup::new().variable("slice_seconds", SLICE.as_secs().to_string()).start().await;
    let iloq = Iloq::start(&Seed { persons: 100, locks: 20, ..Seed::default() }).await;
    pulled(&app, &iloq).await;
    for (path, accept, head) in [
        ("logs", "text/csv", 1),
        ("logs", "application/x-ndjson", 0),
        ("logs/feed", "text/csv", 1),
        ("logs/feed", "application/x-ndjson", 0),
    ] {
        drop(app.watcher.take_reports());
        let start = Instant::now();
        let headers = [("accept", accept)];
        let file = app.portal.call("GET", &format!("/v1/systems/house/{path}"), &headers, "").await;
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!((file.status, file.header("content-length")), (200, None));
        assert_eq!(file.text.lines().count(), ROWS as usize + head, "{path} as {accept}");
        let memory = app.watcher.take_reports().iter().map(|report| report.peak_memory).max().unwrap();
        println!(
            "{path} as {accept}: {ROWS} rows, {:.1} MB, {seconds:.1} s, peak {:.1} MiB",
            file.text.len() as f64 / 1e6,
            memory as f64 / f64::from(1 << 20),
        );
        assert!(memory < MEMORY, "{memory} bytes");
    }
    // A caller that reads too slowly for the time of the call.
    for accept in ["text/csv", "application/x-ndjson"] {
        let mut caller = TcpStream::connect(app.handle.url().trim_start_matches("http://")).await.unwrap();
        let request = format!(
            "GET /v1/systems/house/logs HTTP/1.1\r\nhost: functions\r\naccept: {accept}\r\nauthorization: Bearer {TOKEN}\r\n\r\n"
        );
        caller.write_all(request.as_bytes()).await.unwrap();
        let mut first = [0; 1024];
        let read = caller.read(&mut first).await.unwrap();
        assert!(first[..read].starts_with(b"HTTP/1.1 200"));
        tokio::time::sleep(SLICE + Duration::from_secs(2)).await;
        let mut rest = Vec::new();
        // The connection ends, in one way or another, and the chunk that would be the last one is not there.
        let _ = tokio::time::timeout(SLICE, caller.read_to_end(&mut rest)).await.expect("it is closed");
        assert!(!rest.ends_with(b"0\r\n\r\n"), "{accept}: it looks whole");
        let lines = rest.iter().filter(|byte| **byte == b'\n').count();
        assert!(lines < ROWS as usize, "{lines} lines");
    }
    let log = app.log.lock().unwrap().join("\n");
    assert_eq!(log.matches("answer_broken_off").count(), 2, "{log}");
}
