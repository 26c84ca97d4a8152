//! Variables, the store, the clock, the log.

use crate::probe::{Probe, options, state};

#[tokio::test(flavor = "multi_thread")]
async fn a_component_sees_only_the_variables_of_its_own_table() {
    let state = state();
    let probe = Probe::start(options(&state)).await;
    assert_eq!(probe.get("/a/variable?secret").await, (200, "<s3cret>".to_owned()));
    assert!(probe.get("/a/variable?origin").await.1.contains("Undefined"));
    assert!(probe.get("/b/variable?secret").await.1.contains("Undefined"));
    assert!(probe.get("/a/variable?NOT-A-NAME").await.1.contains("InvalidName"));
}

#[tokio::test(flavor = "multi_thread")]
async fn values_outlive_the_host() {
    let state = state();
    let probe = Probe::start(options(&state)).await;
    assert_eq!(probe.post("/a/set?x", "one").await.0, 200);
    assert_eq!(probe.post("/a/set?y", "two").await.0, 200);
    assert_eq!(probe.get("/a/delete?y").await.0, 200);
    probe.handle.shutdown().await;
    let probe = Probe::start(options(&state)).await;
    assert_eq!(probe.get("/a/get?x").await, (200, "one".to_owned()));
    assert_eq!(probe.get("/a/keys").await.1, "x");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_the_manifest_does_not_list_is_refused() {
    let state = state();
    let probe = Probe::start(options(&state)).await;
    assert_eq!(probe.get("/b/open?default").await, (502, "Error::AccessDenied".to_owned()));
    assert_eq!(probe.get("/a/open?other").await, (502, "Error::AccessDenied".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_of_guests_can_be_moved() {
    let state = state();
    let probe = Probe::start(options(&state)).await;
    let now = || async { probe.get("/a/now").await.1.parse::<i64>().unwrap() };
    let before = now().await;
    probe.handle.set_clock_offset(86_400);
    let moved = now().await - before;
    assert!((86_400..86_460).contains(&moved), "{moved}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_a_guest_writes_carry_its_name() {
    let state = state();
    let probe = Probe::start(options(&state)).await;
    probe.get("/b/log?a-line").await;
    assert_eq!(probe.logged(), "b: a-line");
}
