//! A few futures side by side.

use futures::{StreamExt as _, stream};

/// Waits for all of `futures`, of which at most `at_once` are under way; what comes out is in their order.
///
/// Whoever is done makes room for the next. `buffered` alone makes room in order only, so that one that hangs would
/// keep others from beginning.
pub async fn in_order<F: Future>(at_once: usize, futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let placed = futures.enumerate().map(|(place, future)| async move { (place, future.await) });
    let mut done: Vec<_> = stream::iter(placed).buffer_unordered(at_once).collect().await;
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

#[cfg(test)]
mod tests {
    use std::{
        cell::{Cell, RefCell},
        future::poll_fn,
        task::Poll,
    };

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
        let all = block_on(in_order(3, (0..7).map(one)));
        assert_eq!(all, [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(most.get(), 3);
        assert_ne!(*ended.borrow(), all, "one that takes long holds nobody up");
        assert_eq!(block_on(in_order(3, std::iter::empty::<std::future::Ready<()>>())), []);
    }
}
