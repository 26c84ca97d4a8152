//! Keys and their access rights, by a caller who waits for the answer.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;

use super::{
    Bench,
    house::{House, call},
};
use crate::{Row, peer, timed, wire};

const PHONE: &str = "+358409998877";

/// Three keys that are nobody's, with two rights each.
pub(super) async fn link(bench: &Bench) -> Result<Row> {
    let mut row = Row::new("link of 3 keys with 2 rights each");
    for _ in 0..bench.scale.runs {
        let house = House::with_free_keys(3).await?;
        let rights = &house.rights[..2];
        let path = house.connect(bench).await? + "/keys";
        let linked = call(bench, Method::POST, &path, house.wanted(rights), "ordered");
        row.ours.push(timed(&house.iloq, linked).await?.0);
        house.check(true, rights).await?;

        let house = House::with_free_keys(3).await?;
        house.iloq.is_away(bench.scale.latency_ms);
        let linked = peer::link(&house.iloq, &house.person, &house.keys, rights);
        row.peer.push(timed(&house.iloq, linked).await?.0);
        house.check(true, rights).await?;
        // For each key at once: look, attach, both rights, ask, order.
        house.iloq.is_away(bench.scale.latency_ms);
        row.wire.push(wire::rounds(&house.iloq, 5).await?);
    }
    Ok(row)
}

/// One right goes and another one comes, on several keys of a person.
pub(super) async fn change_rights(bench: &Bench) -> Result<Row> {
    let mut row = Row::new(format!("change of rights of {} keys", bench.scale.keys));
    for _ in 0..bench.scale.runs {
        let house = House::with_held_keys(bench.scale.keys).await?;
        let rights = &house.rights[1..3];
        let path = house.connect(bench).await? + "/access-rights";
        let changed = call(bench, Method::PUT, &path, house.wanted(rights), "ordered");
        row.ours.push(timed(&house.iloq, changed).await?.0);
        house.check(true, rights).await?;

        let house = House::with_held_keys(bench.scale.keys).await?;
        house.iloq.is_away(bench.scale.latency_ms);
        let changed = peer::change_rights(&house.iloq, &house.person, &house.keys, rights);
        row.peer.push(timed(&house.iloq, changed).await?.0);
        house.check(true, rights).await?;
        // For each key at once: read, both changes, ask, order.
        house.iloq.is_away(bench.scale.latency_ms);
        row.wire.push(wire::rounds(&house.iloq, 4).await?);
    }
    Ok(row)
}

/// A phone key, by SMS.
pub(super) async fn send_mobile_key(bench: &Bench) -> Result<Row> {
    let mut row = Row::new("send of one mobile key");
    for _ in 0..bench.scale.runs {
        let house = House::with_free_keys(0).await?;
        let right = &house.rights[0];
        let path = house.connect(bench).await? + "/mobile-keys";
        let body = json!({ "channel": "sms", "phone": PHONE, "accessRightIds": [right] });
        let sent = bench.functions.call(Method::POST, &path, Some(body), 201);
        row.ours.push(timed(&house.iloq, sent).await?.0);
        house.check_phone(PHONE).await?;

        let house = House::with_free_keys(0).await?;
        house.iloq.is_away(bench.scale.latency_ms);
        let sent = peer::send_mobile_key(&house.iloq, &house.person, PHONE, right);
        row.peer.push(timed(&house.iloq, sent).await?.0);
        house.check_phone(PHONE).await?;
        // Make the key, set its number and its main zone, ask, order.
        house.iloq.is_away(bench.scale.latency_ms);
        row.wire.push(wire::rounds(&house.iloq, 5).await?);
    }
    Ok(row)
}

/// A leaver's keys.
pub(super) async fn block(bench: &Bench) -> Result<Row> {
    let mut row = Row::new("block of a user with 5 keys");
    for _ in 0..bench.scale.runs {
        let house = House::with_held_keys(5).await?;
        let path = house.connect(bench).await? + "/block";
        let blocked = call(bench, Method::POST, &path, json!({ "reason": "leaver" }), "removed");
        row.ours.push(timed(&house.iloq, blocked).await?.0);
        house.check(false, &[]).await?;

        let house = House::with_held_keys(5).await?;
        house.iloq.is_away(bench.scale.latency_ms);
        row.peer.push(timed(&house.iloq, peer::block(&house.iloq, &house.person)).await?.0);
        house.check(false, &[]).await?;
        // List the keys; then for each at once: both rights, ask, order, detach.
        house.iloq.is_away(bench.scale.latency_ms);
        row.wire.push(wire::rounds(&house.iloq, 5).await?);
    }
    Ok(row)
}
