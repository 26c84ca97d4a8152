//! What a step works with.

use anyhow::{Result, bail};
use serde_json::{Value, json};
use simulator::Simulator;

use super::{
    house::{House, of},
    iloq::Seen,
    teller::Teller,
};

/// The house, and somebody who tells what happens in it.
pub(super) struct Stage<'a> {
    /// Prints.
    pub(super) say: Teller<'a>,
    /// What runs.
    pub(super) house: House,
    /// Where the feed of changes goes on.
    after: Option<String>,
    claims: usize,
}

impl<'a> Stage<'a> {
    /// A stage on which nothing has happened.
    pub(super) fn new(say: Teller<'a>, house: House) -> Self {
        Self { say, house, after: None, claims: 0 }
    }

    /// The stand-in for iLOQ.
    pub(super) fn iloq(&self) -> &Simulator {
        &self.house.iloq.simulator
    }

    /// Makes a call and tells it. Gives the body.
    ///
    /// # Errors
    /// When the status is not `status`.
    pub(super) async fn call(
        &mut self,
        method: &str,
        path: &str,
        body: Option<Value>,
        status: u16,
    ) -> Result<Value> {
        self.say.call(method, path, body.as_ref())?;
        self.finish(method, path, None, body, status).await
    }

    /// A POST with an idempotency key: sent again, it is the same request.
    ///
    /// # Errors
    /// When the status is not `status`.
    pub(super) async fn post_once(
        &mut self,
        key: &str,
        path: &str,
        body: Value,
        status: u16,
    ) -> Result<Value> {
        self.say.call("POST", &format!("{path}   (Idempotency-Key: {key})"), Some(&body))?;
        self.finish("POST", path, Some(key), Some(body), status).await
    }

    async fn finish(
        &mut self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
        status: u16,
    ) -> Result<Value> {
        let answer = self.house.client.send(method, path, key, body.as_ref()).await?;
        self.say.answer(answer.status, &answer.body)?;
        if answer.status != status {
            let detail = answer.body["detail"].as_str().unwrap_or_default();
            self.claim(false, &format!("the answer is {status}, not {}: {detail}", answer.status))?;
        }
        Ok(answer.body)
    }

    /// A full sync of users.
    ///
    /// # Errors
    /// When it is not done at once.
    pub(super) async fn sync_users(&mut self) -> Result<Value> {
        self.call("POST", &of("users/sync"), Some(json!({})), 200).await
    }

    /// Tells what iLOQ saw since the last time.
    ///
    /// # Errors
    /// When nothing can be printed.
    pub(super) fn saw(&mut self) -> Result<Seen> {
        let seen = Seen::take(self.iloq());
        self.say.note(&seen.told())?;
        Ok(seen)
    }

    /// Tells a claim.
    ///
    /// # Errors
    /// When it does not hold.
    pub(super) fn claim(&mut self, holds: bool, what: &str) -> Result<()> {
        self.claims += 1;
        self.say.claim(holds, what)?;
        if !holds {
            bail!("step {}: this does not hold: {what}", self.say.step());
        }
        Ok(())
    }

    /// How many claims were made.
    pub(super) fn claims(&self) -> usize {
        self.claims
    }

    /// Reads the feed of changes from where it was left, and tells what is in it. Gives type and user of each.
    ///
    /// # Errors
    /// When the feed does not answer.
    pub(super) async fn changes(&mut self) -> Result<Vec<(String, String)>> {
        let path = match &self.after {
            Some(after) => of(&format!("changes?limit=1000&after={after}")),
            None => of("changes?limit=1000"),
        };
        let page = self.call("GET", &path, None, 200).await?;
        self.after = page["next"].as_str().map(str::to_owned);
        Ok(items(&page).iter().map(|change| (text(change, "type"), text(change, "user"))).collect())
    }

    /// Prints changes as a table.
    ///
    /// # Errors
    /// When nothing can be printed.
    pub(super) fn show_changes(&mut self, changes: &[(String, String)]) -> Result<()> {
        let rows: Vec<_> = changes.iter().map(|(kind, user)| vec![kind.clone(), user.clone()]).collect();
        Ok(self.say.table(&["change for the portal", "user"], &rows)?)
    }

    /// Prints the counts that are not 0.
    ///
    /// # Errors
    /// When nothing can be printed.
    pub(super) fn counts(&mut self, answer: &Value) -> Result<()> {
        let counts = answer["counts"].as_object().into_iter().flatten();
        let told: Vec<String> =
            counts.filter(|(_, count)| **count != 0).map(|(name, count)| format!("{name} {count}")).collect();
        Ok(self.say.note(&told.join(", "))?)
    }
}

/// The items of a list.
pub(super) fn items(page: &Value) -> &[Value] {
    page["items"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A member as text; empty if there is none.
pub(super) fn text(value: &Value, member: &str) -> String {
    match &value[member] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The texts of some members.
pub(super) fn row(value: &Value, members: &[&str]) -> Vec<String> {
    members.iter().map(|member| text(value, member)).collect()
}
