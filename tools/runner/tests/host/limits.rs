//! Guests that loop, wait, panic, or want too much.

use std::time::Duration;

use crate::probe::{Probe, options, state};

async fn with_limit(milliseconds: u64, state: &tempfile::TempDir) -> Probe {
    Probe::start(options(state).request_limit(Duration::from_millis(milliseconds))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_looping_guest_is_stopped_at_the_limit() {
    let state = state();
    let probe = with_limit(300, &state).await;
    assert_eq!(probe.get("/a/loop").await.0, 500);
    assert!(probe.logged().contains("a: the guest was stopped after 300ms"), "{}", probe.logged());
    assert_eq!(probe.get("/a/hello").await, (200, "hello".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_waits_in_a_host_call_is_stopped_at_the_limit() {
    let state = state();
    let probe = with_limit(300, &state).await;
    assert_eq!(probe.get("/a/wait").await.0, 500);
    assert!(probe.logged().contains("the guest was stopped after 300ms"), "{}", probe.logged());
}

#[tokio::test(flavor = "multi_thread")]
async fn looping_guests_do_not_keep_others_from_answering() {
    let state = state();
    // Far longer than it takes on a machine that has other work, too.
    let probe = with_limit(60_000, &state).await;
    let loops = futures_of_loops(&probe);
    let others = async {
        for _ in 0..5 {
            assert_eq!(probe.get("/b/hello").await.0, 200);
        }
    };
    tokio::select! {
        () = others => {}
        () = loops => panic!("the loops ended before the others were answered"),
    }
}

async fn futures_of_loops(probe: &Probe) {
    tokio::join!(probe.get("/a/loop"), probe.get("/a/loop"), probe.get("/a/loop"), probe.get("/a/loop"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_a_bare_500_and_harms_nobody_else() {
    let state = state();
    let probe = Probe::start(options(&state)).await;
    assert_eq!(probe.get("/a/panic").await, (500, String::new()));
    assert!(probe.logged().contains("as asked"), "the panic's text is in the log: {}", probe.logged());
    assert!(probe.logged().contains("a: the guest trapped"), "{}", probe.logged());
    assert_eq!(probe.get("/a/hello").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_memory_than_128_mib_is_refused() {
    let state = state();
    let probe = Probe::start(options(&state)).await;
    assert_eq!(probe.get("/a/allocate?100000000").await, (200, "100000000".to_owned()));
    assert_eq!(probe.get("/a/allocate?140000000").await.0, 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_go_both_ways() {
    let state = state();
    let probe = Probe::start(options(&state)).await;
    assert_eq!(probe.get("/a/big?6000000").await.1.len(), 6_000_000);
    assert_eq!(probe.post("/a/length", &"y".repeat(3_000_000)).await.1, "3000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_pool_it_serves_the_same() {
    let state = state();
    let probe = Probe::start(options(&state).pooling(false)).await;
    assert_eq!(probe.get("/a/hello").await.0, 200);
    assert_eq!(probe.get("/a/allocate?140000000").await.0, 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_without_a_route_is_404() {
    let state = state();
    let probe = Probe::start(options(&state)).await;
    assert_eq!(probe.get("/c/hello").await, (404, String::new()));
}
