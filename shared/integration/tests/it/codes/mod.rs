//! Every code of every check that iLOQ's key operations have, and one that is in no table: what the caller is told,
//! and what became of the key in iLOQ.
//!
//! A code comes from a state of the simulator where there is one that leads to it, else it is answered by force.

mod block_list;
mod limits;
mod order;
mod rights;
mod take_away;
mod zone;

use serde_json::Value;
use simulator::Fault;

use crate::support::House;

/// A code that is in no table.
const UNKNOWN: i32 = 77;

/// From here on `operation` answers `code`.
fn force(house: &House, operation: &str, code: impl Into<Value>) {
    house.world.simulator.add_fault(Fault::answering(operation, code));
}

/// What a problem has to say: its code, the check with its number, and what to do about it.
#[track_caller]
fn says(problem: &Value, code: &str, check: &str, result: i32, next: &str) {
    assert_eq!(problem["code"], code, "{check} {result}: {problem:#}");
    assert_eq!(problem["iloq"]["check"], check, "{problem:#}");
    assert_eq!(problem["iloq"]["result"], result, "{problem:#}");
    assert!(!problem["iloq"]["meaning"].as_str().unwrap().is_empty());
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(problem["iloq"]["meaning"].as_str().unwrap()), "{check} {result}: {detail}");
    assert!(detail.contains(next), "{check} {result}: {detail} lacks {next:?}");
}
