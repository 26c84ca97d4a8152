//! A few futures side by side.

use std::{pin::Pin, task::Poll};

use futures::future::{MaybeDone, maybe_done, poll_fn};

/// Waits for all of `futures`; what comes out is in their order. Each is polled whenever one of them is woken, which is
/// little for a few, and takes far less code than a stream that buffers.
pub async fn together<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<Pin<Box<MaybeDone<F>>>> = futures.map(|future| Box::pin(maybe_done(future))).collect();
    poll_fn(|context| {
        let mut is_done = true;
        for future in &mut all {
            is_done &= future.as_mut().poll(context).is_ready();
        }
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    all.iter_mut().filter_map(|future| future.as_mut().take_output()).collect()
}
