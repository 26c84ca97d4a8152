//! Schedules, by a clock that the test turns: the component `schedule` calls a server of the test's own.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use runner::{Handle, Host, LogSink, Manifest, Options};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::probe::{Log, state};

/// Once a day.
const MANIFEST: &str = r#"
spin_manifest_version = 2
application = { name = "schedules" }
[variables]
jobs_url = { default = "http://127.0.0.1:1" }
[[trigger.cron]]
component = "daily"
cron_expression = "0 0 3 * * *"
[component.daily]
source = "target/wasm32-wasip2/guest/schedule.wasm"
allowed_outbound_hosts = ["{{ jobs_url }}"]
variables = { job = "retry", jobs_url = "{{ jobs_url }}", jobs_token = "s3cret-token" }
"#;
const DAY: i64 = 24 * 60 * 60;
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

struct Scheduled {
    handle: Handle,
    log: Log,
    jobs: TcpListener,
    _state: tempfile::TempDir,
}

/// A call of a job that waits for its answer.
struct Called {
    stream: TcpStream,
    text: String,
}

impl Called {
    async fn answer(mut self, status: &str, body: &str) {
        let text = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }
}

impl Scheduled {
    async fn start(limit: Duration) -> Self {
        let (state, log) = (state(), Arc::<Mutex<Vec<String>>>::default());
        let jobs = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let manifest = Manifest::parse(MANIFEST, Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let options = Options::new(state.path())
            .default_variable("jobs_url", format!("http://{}", jobs.local_addr().unwrap()))
            .request_limit(limit)
            .log(LogSink::Memory(Arc::clone(&log)));
        let options = runner::build::prepare(&manifest, options).unwrap();
        let host = Host::load(&manifest, options).await.unwrap();
        let mut handle = host.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
        handle.follow_schedules();
        Self { handle, log, jobs, _state: state }
    }

    /// The next call, read to the end of its body.
    async fn called(&self) -> Called {
        let (mut stream, _) = timeout(PATIENCE, self.jobs.accept()).await.expect("a call").unwrap();
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n{}") {
            assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "the call broke off");
        }
        Called { stream, text: String::from_utf8(bytes).unwrap() }
    }

    /// Waits for a line of the log.
    async fn logged(&self, part: &str) -> String {
        let waiting = async {
            loop {
                let found = self.log.lock().unwrap().iter().find(|line| line.contains(part)).cloned();
                match found {
                    Some(line) => return line,
                    None => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        let found = timeout(PATIENCE, waiting).await;
        found.unwrap_or_else(|_| panic!("{part} is not in {:?}", self.log.lock().unwrap()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_is_called_when_the_clock_that_guests_see_comes_to_its_time() {
    let scheduled = Scheduled::start(PATIENCE).await;
    assert!(
        timeout(Duration::from_millis(50), scheduled.jobs.accept()).await.is_err(),
        "nothing happens at the start"
    );
    scheduled.handle.set_clock_offset(DAY);
    let call = scheduled.called().await;
    assert!(call.text.starts_with("POST /v1/jobs/retry HTTP/1.1\r\n"), "{}", call.text);
    assert!(call.text.to_lowercase().contains("authorization: bearer s3cret-token"), "{}", call.text);
    call.answer("200 OK", r#"{"job":"retry","systems":[{"system":"a","state":"done"}]}"#).await;
    let line = scheduled.logged("\"event\":\"schedule\"").await;
    assert!(line.starts_with("daily: {") && line.contains("\"systems\":{\"done\":1}"), "{line}");

    // Three moments have passed: that is one call.
    scheduled.handle.set_clock_offset(4 * DAY);
    let call = scheduled.called().await;
    scheduled.handle.set_clock_offset(5 * DAY);
    // Ticks overlap.
    let second = scheduled.called().await;
    second.answer("200 OK", r#"{"systems":[]}"#).await;
    call.answer("200 OK", r#"{"systems":[]}"#).await;
    assert!(!scheduled.log.lock().unwrap().join("\n").contains("s3cret"), "the token is in the log");
    scheduled.handle.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_that_fails_is_an_error_in_the_log_and_the_next_one_comes() {
    let scheduled = Scheduled::start(PATIENCE).await;
    scheduled.handle.set_clock_offset(DAY);
    scheduled.called().await.answer("401 Unauthorized", r#"{"code":"unauthenticated"}"#).await;
    let line = scheduled.logged("ERROR").await;
    assert!(
        line.starts_with("daily: ERROR: the tick failed: job retry: answered 401 (unauthenticated)"),
        "{line}"
    );
    scheduled.handle.set_clock_offset(2 * DAY);
    scheduled.called().await.answer("200 OK", r#"{"systems":[]}"#).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_that_takes_too_long_is_stopped_and_told() {
    let scheduled = Scheduled::start(Duration::from_secs(2)).await;
    scheduled.handle.set_clock_offset(DAY);
    let _never_answered = scheduled.called().await;
    let line = scheduled.logged("ERROR").await;
    assert_eq!(line, "daily: ERROR: the tick did not come to its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_turned_back_makes_the_component_wait_again() {
    let scheduled = Scheduled::start(PATIENCE).await;
    scheduled.handle.set_clock_offset(-30 * DAY);
    assert!(timeout(Duration::from_millis(50), scheduled.jobs.accept()).await.is_err());
    scheduled.handle.set_clock_offset(-29 * DAY);
    scheduled.called().await.answer("200 OK", r#"{"systems":[]}"#).await;
}
