//! A tick of a schedule, against the routes of the functions in the same process.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Duration,
};

use futures::executor::block_on;
use iloq_client::io::{Clock, HttpRequest, HttpResponse, Method, Transport, TransportError};
use integration::{
    http::Body,
    platform::{Platform, Variables},
    schedule,
};
use serde_json::{Value, json};
use simulator::Seed;

use crate::support::{SYSTEM, TOKEN, World};

/// The component `schedule`, whose HTTP leads to the functions.
struct Scheduler<'a> {
    world: &'a World,
    http: ToFunctions<'a>,
    variables: RefCell<BTreeMap<&'static str, String>>,
    log: RefCell<Vec<String>>,
}

struct ToFunctions<'a> {
    world: &'a World,
    /// What is answered instead, one after another.
    instead: RefCell<Vec<Result<HttpResponse, TransportError>>>,
    calls: Cell<u32>,
}

impl Transport for ToFunctions<'_> {
    async fn send(&self, request: HttpRequest, timeout: Duration) -> Result<HttpResponse, TransportError> {
        self.calls.set(self.calls.get() + 1);
        assert!(timeout <= Duration::from_secs(35), "{timeout:?}");
        assert_eq!((request.method, request.https), (Method::Post, false));
        assert_eq!(request.authority, "functions.local:3000");
        if let Some(answer) = self.instead.borrow_mut().pop() {
            return answer;
        }
        let headers: Vec<(&str, &str)> =
            request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let body = Body::Bytes(request.body.clone());
        let answer = self.world.request("POST", &request.path_and_query, &headers, body).await;
        Ok(response(answer.status, &answer.body, &[]))
    }
}

fn response(status: u16, body: &Value, headers: &[(&str, &str)]) -> HttpResponse {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    HttpResponse { status, headers, body: body.to_string().into_bytes() }
}

impl Variables for Scheduler<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.borrow().get(name).cloned()
    }
}

impl<'a> Platform for Scheduler<'a> {
    type Store = <World as Platform>::Store;
    type Http = ToFunctions<'a>;
    type Clock = <World as Platform>::Clock;
    type Random = <World as Platform>::Random;

    fn store(&self) -> &Self::Store {
        self.world.store()
    }

    fn http(&self) -> &Self::Http {
        &self.http
    }

    fn clock(&self) -> &Self::Clock {
        self.world.clock()
    }

    fn random(&self) -> &Self::Random {
        self.world.random()
    }

    fn log(&self, line: &str) {
        self.log.borrow_mut().push(line.to_owned());
    }
}

impl<'a> Scheduler<'a> {
    fn new(world: &'a World, job: &str) -> Self {
        let http = ToFunctions { world, instead: RefCell::default(), calls: Cell::default() };
        let variables = BTreeMap::from([
            ("job", job.to_owned()),
            ("jobs_url", "http://functions.local:3000/".to_owned()),
            ("jobs_token", format!("{TOKEN}\n")),
        ]);
        Self { world, http, variables: RefCell::new(variables), log: RefCell::default() }
    }

    fn with(self, name: &'static str, value: &str) -> Self {
        self.variables.borrow_mut().insert(name, value.to_owned());
        self
    }

    fn tick(&self) -> Result<(), String> {
        let outcome = block_on(schedule::tick(self));
        let told = format!("{outcome:?} {:?}", self.log.borrow());
        assert!(!told.contains("token-of"), "the token is told: {told}");
        outcome
    }

    fn line(&self) -> Value {
        serde_json::from_str(self.log.borrow().last().unwrap()).unwrap()
    }
}

fn house() -> World {
    World::set_up(&Seed { persons: 3, keys_per_person: 0, ..Seed::default() })
}

#[test]
fn it_calls_its_job_and_logs_what_came_of_it() {
    let world = house();
    let scheduler = Scheduler::new(&world, "sync-users");
    assert_eq!(scheduler.tick(), Ok(()));
    let line = scheduler.line();
    assert_eq!(line["event"], "schedule");
    assert_eq!(
        (&line["job"], &line["status"], &line["systems"]),
        (&json!("sync-users"), &json!(200), &json!({"done": 1}))
    );
    let runs = world.get(&world.of("runs?job=sync-users")).expect(200);
    assert_eq!(runs["items"][0]["state"], "done", "{runs:#}");
    assert_eq!(scheduler.http.calls.get(), 1);
}

#[test]
fn a_system_that_failed_is_an_error_with_its_name() {
    let world = house();
    world.http.down.set(true);
    let scheduler = Scheduler::new(&world, "sync-users");
    let error = scheduler.tick().unwrap_err();
    assert_eq!(error, format!("job sync-users: 1 of 1 systems failed: {SYSTEM} (iloq-unavailable)"));
    assert_eq!(scheduler.line()["systems"], json!({"failed": 1}));
    assert_eq!(scheduler.http.calls.get(), 1, "the job tries again by itself");
}

#[test]
fn a_variable_that_is_wrong_is_named() {
    let world = house();
    for (name, value, told) in [
        ("job", "sync", "the variable job names no job: \"sync\""),
        ("job", "", "the variable job is missing"),
        ("jobs_token", " ", "the variable jobs_token is missing"),
        ("jobs_token", "one two", "the variable jobs_token has characters"),
        ("jobs_url", "functions.local", "the variable jobs_url is no origin"),
        ("jobs_url", "https://functions.local/below", "the variable jobs_url is no origin"),
    ] {
        let scheduler = Scheduler::new(&world, "retry").with(name, value);
        let error = scheduler.tick().unwrap_err();
        assert!(error.starts_with(told), "{error}");
        assert_eq!(scheduler.http.calls.get(), 0);
    }
}

#[test]
fn a_wrong_token_says_where_to_look() {
    let world = house();
    let error = Scheduler::new(&world, "retry").with("jobs_token", "another").tick().unwrap_err();
    assert!(error.starts_with("job retry: answered 401 (unauthenticated): check that the hash"), "{error}");
}

#[test]
fn a_restart_of_the_functions_is_waited_out() {
    let world = house();
    let scheduler = Scheduler::new(&world, "housekeeping");
    // Taken from the end.
    *scheduler.http.instead.borrow_mut() = vec![
        Ok(response(503, &json!({}), &[("retry-after", "5")])),
        Err(TransportError::NotConnected("connection refused".to_owned())),
    ];
    let started = world.clock.monotonic();
    assert_eq!(scheduler.tick(), Ok(()));
    assert_eq!(scheduler.http.calls.get(), 3);
    assert!(
        world.clock.monotonic() - started >= Duration::from_secs(6),
        "1 s, then the 5 s that were asked for"
    );
}

#[test]
fn what_is_not_reached_at_all_is_told_after_three_tries() {
    let world = house();
    let scheduler = Scheduler::new(&world, "retry");
    let refused = || Err(TransportError::NotConnected("connection refused".to_owned()));
    *scheduler.http.instead.borrow_mut() = vec![refused(), refused(), refused(), refused()];
    let error = scheduler.tick().unwrap_err();
    assert!(error.contains("connection refused") && error.contains("check jobs_url"), "{error}");
    assert_eq!(scheduler.http.calls.get(), 3);
    assert_eq!(scheduler.line()["status"], Value::Null);
}

#[test]
fn an_answer_that_got_lost_is_not_asked_for_again() {
    let world = house();
    let scheduler = Scheduler::new(&world, "retry");
    *scheduler.http.instead.borrow_mut() = vec![Err(TransportError::Timeout)];
    let error = scheduler.tick().unwrap_err();
    assert!(error.contains("no answer in time") && error.contains("the next tick"), "{error}");
    assert_eq!(scheduler.http.calls.get(), 1);
}
