//! Everything outside, in one value.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::{Arc, Mutex},
    time::Duration,
};

use iloq_client::io::{Clock, HttpRequest, HttpResponse, Method, Random, Transport, TransportError};
use integration::platform::{Platform, Variables};
use simulator::{Ending, Seed, Simulator};

use super::{
    Effects,
    clock::VirtualClock,
    hostile::{Hostile, Values},
    store::MemoryStore,
    turns::Turn,
};

/// Where the simulator seems to be.
pub const AUTHORITY: &str = "127.0.0.1:8085";

pub struct World {
    pub simulator: Simulator,
    pub store: MemoryStore,
    pub clock: Rc<VirtualClock>,
    pub effects: Rc<Effects>,
    pub random: Seeded,
    pub http: InProcess,
    pub variables: RefCell<BTreeMap<&'static str, String>>,
    pub log: RefCell<Vec<String>>,
}

/// Somebody who looks at iLOQ.
pub type Watch = Box<dyn FnMut(&Simulator)>;

/// Bytes that are the same in every run.
pub struct Seeded(Cell<u64>);

/// The simulator behind the transport; nothing leaves the process.
pub struct InProcess {
    simulator: Simulator,
    clock: Rc<VirtualClock>,
    effects: Rc<Effects>,
    turn: Option<Turn>,
    /// Nothing is reached.
    pub down: Cell<bool>,
    /// Looks after each call.
    pub watch: RefCell<Option<Watch>>,
}

impl World {
    pub fn new(seed: &Seed) -> Self {
        Self::with(Simulator::new(seed))
    }

    fn with(simulator: Simulator) -> Self {
        let effects = Rc::new(Effects::default());
        let clock = Rc::new(VirtualClock::default());
        simulator.set_clock(clock.now());
        Self {
            http: InProcess {
                simulator: simulator.clone(),
                clock: Rc::clone(&clock),
                effects: Rc::clone(&effects),
                turn: None,
                down: Cell::new(false),
                watch: RefCell::default(),
            },
            store: MemoryStore::new(Rc::clone(&effects), Hostile::new(Rc::clone(&clock))),
            simulator,
            clock,
            effects,
            random: Seeded(Cell::new(0x9e37_79b9_7f4a_7c15)),
            variables: RefCell::new(super::portal::variables()),
            log: RefCell::default(),
        }
    }

    /// A place for another process on the same store, with the same iLOQ; its turns are `turn`'s.
    pub fn place(&self, turn: Turn) -> Place {
        Place {
            simulator: self.simulator.clone(),
            values: Arc::clone(&self.store.values),
            elapsed: self.clock.monotonic(),
            variables: self.variables.borrow().clone(),
            turn,
        }
    }

    /// Time passes, here and in iLOQ.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.simulator.set_clock(self.clock.now());
    }
}

/// What another process is made of, on a thread of its own.
pub struct Place {
    simulator: Simulator,
    values: Arc<Mutex<Values>>,
    elapsed: Duration,
    variables: BTreeMap<&'static str, String>,
    turn: Turn,
}

impl Place {
    /// Does `work` in the process.
    pub fn run<T>(self, work: impl FnOnce(&World) -> T) -> T {
        let Self { simulator, values, elapsed, variables, turn } = self;
        let mut world = World::with(simulator);
        world.clock.advance(elapsed);
        world.random = Seeded(Cell::new(turn.seed()));
        world.variables.replace(variables);
        world.store.values = values;
        world.store.turn = Some(turn.clone());
        world.http.turn = Some(turn.clone());
        let _end = turn.ends();
        work(&world)
    }
}

impl Variables for World {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.borrow().get(name).cloned()
    }
}

impl Platform for World {
    type Store = MemoryStore;
    type Http = InProcess;
    type Clock = VirtualClock;
    type Random = Seeded;

    fn store(&self) -> &MemoryStore {
        &self.store
    }

    fn http(&self) -> &InProcess {
        &self.http
    }

    fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    fn random(&self) -> &Seeded {
        &self.random
    }

    fn log(&self, line: &str) {
        self.log.borrow_mut().push(line.to_owned());
    }
}

impl Random for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let mut x = self.0.get();
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            self.0.set(x);
            *byte = x.to_le_bytes()[3];
        }
    }
}

impl Transport for InProcess {
    async fn send(&self, request: HttpRequest, timeout: Duration) -> Result<HttpResponse, TransportError> {
        if self.down.get() {
            return Err(TransportError::NotConnected("planned".to_owned()));
        }
        assert_eq!(request.authority, AUTHORITY, "the simulator is nowhere else");
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        };
        if let Some(turn) = &self.turn {
            turn.wait();
        }
        self.effects.moment();
        let mut asked = simulator::Request::new(method, &request.path_and_query);
        asked.headers =
            request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        asked.headers.push(("host".to_owned(), request.authority.clone()));
        asked.body = request.body.into();
        let in_flight = self.simulator.enter();
        let reply = self.simulator.handle_in(&in_flight, &asked);
        if let Some(watch) = &mut *self.watch.borrow_mut() {
            watch(&self.simulator);
        }
        self.clock.sleep(reply.delay.min(timeout)).await;
        if reply.delay >= timeout && !timeout.is_zero() {
            return Err(TransportError::Timeout);
        }
        self.effects.moment();
        match reply.ending {
            Ending::Whole => Ok(HttpResponse {
                status: reply.status,
                headers: reply.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                body: reply.body.to_vec(),
            }),
            Ending::Dropped | Ending::Cut(_) => Err(TransportError::Lost("planned".to_owned())),
            Ending::Hung => {
                self.clock.sleep(timeout).await;
                Err(TransportError::Timeout)
            }
        }
    }
}
