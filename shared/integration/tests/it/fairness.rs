//! Ticks over many systems: slow and failing ones keep no other from its turn.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::executor::block_on;
use iloq_client::io::{Clock, HttpRequest, HttpResponse, Method, Transport, TransportError};
use integration::{
    http::{Answer, Body, Head, serve},
    jobs,
    platform::{Platform, Variables},
    systems,
};
use portal_api::routes::Component;
use serde_json::{Value, json};
use simulator::{Seed, Simulator};

use crate::support::{TOKEN, World, settings};

const SYSTEMS: u16 = 200;
const FIRST_PORT: u16 = 20_000;
/// What one system may take of a tick of 200.
const SHARE: Duration = Duration::from_secs(5);

/// 200 locking systems, each at a port of its own.
struct Many {
    world: World,
    iloq: Iloq,
}

struct Iloq {
    simulators: Vec<Simulator>,
    clock: std::rc::Rc<<World as Platform>::Clock>,
    latency: Cell<Duration>,
    hanging: RefCell<BTreeSet<u16>>,
    refusing: RefCell<BTreeSet<u16>>,
    /// First and last moment of each system's calls.
    spans: RefCell<BTreeMap<u16, (Duration, Duration)>>,
    in_flight: RefCell<BTreeMap<u16, u32>>,
    most: Cell<usize>,
}

impl Iloq {
    async fn answer(
        &self,
        number: u16,
        request: &HttpRequest,
        timeout: Duration,
    ) -> Result<HttpResponse, TransportError> {
        if self.refusing.borrow().contains(&number) {
            return Err(TransportError::NotConnected("connection refused".to_owned()));
        }
        if self.hanging.borrow().contains(&number) {
            self.clock.sleep(timeout).await;
            return Err(TransportError::Timeout);
        }
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        };
        let mut asked = simulator::Request::new(method, &request.path_and_query);
        asked.headers =
            request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        asked.headers.push(("host".to_owned(), request.authority.clone()));
        asked.body = request.body.clone().into();
        let reply = self.simulators[usize::from(number)].handle(&asked);
        let latency = self.latency.get();
        self.clock.sleep(latency.min(timeout)).await;
        if latency >= timeout {
            return Err(TransportError::Timeout);
        }
        Ok(HttpResponse {
            status: reply.status,
            headers: reply.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: reply.body.to_vec(),
        })
    }
}

impl Transport for Iloq {
    async fn send(&self, request: HttpRequest, timeout: Duration) -> Result<HttpResponse, TransportError> {
        let port: u16 = request.authority.rsplit(':').next().unwrap().parse().unwrap();
        let number = port - FIRST_PORT;
        let began = self.clock.monotonic();
        *self.in_flight.borrow_mut().entry(number).or_default() += 1;
        let busy = self.in_flight.borrow().values().filter(|calls| **calls > 0).count();
        self.most.set(self.most.get().max(busy));
        let answer = self.answer(number, &request, timeout).await;
        *self.in_flight.borrow_mut().get_mut(&number).unwrap() -= 1;
        let ended = self.clock.monotonic();
        self.spans.borrow_mut().entry(number).and_modify(|span| span.1 = ended).or_insert((began, ended));
        answer
    }
}

impl Variables for Many {
    fn variable(&self, name: &str) -> Option<String> {
        self.world.variable(name)
    }
}

impl Platform for Many {
    type Store = <World as Platform>::Store;
    type Http = Iloq;
    type Clock = <World as Platform>::Clock;
    type Random = <World as Platform>::Random;

    fn store(&self) -> &Self::Store {
        self.world.store()
    }

    fn http(&self) -> &Iloq {
        &self.iloq
    }

    fn clock(&self) -> &Self::Clock {
        self.world.clock()
    }

    fn random(&self) -> &Self::Random {
        self.world.random()
    }

    fn log(&self, line: &str) {
        self.world.log(line);
    }
}

/// A tick's answer.
struct Ticked {
    states: BTreeMap<u16, String>,
    order: Vec<u16>,
    took: Duration,
}

impl Ticked {
    fn count(&self, state: &str) -> usize {
        self.states.values().filter(|of| *of == state).count()
    }

    fn done(&self) -> impl Iterator<Item = u16> {
        self.states.iter().filter(|(_, state)| *state == "done").map(|(number, _)| *number)
    }
}

impl Many {
    /// All set up, synced once, with their sessions open and kept.
    fn start() -> Self {
        let seed = Seed { persons: 1, keys_per_person: 0, ..Seed::default() };
        let world = World::new(&seed);
        let simulator = |_| {
            let simulator = Simulator::new(&seed);
            simulator.set_clock(world.clock.now());
            simulator
        };
        let iloq = Iloq {
            simulators: (0..SYSTEMS).map(simulator).collect(),
            clock: std::rc::Rc::clone(&world.clock),
            latency: Cell::default(),
            hanging: RefCell::default(),
            refusing: RefCell::default(),
            spans: RefCell::default(),
            in_flight: RefCell::default(),
            most: Cell::default(),
        };
        let many = Self { world, iloq };
        for number in 0..SYSTEMS {
            let mut settings = settings();
            settings["serviceAddress"] = json!(format!("http://127.0.0.1:{}/iloqws", FIRST_PORT + number));
            let answer = block_on(many.request("PUT", &format!("/v1/systems/s{number:03}"), &settings));
            assert_eq!(answer.status, 201);
        }
        assert_eq!(many.tick().count("done"), usize::from(SYSTEMS));
        many.iloq.latency.set(Duration::from_millis(50));
        many
    }

    async fn request(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [
            ("authorization".to_owned(), format!("Bearer {TOKEN}")),
            ("content-type".to_owned(), "application/json".to_owned()),
        ];
        let head =
            Head { method: method.to_owned(), path_and_query: path.to_owned(), headers: headers.into() };
        let body = Body::Bytes(body.to_string().into_bytes());
        match method {
            "PUT" => serve(self, Component::Systems, head, body, systems::handle).await,
            _ => serve(self, Component::Jobs, head, body, jobs::handle).await,
        }
    }

    fn tick(&self) -> Ticked {
        self.world.advance(Duration::from_secs(60));
        block_on(self.ticking())
    }

    async fn ticking(&self) -> Ticked {
        self.iloq.spans.borrow_mut().clear();
        let began = self.world.clock.monotonic();
        let answer = self.request("POST", "/v1/jobs/sync-structure", &json!({})).await;
        assert_eq!(answer.status, 200);
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        let line = |line: &Value| {
            let number = line["system"].as_str().unwrap()[1..].parse().unwrap();
            (number, line["state"].as_str().unwrap().to_owned())
        };
        let lines: Vec<(u16, String)> = body["systems"].as_array().unwrap().iter().map(line).collect();
        let took = self.world.clock.monotonic() - began;
        assert!(took <= Duration::from_secs(25), "the tick took {took:?}");
        Ticked {
            order: lines.iter().map(|(number, _)| *number).collect(),
            states: lines.into_iter().collect(),
            took,
        }
    }
}

#[test]
fn five_that_hang_and_five_that_refuse_keep_none_of_190_from_its_tick() {
    let many = Many::start();
    many.iloq.most.set(0);
    // The first ones, so that they are all begun before anybody else.
    many.iloq.hanging.borrow_mut().extend([0, 1, 2, 3, 4]);
    many.iloq.refusing.borrow_mut().extend([5, 6, 7, 8, 199]);
    let tick = many.tick();
    assert_eq!((tick.count("done"), tick.count("failed")), (190, 10), "{:?}", tick.states);
    assert!(tick.states.iter().all(|(number, state)| (state == "failed") == (*number < 9 || *number == 199)));
    assert!(many.iloq.most.get() >= 16, "{} systems at once", many.iloq.most.get());
    for (number, (began, ended)) in &*many.iloq.spans.borrow() {
        assert!(*ended - *began <= SHARE, "s{number:03} took {:?}", *ended - *began);
    }
    println!(
        "200 systems, 50 ms a call, 5 hang, 5 refuse: {:.1} s, {} at once",
        tick.took.as_secs_f64(),
        many.iloq.most.get()
    );
    assert!(tick.took <= Duration::from_secs(10), "{:?}", tick.took);
}

#[test]
fn those_that_hang_come_in_their_turn_and_not_first() {
    let many = Many::start();
    // More than fit into a tick, if each takes its share.
    many.iloq.hanging.borrow_mut().extend(0..120);
    let (first, second) = (many.tick(), many.tick());
    assert!(first.count("skipped") > 0, "there is nothing to compete for: {:?}", first.states);
    let served: BTreeSet<u16> = first.done().chain(second.done()).collect();
    assert_eq!(served, (120..SYSTEMS).collect(), "each healthy system has had its turn");
    let left_out: Vec<u16> =
        first.states.iter().filter(|(_, state)| *state == "skipped").map(|(number, _)| *number).collect();
    let next: BTreeSet<u16> = second.order[..left_out.len()].iter().copied().collect();
    assert_eq!(next, left_out.iter().copied().collect(), "whoever was left out comes first");
}

#[test]
fn with_more_work_than_a_tick_holds_all_get_the_same_share() {
    let many = Many::start();
    many.iloq.latency.set(Duration::from_millis(1_000));
    let mut turns: BTreeMap<u16, u32> = (0..SYSTEMS).map(|number| (number, 0)).collect();
    let mut before: BTreeSet<u16> = (0..SYSTEMS).collect();
    for _ in 0..8 {
        let tick = many.tick();
        assert!(tick.count("skipped") > 50 && tick.count("failed") == 0, "{:?}", tick.states);
        let done: BTreeSet<u16> = tick.done().collect();
        for number in &done {
            *turns.get_mut(number).unwrap() += 1;
        }
        assert!(before.union(&done).count() == usize::from(SYSTEMS), "left out twice in a row");
        before = done;
    }
    let (least, most) = (turns.values().min().unwrap(), turns.values().max().unwrap());
    // Those that were begun at the same moment have no order among them.
    assert!(*least >= 4 && most - least <= 2, "from {least} to {most} turns: {turns:?}");
}

#[test]
fn ticks_that_overlap_do_no_harm() {
    let many = Many::start();
    let (one, other) = block_on(async { futures::join!(many.ticking(), many.ticking()) });
    for number in 0..SYSTEMS {
        let both = [one.states[&number].as_str(), other.states[&number].as_str()];
        assert!(both.contains(&"done") && !both.contains(&"failed"), "s{number:03}: {both:?}");
    }
    assert_eq!(many.tick().count("done"), usize::from(SYSTEMS));
}
