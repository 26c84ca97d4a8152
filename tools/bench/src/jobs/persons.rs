//! Persons and users.

use anyhow::{Result, ensure};
use futures::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};
use simulator::Seed;

use super::Bench;
use crate::{
    Iloq, Row,
    peer::{self, Person, Persons},
    timed, wire,
};

/// Requests that the functions have under way at once, at most.
const AT_ONCE: usize = 16;
/// Callers that save users at the same time, where that is not what is measured.
const CALLERS: usize = 8;

async fn start(persons: usize) -> Result<Iloq> {
    Iloq::start(Seed { persons, keys_per_person: 0, ..Seed::default() }).await
}

/// The first sync of a system that is full of persons; and one that finds nothing to do.
pub(super) async fn import(bench: &Bench) -> Result<Vec<Row>> {
    let persons = bench.scale.persons;
    let mut first = Row::new(format!("import of {persons} persons"));
    let mut again = Row::new(format!("sync of {persons} without a change"));
    for _ in 0..bench.scale.runs {
        let iloq = start(persons).await?;
        let path = bench.functions.connect(&iloq).await? + "/users/sync";
        iloq.is_away(bench.scale.latency_ms);
        let (sample, answer) = timed(&iloq, bench.functions.until_done(&path)).await?;
        ensure!(answer["counts"]["imported"] == persons, "{answer}");
        first.ours.push(sample);
        let (sample, answer) = timed(&iloq, bench.functions.until_done(&path)).await?;
        ensure!(answer["counts"]["unchanged"] == persons, "{answer}");
        again.ours.push(sample);

        let mut peer = Persons::new()?;
        let (sample, changed) = timed(&iloq, peer.sync(&iloq)).await?;
        ensure!(changed == persons, "{changed} persons");
        first.peer.push(sample);
        let (sample, changed) = timed(&iloq, peer.sync(&iloq)).await?;
        ensure!(changed == 0, "{changed} persons");
        again.peer.push(sample);

        let listing = wire::fetch(&iloq, &[(Method::GET, "Persons", Value::Null)]).await?;
        first.wire.push(listing);
        again.wire.push(listing);
    }
    Ok(vec![first, again])
}

/// New users that a sync brings to iLOQ, beside as many persons that are there.
pub(super) async fn push(bench: &Bench) -> Result<Row> {
    let new: Vec<Person> = (0..u32::try_from(bench.scale.pushed)?).map(Person::new).collect();
    let mut row = Row::new(format!("push of {} new users", new.len()));
    for _ in 0..bench.scale.runs {
        let iloq = start(new.len()).await?;
        let path = waiting(bench, &iloq, &new).await?;
        iloq.is_away(bench.scale.latency_ms);
        let (sample, answer) = timed(&iloq, bench.functions.until_done(&path)).await?;
        ensure!(answer["counts"]["created"] == new.len(), "{answer}");
        check(&iloq, &new)?;
        row.ours.push(sample);
        row.wire.push(wire::side_by_side(&iloq, new.len(), AT_ONCE).await?);
    }
    // Side by side, each with a system of its own: they do nothing but wait.
    let peers = (0..bench.scale.runs).map(async |_| {
        let iloq = start(new.len()).await?;
        iloq.is_away(bench.scale.latency_ms);
        let (sample, ()) = timed(&iloq, peer::push(&iloq, &new)).await?;
        check(&iloq, &new)?;
        anyhow::Ok(sample)
    });
    row.peer = try_join_all(peers).await?;
    Ok(row)
}

/// A system in which these users wait for the next sync, whose path this gives.
async fn waiting(bench: &Bench, iloq: &Iloq, new: &[Person]) -> Result<String> {
    let functions = &bench.functions;
    let path = functions.connect(iloq).await?;
    let sync = format!("{path}/users/sync");
    functions.until_done(&sync).await?;
    // With a login that iLOQ refuses, what is saved waits.
    let mut wrong = iloq.settings();
    wrong["password"] = json!("wrong");
    functions.call(Method::PUT, &path, Some(wrong), 200).await?;
    functions.call(Method::POST, &format!("{path}/check"), Some(json!({})), 200).await?;
    let save = async |first: usize| {
        for person in new.iter().skip(first).step_by(CALLERS) {
            let path = format!("{path}/users/{}", person.external_id);
            functions.call(Method::PUT, &path, Some(person.user()), 202).await?;
        }
        anyhow::Ok(())
    };
    try_join_all((0..CALLERS).map(save)).await?;
    functions.call(Method::PUT, &path, Some(iloq.settings()), 200).await?;
    Ok(sync)
}

/// One user who is saved, in a system that is in use.
pub(super) async fn save(bench: &Bench) -> Result<Row> {
    let mut row = Row::new("save of one new user");
    for _ in 0..bench.scale.runs {
        let (new, iloq) = (Person::new(1), start(bench.scale.pushed).await?);
        let path = bench.functions.connect(&iloq).await?;
        bench.functions.until_done(&format!("{path}/users/sync")).await?;
        iloq.is_away(bench.scale.latency_ms);
        let path = format!("{path}/users/{}", new.external_id);
        let call = bench.functions.call(Method::PUT, &path, Some(new.user()), 201);
        row.ours.push(timed(&iloq, call).await?.0);
        check(&iloq, std::slice::from_ref(&new))?;

        let iloq = start(bench.scale.pushed).await?;
        iloq.is_away(bench.scale.latency_ms);
        row.peer.push(timed(&iloq, peer::save(&iloq, &new)).await?.0);
        check(&iloq, &[new])?;
        row.wire.push(wire::rounds(&iloq, 1).await?);
    }
    Ok(row)
}

/// Each of them is a person now, and once; beside them are as many as the job began with.
fn check(iloq: &Iloq, new: &[Person]) -> Result<()> {
    let persons = iloq.simulator.ids(None, "persons").len();
    ensure!(persons == iloq.seed.persons + new.len(), "{persons} persons");
    let inserted = iloq.simulator.counters().effects.get("Persons_Insert").copied();
    ensure!(inserted == Some(new.len().try_into()?), "{inserted:?} inserts");
    Ok(())
}
