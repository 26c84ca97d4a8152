//! A few futures side by side.

use std::{pin::Pin, task::Poll};

use futures::future::{MaybeDone, maybe_done, poll_fn};

/// Waits for all of `futures`, of which at most `at_once` are under way; what comes out is in their order. Each is polled
/// whenever one of them is woken, which is little for a few, and takes far less code than a stream that buffers.
pub async fn together<F: Future>(at_once: usize, futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<Pin<Box<MaybeDone<F>>>> = futures.map(|future| Box::pin(maybe_done(future))).collect();
    poll_fn(|context| {
        let mut under_way = 0;
        for future in &mut all {
            if under_way < at_once && future.as_mut().poll(context).is_pending() {
                under_way += 1;
            }
        }
        if under_way == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    all.iter_mut().filter_map(|future| future.as_mut().take_output()).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use futures::executor::block_on;

    use super::*;

    #[test]
    fn what_comes_out_is_in_order_and_no_more_are_under_way_than_may_be() {
        let (under_way, most, ended) = (&Cell::new(0), &Cell::new(0), &RefCell::new(Vec::new()));
        // The later it comes, the sooner it is done.
        let one = |n: usize| async move {
            under_way.set(under_way.get() + 1);
            most.set(most.get().max(under_way.get()));
            for _ in n..7 {
                let mut turns = 0;
                poll_fn(|context| {
                    context.waker().wake_by_ref();
                    turns += 1;
                    if turns > 1 { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
            }
            under_way.set(under_way.get() - 1);
            ended.borrow_mut().push(n);
            n
        };
        let all = block_on(together(3, (0..7).map(one)));
        assert_eq!(all, [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(most.get(), 3);
        assert_ne!(*ended.borrow(), all, "one that takes long holds nobody up");
        assert_eq!(block_on(together(3, std::iter::empty::<std::future::Ready<()>>())), []);
    }
}
