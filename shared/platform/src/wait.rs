//! Waiting for the host under the SDK's executor, which knows pollables and nothing else: a future that waits for
//! anything but these makes it panic.

use std::{pin::pin, task::Poll, time::Duration};

use futures::future::{Either, poll_fn, select};
use spin_executor::{CancelOnDropToken, push_waker_and_get_token};
use wasi::{clocks::monotonic_clock, io::poll::Pollable};

/// Waits for one pollable. Dropping the future drops the registration.
pub(crate) async fn ready(pollable: Pollable) {
    let (mut next, mut token) = (Some(pollable), Vec::<CancelOnDropToken>::new());
    poll_fn(move |cx| match next.take() {
        Some(pollable) if !pollable.ready() => {
            token.push(push_waker_and_get_token(pollable, cx.waker().clone()).into());
            Poll::Pending
        }
        // Every caller looks again, so that a spurious wake is harmless.
        _ => Poll::Ready(()),
    })
    .await;
}

/// The moment on the monotonic clock that is `duration` from now, in nanoseconds.
pub(crate) fn after(duration: Duration) -> u64 {
    monotonic_clock::now().saturating_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}

/// Waits for `duration`.
pub(crate) async fn sleep(duration: Duration) {
    let end = after(duration);
    while monotonic_clock::now() < end {
        ready(monotonic_clock::subscribe_instant(end)).await;
    }
}

/// `None` when `limit` was over first; then `future` is dropped, and its outbound call with it.
pub(crate) async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(sleep(limit))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}
