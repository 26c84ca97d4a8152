//! A locking system with a person and keys.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use simulator::{NewKey, Seed};

use super::Bench;
use crate::{Iloq, peer::Session};

/// Persons in it.
const PERSONS: usize = 500;

/// What the jobs on keys begin with.
pub(super) struct House {
    pub(super) iloq: Iloq,
    /// The person's external id, which is the user's id, too.
    pub(super) person: String,
    person_id: String,
    pub(super) keys: Vec<String>,
    /// API access rights.
    pub(super) rights: Vec<String>,
}

impl House {
    /// With keys that are nobody's.
    pub(super) async fn with_free_keys(keys: usize) -> Result<Self> {
        let mut house = Self::start().await?;
        for n in 0..keys {
            house.add(
                json!({ "record": { "Description": format!("Spare {n}"), "KeyTypeMask": 264, "Stamp": "" } }),
            )?;
        }
        Ok(house)
    }

    /// With programmed keys of the person's, each with the first two rights.
    pub(super) async fn with_held_keys(keys: usize) -> Result<Self> {
        let mut house = Self::start().await?;
        for n in 0..keys {
            let record = json!({
                "Description": format!("Held {n}"), "KeyTypeMask": 264, "Stamp": "", "State": 1,
                "Person_ID": house.person_id,
            });
            house.add(json!({ "record": record, "rights": house.rights[..2], "programmed": true }))?;
        }
        Ok(house)
    }

    async fn start() -> Result<Self> {
        let iloq = Iloq::start(Seed { persons: PERSONS, keys_per_person: 0, ..Seed::default() }).await?;
        let session = Session::open(&iloq).await?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let rights = session.list("SecurityAccesses").await?;
        let rights = rights.iter().filter(|right| right["Type"] == 3);
        let rights = rights.filter_map(|right| text(&right["SecurityAccess_ID"])).collect();
        let persons = session.list("Persons").await?;
        let named = |person: &Value| Some((text(&person["ExternalPersonId"])?, text(&person["Person_ID"])?));
        let (person, person_id) = persons.iter().find_map(named).context("nobody with an external id")?;
        session.close().await?;
        Ok(Self { iloq, person, person_id, keys: Vec::new(), rights })
    }

    fn add(&mut self, key: Value) -> Result<()> {
        let key: NewKey = serde_json::from_value(key)?;
        let id = self.iloq.simulator.add_key(None, key).map_err(anyhow::Error::msg)?;
        self.keys.push(id.to_string());
        Ok(())
    }

    /// The functions know it, and are in use. Gives the user's path.
    pub(super) async fn connect(&self, bench: &Bench) -> Result<String> {
        let path = bench.functions.connect(&self.iloq).await?;
        bench.functions.until_done(&format!("{path}/users/sync")).await?;
        bench.functions.until_done(&format!("{path}/structure/sync")).await?;
        self.iloq.is_away(bench.scale.latency_ms);
        Ok(format!("{path}/users/{}", self.person))
    }

    /// All keys with these rights, as the portal's API takes them.
    pub(super) fn wanted(&self, rights: &[String]) -> Value {
        let key = |key: &String| json!({ "keyId": key, "accessRightIds": rights });
        json!({ "keys": self.keys.iter().map(key).collect::<Vec<_>>() })
    }

    /// Every key is the person's, or nobody's, has exactly these rights, and is ordered.
    pub(super) async fn check(&self, is_held: bool, rights: &[String]) -> Result<()> {
        self.iloq.is_away(0);
        let session = Session::open(&self.iloq).await?;
        for id in &self.keys {
            let key = session.get(&format!("Keys/{id}")).await?;
            let holder = if is_held { json!(self.person_id) } else { Value::Null };
            ensure!(key["Person_ID"] == holder && key["ProgrammingState"] == 1, "{key}");
            let answer = session.get(&format!("Keys/{id}/SecurityAccesses?mode=1")).await?;
            let present = answer["SecurityAccesses"].as_array().into_iter().flatten();
            let present: BTreeSet<_> =
                present.filter_map(|right| right["SecurityAccess_ID"].as_str()).collect();
            ensure!(present == rights.iter().map(String::as_str).collect(), "{answer}");
        }
        session.close().await
    }

    /// The person has one phone key, and its message was sent once.
    pub(super) async fn check_phone(&self, phone: &str) -> Result<()> {
        self.iloq.is_away(0);
        let sent = self.iloq.simulator.messages(None);
        ensure!(sent.len() == 1 && sent[0].address == phone, "{sent:?}");
        let session = Session::open(&self.iloq).await?;
        let held = session.get(&format!("Persons/{}/Keys", self.person_id)).await?;
        ensure!(held["Keys"].as_array().is_some_and(|keys| keys.len() == 1), "{held}");
        session.close().await
    }
}

/// A call on the user that is answered with one outcome for all keys.
pub(super) async fn call(
    bench: &Bench,
    method: Method,
    path: &str,
    body: Value,
    outcome: &str,
) -> Result<()> {
    let answer = bench.functions.call(method, path, Some(body), 200).await?;
    let items = answer["items"].as_array().context("an answer without items")?;
    ensure!(items.iter().all(|item| item["outcome"] == outcome), "{answer}");
    Ok(())
}
