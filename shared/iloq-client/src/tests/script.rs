//! A scripted outside: answers in turn, notes every request, and turns its clock when somebody waits.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::io::{Clock, HttpRequest, HttpResponse, Method, Random, SessionKeeper, Transport, TransportError};
use crate::{Client, Credentials, Deadline, KeptSession, OriginPatterns, Secret};

pub(super) const GROUP: &str = "11111111-1111-1111-1111-111111111111";
pub(super) const PERSON: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
pub(super) const KEY: &str = "22222222-2222-2222-2222-222222222222";
pub(super) const RIGHT: &str = "33333333-3333-3333-3333-333333333333";

type Reply = Result<HttpResponse, TransportError>;

/// The outside.
#[derive(Default)]
pub(super) struct Script {
    replies: RefCell<VecDeque<Reply>>,
    requests: RefCell<Vec<String>>,
    headers: RefCell<Vec<Vec<(&'static str, String)>>>,
    timeouts: RefCell<Vec<Duration>>,
    pub(super) slept: RefCell<Vec<Duration>>,
    now: Cell<Duration>,
    pub(super) kept: RefCell<Option<KeptSession>>,
    /// A keeper that forgets at once.
    pub(super) forgetful: Cell<bool>,
}

impl Script {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The next answer.
    pub(super) fn reply(&self, status: u16, body: &str) -> &Self {
        self.reply_with(status, &[], body)
    }

    pub(super) fn reply_with(&self, status: u16, headers: &[(&str, &str)], body: &str) -> &Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.replies.borrow_mut().push_back(Ok(HttpResponse {
            status,
            headers,
            body: body.as_bytes().to_vec(),
        }));
        self
    }

    /// The next request gets no answer.
    pub(super) fn fail(&self, error: TransportError) -> &Self {
        self.replies.borrow_mut().push_back(Err(error));
        self
    }

    /// The four answers of a login that succeeds.
    pub(super) fn login(&self, session: &str) -> &Self {
        self.reply(200, "null")
            .reply(200, &format!(r#"{{"Result":1,"SessionID":"{session}"}}"#))
            .reply(200, &format!(r#"[{{"LockGroup_ID":"{GROUP}","Name":"Demo House"}}]"#))
            .reply(200, r#"{"RightsMask":18014398509481985}"#)
    }

    /// A session that an earlier run has kept.
    pub(super) fn keep(&self, session: &str) -> &Self {
        *self.kept.borrow_mut() = Some(kept(session));
        self
    }

    /// The requests so far: verb, address, session, body.
    pub(super) fn requests(&self) -> Vec<String> {
        assert!(self.replies.borrow().is_empty(), "an answer was not fetched");
        self.requests.borrow().clone()
    }

    /// The requests so far without address and body, one text.
    pub(super) fn paths(&self) -> String {
        let name =
            |line: &String| line.split_once("/api/v2/").map_or_else(String::new, |(_, rest)| rest.to_owned());
        let words = |line: String| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        self.requests().iter().map(name).map(words).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn headers(&self, request: usize) -> Vec<(&'static str, String)> {
        self.headers.borrow()[request].clone()
    }

    pub(super) fn timeouts(&self) -> Vec<u64> {
        self.timeouts.borrow().iter().map(Duration::as_secs).collect()
    }

    pub(super) fn client(&self) -> Client<&Self, &Self, &Self, &Self> {
        self.client_with(credentials())
    }

    pub(super) fn client_with(&self, credentials: Credentials) -> Client<&Self, &Self, &Self, &Self> {
        let origins = OriginPatterns::iloq_and("http://127.0.0.1:*");
        let deadline = Deadline::after(&self, Duration::from_secs(100));
        Client::new(credentials, origins, self, self, self, self, deadline)
    }
}

pub(super) fn credentials() -> Credentials {
    Credentials {
        service_address: "https://s5.iloq.com/iloqws/".to_owned(),
        service_code: "DEMO".to_owned(),
        user_name: "api".to_owned(),
        password: Secret::from("correct horse"),
        api_key: None,
        lock_group: None,
    }
}

pub(super) fn kept(session: &str) -> KeptSession {
    KeptSession {
        address: "https://s5.iloq.com/pool".to_owned(),
        session_id: Secret::from(session),
        lock_group: GROUP.parse().unwrap(),
        rights: iloq_model::RightsMask::from_bits(3),
        opened_at: DateTime::UNIX_EPOCH,
    }
}

/// The answer of iLOQ for a session that it does not know.
pub(super) fn lost(session: &str) -> String {
    format!(r#"{{"Code":"Unauthorized","Message":"Invalid session id: {session}"}}"#)
}

/// Runs a future to its end by polling alone: nothing may rely on being woken.
pub(super) fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    for _ in 0..10_000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
    panic!("it hangs");
}

/// Lets others run.
async fn turn() {
    let mut waited = false;
    poll_fn(|_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

impl Transport for Script {
    async fn send(&self, request: HttpRequest, timeout: Duration) -> Reply {
        let verb = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        };
        let scheme = if request.https { "https" } else { "http" };
        let session = request.headers.iter().find(|(name, _)| *name == "sessionid");
        let session = session.map(|(_, id)| format!(" [{id}]")).unwrap_or_default();
        let body = String::from_utf8(request.body).unwrap();
        let line =
            format!("{verb} {scheme}://{}{}{session} {body}", request.authority, request.path_and_query);
        self.requests.borrow_mut().push(line.trim_end().to_owned());
        self.headers.borrow_mut().push(request.headers);
        self.timeouts.borrow_mut().push(timeout);
        let reply = self.replies.borrow_mut().pop_front();
        turn().await;
        let reply =
            reply.unwrap_or_else(|| panic!("no answer is left for {:?}", self.requests.borrow().last()));
        if reply == Err(TransportError::Timeout) {
            self.now.set(self.now.get() + timeout);
        }
        reply
    }
}

impl Clock for Script {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::from_std(self.now.get()).unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.now.get()
    }

    async fn sleep(&self, duration: Duration) {
        self.slept.borrow_mut().push(duration);
        self.now.set(self.now.get() + duration);
        turn().await;
    }
}

impl Random for Script {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(255);
    }
}

impl SessionKeeper for Script {
    fn load(&self) -> Option<KeptSession> {
        self.kept.borrow().clone()
    }

    fn save(&self, session: &KeptSession) {
        if !self.forgetful.get() {
            *self.kept.borrow_mut() = Some(session.clone());
        }
    }

    fn clear(&self) {
        *self.kept.borrow_mut() = None;
    }
}
