//! Crashes, lost answers, outages, slowness, and two pulls at once.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::json;
use simulator::{Action, Fault};

use super::{BY_ARRIVAL, WITH_NAMES, feed, fill, ids, pull, pull_all, row, world};
use crate::support::catch_crash;

#[test]
fn a_crash_at_every_effect_and_again_ends_as_without() {
    let make = || {
        let world = world();
        fill(&world, 40, TimeDelta::days(4), 3_600_000);
        row(&world, TimeDelta::minutes(9), TimeDelta::weeks(2));
        world.effects.reset(None);
        world
    };
    let whole = make();
    pull(&whole);
    let (effects, expected) = (whole.effects.seen(), feed(&whole));
    assert!(effects > 10 && expected.len() == 41);
    for at in 1..=effects {
        let world = make();
        world.effects.reset(Some(at));
        let crashed = catch_crash(|| world.post(&world.of("logs/pull"), json!({}))).is_none();
        assert!(crashed, "effect {at} of {effects}");
        let answer = pull(&world);
        assert_eq!(answer["run"]["state"], "done");
        assert_eq!(feed(&world), expected, "crash at effect {at} of {effects}");
        assert_eq!(pull(&world)["pulled"], 0);
    }
}

#[test]
fn lost_answers_and_an_outage_in_the_middle_lose_nothing() {
    let world = world();
    fill(&world, 45_000, TimeDelta::days(20), 30_000);
    world.simulator.add_fault(Fault { skip: 1, times: Some(1), ..Fault::on(BY_ARRIVAL, Action::Drop) });
    world.simulator.add_fault(Fault { skip: 3, times: Some(1), ..Fault::on(WITH_NAMES, Action::Drop) });
    // As often as four requests side by side are tried.
    let down = Action::Status { status: 503, code: None, message: None, retry_after: None };
    world.simulator.add_fault(Fault { skip: 15, times: Some(12), ..Fault::on(WITH_NAMES, down) });
    let first = world.post(&world.of("logs/pull"), json!({}));
    assert_eq!(first.status, 202, "{:#}", first.body);
    assert_eq!(first.body["run"]["problem"]["code"], "iloq-unavailable");
    let so_far = first.body["pulled"].as_u64().unwrap();
    assert!(so_far > 10_000 && so_far < 45_000, "{so_far}");
    let answer = pull_all(&world);
    assert_eq!((&answer["pulled"], &answer["duplicates"]), (&json!(45_000), &json!(0)));
    assert_eq!(answer["run"]["id"], first.body["run"]["id"]);
    assert_eq!(ids(&feed(&world)).into_iter().collect::<BTreeSet<_>>().len(), 45_000);
}

#[test]
fn an_iloq_that_is_away_is_a_problem_and_the_next_pull_goes_on() {
    let world = world();
    fill(&world, 10, TimeDelta::hours(1), 60_000);
    world.http.down.set(true);
    assert_eq!(world.post(&world.of("logs/pull"), json!({})).expect(503)["code"], "iloq-unavailable");
    world.http.down.set(false);
    world.simulator.add_fault(Fault { times: Some(1), ..Fault::on(BY_ARRIVAL, Action::Hang) });
    assert_eq!(world.post(&world.of("logs/pull"), json!({})).expect(503)["code"], "iloq-unavailable");
    assert_eq!(pull(&world)["pulled"], 10);
}

#[test]
fn a_slow_iloq_is_pulled_in_slices() {
    let world = world();
    fill(&world, 30_000, TimeDelta::days(20), 50_000);
    let mut settings = world.simulator.settings();
    settings.latency_ms = 1_500;
    world.simulator.set_settings(settings);
    let answer = pull_all(&world);
    assert_eq!((&answer["pulled"], &answer["duplicates"]), (&json!(30_000), &json!(0)));
    assert_eq!(feed(&world).len(), 30_000);
}

#[test]
fn two_pulls_at_once_are_one() {
    let world = world();
    fill(&world, 30, TimeDelta::hours(1), 60_000);
    let mut settings = world.simulator.settings();
    settings.latency_ms = 2_500;
    world.simulator.set_settings(settings);
    let path = world.of("logs/pull");
    let body = || integration::http::Body::Bytes(b"{}".to_vec());
    let both = futures::future::join(
        world.request("POST", &path, &[], body()),
        world.request("POST", &path, &[], body()),
    );
    let (one, other) = futures::executor::block_on(both);
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!([&one, &other].iter().filter(|answer| answer.code() == "in-progress").count(), 1);
    assert_eq!(feed(&world).len(), 30);
}

#[test]
fn what_has_its_names_is_kept_if_one_of_four_requests_fails() {
    let world = world();
    fill(&world, 15_000, TimeDelta::days(20), 60_000);
    // The look, four requests for names, and then the third of four for as long as it is tried.
    let (look, four) = (1, 4);
    let refused = Action::Status { status: 403, code: None, message: None, retry_after: None };
    let fault = Fault { skip: look + four + 2, times: Some(1), ..Fault::on(WITH_NAMES, refused) };
    world.simulator.add_fault(fault);
    let first = world.post(&world.of("logs/pull"), json!({}));
    assert_eq!((first.status, first.code()), (502, "iloq-rights-missing"), "{:#}", first.body);
    assert_eq!(feed(&world).len(), 6 * 1_990);
    assert_eq!(pull(&world)["pulled"], 15_000 - 6 * 1_990);
    assert_eq!(ids(&feed(&world)).into_iter().collect::<BTreeSet<_>>().len(), 15_000);
}
