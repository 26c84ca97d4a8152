//! What users and iLOQ see in the end.

use futures::future::join_all;
use serde_json::{Value, json};

use super::{Iloq, Portal};

/// Sets up `system` with users `p000`, `p001`, … that wait, beside the persons that iLOQ has.
pub async fn both_sides(portal: &Portal, system: &str, iloq: &Iloq, users: usize) {
    iloq.suspend(portal, system).await;
    let save = async |n: usize| {
        let body = json!({ "firstName": format!("Portal {n}"), "lastName": "Side", "email": format!("p{n}@example.com") });
        portal.put(&format!("/v1/systems/{system}/users/p{n:03}"), body).await.expect(202);
    };
    join_all((0..users).map(save)).await;
    iloq.set_up(portal, system).await;
}

/// All users of `system`, page by page.
pub async fn users(portal: &Portal, system: &str) -> Vec<Value> {
    let base = format!("/v1/systems/{system}/users?limit=1000");
    let (mut all, mut path) = (Vec::new(), base.clone());
    loop {
        let page = portal.get(&path).await.expect(200);
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => path = format!("{base}&cursor={next}"),
            None => return all,
        }
    }
}

/// Users without times, in order; and iLOQ's whole state.
pub async fn outcome(portal: &Portal, system: &str, iloq: &Iloq) -> (Vec<Value>, Value) {
    let mut users = users(portal, system).await;
    for user in &mut users {
        user.as_object_mut().unwrap().remove("updatedAt");
    }
    users.sort_by_key(|user| user["id"].to_string());
    (users, iloq.simulator.snapshot())
}
