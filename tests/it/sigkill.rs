//! The whole runner is killed in the middle of a sync and started again on the same store.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Action, Fault};

use crate::support::{App, Iloq, Process, Response, Setup, State, both_sides, outcome};

const PATH: &str = "/v1/systems/house/users/sync";
const PERSONS: usize = 12;

/// When the process dies.
enum Death {
    /// At an effect, as `--die-at` takes it.
    At(String),
    /// While it waits for iLOQ's answer to the nth insertion.
    Waiting(u64),
}

/// A store with twelve users that wait, and iLOQ with twelve persons that the portal does not know.
async fn prepared() -> (Iloq, State) {
    let (iloq, app) = (Iloq::with_persons(PERSONS).await, App::start().await);
    both_sides(&app.portal, "house", &iloq, PERSONS).await;
    (iloq, app.stop().await)
}

async fn sync(process: &Process) -> Result<Response, String> {
    process.portal.attempt("POST", PATH, &[("idempotency-key", "night")], "{}").await
}

/// The end state when nobody dies.
async fn left_alone() -> (Vec<Value>, Value) {
    let (iloq, state) = prepared().await;
    let process = Process::start(&Setup::new(), &state, None).await;
    assert_eq!(sync(&process).await.unwrap().status, 200);
    outcome(&process.portal, "house", &iloq).await
}

/// Dies, is started again, is called again; the same must come of it.
async fn dies(death: &Death, expected: &(Vec<Value>, Value)) {
    let (iloq, state) = prepared().await;
    let setup = Setup::new();
    let what = match death {
        Death::At(switch) => {
            let process = Process::start(&setup, &state, Some(switch)).await;
            let answer = sync(&process).await;
            assert!(answer.is_err(), "{switch} was not reached: {answer:?}");
            process.died().await;
            switch.clone()
        }
        Death::Waiting(nth) => {
            iloq.simulator
                .set_faults(vec![Fault::on("Persons_Insert", Action::Hang).nth(*nth).after_effect()]);
            let process = Process::start(&setup, &state, None).await;
            let portal = process.portal.clone();
            let call = tokio::spawn(async move {
                portal.attempt("POST", PATH, &[("idempotency-key", "night")], "{}").await
            });
            while !iloq.simulator.calls().iter().any(|call| call.fault.is_some()) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            process.kill().await;
            assert!(call.await.unwrap().is_err());
            iloq.simulator.set_faults(Vec::new());
            format!("insertion {nth}")
        }
    };
    let process = Process::start(&setup, &state, None).await;
    let answer = sync(&process).await.unwrap();
    assert_eq!(answer.status, 200, "{what}: {}", answer.text);
    assert_eq!((&answer.body["run"]["state"], &answer.body["counts"]["failed"]), (&json!("done"), &json!(0)));
    let after = outcome(&process.portal, "house", &iloq).await;
    assert_eq!(after.0, expected.0, "{what}");
    assert_eq!(after.1, expected.1, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn once_at_each_kind_of_effect() {
    let expected = left_alone().await;
    for kind in ["store-read", "store-write", "outbound"] {
        for moment in ["before", "after"] {
            dies(&Death::At(format!("9:{moment}:{kind}")), &expected).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_twenty_moments() {
    let expected = left_alone().await;
    let mut rng = fastrand::Rng::with_seed(2026);
    for _ in 0..15 {
        let moment = rng.choice(["before", "after"]).unwrap();
        // A sync of this size has at least so many of each.
        let kinds = [("store-read", 30), ("store-write", 24), ("outbound", 18)];
        let (kind, most) = rng.choice(kinds).unwrap();
        dies(&Death::At(format!("{}:{moment}:{kind}", rng.usize(1..=most))), &expected).await;
    }
    for _ in 0..5 {
        dies(&Death::Waiting(rng.u64(1..=PERSONS as u64)), &expected).await;
    }
}
