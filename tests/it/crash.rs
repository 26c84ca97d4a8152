//! A guest that dies at any effect: then the same call again, and everything is as if nothing had happened.

use runner::EffectKind;
use serde_json::{Value, json};

use crate::support::{App, Iloq, Portal, Response, both_sides, outcome};

/// One call of the portal's.
struct Act {
    method: &'static str,
    path: &'static str,
    body: fn(&Iloq) -> Value,
}

const SYNC: Act = Act { method: "POST", path: "users/sync", body: |_| json!({}) };

impl Act {
    async fn call(&self, portal: &Portal, system: &str, iloq: &Iloq) -> Result<Response, String> {
        let path = format!("/v1/systems/{system}/{}", self.path);
        let bytes = match (self.body)(iloq) {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        portal.attempt(self.method, &path, &[("idempotency-key", system)], bytes).await
    }
}

/// Makes a world, for which nothing depends on the number of the case.
async fn world(app: &App, system: &str, persons: usize) -> Iloq {
    let iloq = Iloq::with_persons(persons).await;
    both_sides(&app.portal, system, &iloq, persons).await;
    iloq
}

/// Does `act` with a death at each effect in turn, again after it, and compares with `act` left alone.
async fn at_every_effect(persons: usize, before: &[Act], act: Act) {
    let app = App::start().await;
    let whole = prepared(&app, "whole", persons, before).await;
    let seen = app.watcher.kill_at(None);
    let answer = act.call(&app.portal, "whole", &whole).await.unwrap();
    app.watcher.clear();
    assert!(answer.status < 300, "{}", answer.text);
    let (expected, moments) = (outcome(&app.portal, "whole", &whole).await, *seen.lock().unwrap());

    let mut deaths = 0;
    loop {
        let system = format!("s{deaths}");
        let iloq = prepared(&app, &system, persons, before).await;
        app.watcher.kill_at(Some(deaths + 1));
        let first = act.call(&app.portal, &system, &iloq).await;
        let again = app.watcher.record();
        if first.is_ok() {
            app.watcher.clear();
            break;
        }
        deaths += 1;
        let answer = act.call(&app.portal, &system, &iloq).await.unwrap();
        assert!(answer.status < 300, "death {deaths} of {moments}: {}", answer.text);
        assert!(answer.body["counts"]["failed"].as_u64().unwrap_or(0) == 0, "{}", answer.text);
        goes_on_at_once(&again.lock().unwrap(), deaths);
        app.watcher.clear();
        let after = outcome(&app.portal, &system, &iloq).await;
        assert_eq!(after.0, expected.0, "death {deaths} of {moments}");
        assert_eq!(after.1, expected.1, "death {deaths} of {moments}");
        // Deletes its keys from the store, so that listings stay short.
        app.portal.delete(&format!("/v1/systems/{system}")).await.expect(204);
    }
    // A beat more or less of a lease is all that may differ between two runs.
    assert!(deaths + 4 >= moments, "{deaths} deaths, but {moments} moments in a run that was left alone");
    println!("{deaths} deaths in {} {}", act.method, act.path);
}

async fn prepared(app: &App, system: &str, persons: usize, before: &[Act]) -> Iloq {
    let iloq = world(app, system, persons).await;
    for act in before {
        let path = format!("/v1/systems/{system}/{}", act.path);
        let answer = app.portal.call(act.method, &path, &[], (act.body)(&iloq).to_string()).await;
        assert!(answer.status < 300, "{}", answer.text);
    }
    iloq
}

/// The same request takes the dead one's lease without watching it first.
#[track_caller]
fn goes_on_at_once(effects: &[runner::Effect], death: u64) {
    let before_iloq = effects.iter().take_while(|effect| effect.kind != EffectKind::Outbound);
    let looks = before_iloq.filter(|effect| effect.verb == "get" && effect.target.contains("lease:")).count();
    assert!(looks <= 3, "death {death}: the lease was looked at {looks} times before the first call to iLOQ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_with_twelve_persons_on_each_side() {
    at_every_effect(12, &[], SYNC).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_of_a_new_user() {
    let body = |_: &Iloq| json!({ "firstName": "Anna", "lastName": "Side", "email": "anna@example.com" });
    at_every_effect(2, &[], Act { method: "PUT", path: "users/anna", body }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_of_a_changed_user() {
    let body = |_: &Iloq| json!({ "workTitle": "Chief", "email": null });
    at_every_effect(2, &[SYNC], Act { method: "PUT", path: "users/p000", body }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion() {
    let act = Act { method: "DELETE", path: "users/p001", body: |_| Value::Null };
    at_every_effect(2, &[SYNC], act).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adoption_of_an_imported_person() {
    let body = |iloq: &Iloq| {
        let persons = iloq.persons();
        let person = persons.iter().find(|p| p["eMail"] == "person1@example.com").unwrap();
        json!({ "iloqPersonId": person["Person_ID"] })
    };
    at_every_effect(2, &[SYNC], Act { method: "PUT", path: "users/bea", body }).await;
}
