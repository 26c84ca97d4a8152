//! What the client needs from outside: a transport, a clock, randomness, a place for its session.
//!
//! Nothing here is `Send`: a guest has one thread, and native tests run on one.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// An HTTP request as the client builds it.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The verb.
    pub method: Method,
    /// Whether TLS is used.
    pub https: bool,
    /// Host and optional port, as it goes into the `Host` header.
    pub authority: String,
    /// Path with the query, beginning with `/`.
    pub path_and_query: String,
    /// Header names in lower case, and their values. Some are secret: never log them.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

/// The verbs of iLOQ's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads (and `KillSession`).
    Get,
    /// Inserts, orders, and reads with a complex filter.
    Post,
    /// Updates.
    Put,
    /// Deletes.
    Delete,
}

/// An HTTP answer, its body read to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why no whole answer came. What matters is whether the request may have had its effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The connection could not be made: the request was never sent.
    #[error("no connection: {0}")]
    NotConnected(String),
    /// The host forbids this address (`allowed_outbound_hosts`): the request was never sent.
    #[error("the host does not allow this address")]
    Denied,
    /// The deadline passed; the request may have had its effect.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke after the request was (partly) sent; it may have had its effect.
    #[error("the connection broke: {0}")]
    Lost(String),
    /// The answer was larger than the limit; the request had its effect.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

impl TransportError {
    /// Whether the request may have reached the server.
    #[must_use]
    pub fn may_have_acted(&self) -> bool {
        !matches!(self, Self::NotConnected(_) | Self::Denied)
    }
}

/// Sends one request. No retries, no redirects: those are the client's business.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[expect(async_fn_in_trait, reason = "never Send: guests and their tests have one thread")]
pub trait Transport {
    /// Sends `request`; gives up after `timeout`, closing the connection.
    ///
    /// # Errors
    /// [`TransportError`] when no whole answer came.
    async fn send(&self, request: HttpRequest, timeout: Duration) -> Result<HttpResponse, TransportError>;

    /// The same with an answer of at most `most` bytes; a transport that can stops reading there.
    ///
    /// # Errors
    /// As for [`Self::send`].
    async fn send_within(
        &self,
        request: HttpRequest,
        timeout: Duration,
        most: usize,
    ) -> Result<HttpResponse, TransportError> {
        let answer = self.send(request, timeout).await?;
        if answer.body.len() > most { Err(TransportError::TooLarge(most)) } else { Ok(answer) }
    }
}

/// Wall clock, monotonic clock and waiting, in one trait so that tests can turn all three by hand.
#[expect(async_fn_in_trait, reason = "never Send: guests and their tests have one thread")]
pub trait Clock {
    /// The wall clock.
    fn now(&self) -> DateTime<Utc>;
    /// Time since some fixed moment; never goes back.
    fn monotonic(&self) -> Duration;
    /// Waits.
    async fn sleep(&self, duration: Duration);
}

/// Randomness fit for secrets (nonces, run ids, jitter).
pub trait Random {
    /// Fills `buffer`.
    fn fill(&self, buffer: &mut [u8]);
}

/// Where a session lives between runs. Implementations seal the session id before they store it.
///
/// All three are best effort: a session that is lost is opened again.
pub trait SessionKeeper {
    /// The session kept last, if any.
    fn load(&self) -> Option<crate::KeptSession>;
    /// Keeps `session` in place of the one before.
    fn save(&self, session: &crate::KeptSession);
    /// Forgets the session.
    fn clear(&self);
}

// References serve as well, so that a client can borrow what its owner keeps.

impl<T: Transport> Transport for &T {
    async fn send(&self, request: HttpRequest, timeout: Duration) -> Result<HttpResponse, TransportError> {
        (**self).send(request, timeout).await
    }

    async fn send_within(
        &self,
        request: HttpRequest,
        timeout: Duration,
        most: usize,
    ) -> Result<HttpResponse, TransportError> {
        (**self).send_within(request, timeout, most).await
    }
}

impl<T: Clock> Clock for &T {
    fn now(&self) -> DateTime<Utc> {
        (**self).now()
    }

    fn monotonic(&self) -> Duration {
        (**self).monotonic()
    }

    async fn sleep(&self, duration: Duration) {
        (**self).sleep(duration).await;
    }
}

impl<T: Random> Random for &T {
    fn fill(&self, buffer: &mut [u8]) {
        (**self).fill(buffer);
    }
}

impl<T: SessionKeeper> SessionKeeper for &T {
    fn load(&self) -> Option<crate::KeptSession> {
        (**self).load()
    }

    fn save(&self, session: &crate::KeptSession) {
        (**self).save(session);
    }

    fn clear(&self) {
        (**self).clear();
    }
}
