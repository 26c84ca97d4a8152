//! Planted secrets are found nowhere: in no answer, no line of the log, no stored byte.

use serde_json::{Value, json};
use simulator::{Action, Fault};

use crate::support::{App, Iloq, PASSWORD, Setup, TOKEN, hook, tokens};

const API_KEY: &str = "planted-api-key-0123456789";
const WRONG_TOKEN: &str = "planted-token-that-nobody-has";
const WRONG_PASSWORD: &str = "planted wrong password";
const READER: &str = "planted-token-of-a-reader";

/// Calls and keeps every answer, head and body.
struct Eavesdropper<'a> {
    app: &'a App,
    heard: Vec<String>,
}

impl Eavesdropper<'_> {
    async fn call(&mut self, token: &str, method: &str, path: &str, body: Value) -> Value {
        let bytes = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.app.portal.with_token(token).call(method, path, &[], bytes).await;
        self.heard.push(format!("{:?}\n{}", answer.headers, answer.text));
        answer.body
    }

    /// Everything that can be read.
    async fn read_all(&mut self) {
        for path in [
            "",
            "/users",
            "/changes",
            "/runs",
            "/retries",
            "/audit",
            "/doors",
            "/locations",
            "/event-subscription",
        ] {
            self.call(TOKEN, "GET", &format!("/v1/systems/house{path}"), Value::Null).await;
        }
        for path in ["/v1/systems", "/v1/status", "/metrics", "/healthz", "/openapi.json"] {
            self.call(TOKEN, "GET", path, Value::Null).await;
        }
        let runs = self.call(TOKEN, "GET", "/v1/systems/house/runs", Value::Null).await;
        for run in runs["items"].as_array().unwrap() {
            let path = format!("/v1/systems/house/runs/{}", run["id"].as_str().unwrap());
            self.call(TOKEN, "GET", &path, Value::Null).await;
            self.call(TOKEN, "GET", &format!("{path}/items"), Value::Null).await;
        }
    }
}

/// iLOQ repeats in its refusals what it was sent.
fn chatty(operation: &str, session: &str) -> Fault {
    let message = format!("User api with {PASSWORD} and {API_KEY} in session {session} may not do this");
    Fault::on(
        operation,
        Action::Status {
            status: 400,
            code: Some("ValidationFailed".to_owned()),
            message: Some(message),
            retry_after: None,
        },
    )
}

/// The webhook's sign keys, after events that were taken, refused and ignored.
async fn webhook(portal: &mut Eavesdropper<'_>, iloq: &Iloq, house: &str) -> Vec<String> {
    let body = json!({ "targetUrl": format!("{}/v1/events/house", portal.app.handle.url()) });
    portal.call(TOKEN, "PUT", &format!("{house}/event-subscription"), body).await;
    let keys = hook::sign_keys(iloq);
    assert_eq!(keys.len(), 3);
    for sent in [chrono::Utc::now().to_rfc3339(), "2021-01-05T12:15:30Z".to_owned()] {
        let event = json!({ "Data": { "FNKey_ID": keys[0] }, "CreationTimeUtc": sent }).to_string();
        for signature in keys.iter().map(|key| hook::signature(key, &event)).chain([keys[0].clone()]) {
            let answer = hook::post_event(
                &portal.app.portal,
                "/v1/events/house",
                "device_log_arrived",
                &event,
                &signature,
            )
            .await;
            assert!(matches!(answer.status, 204 | 401), "{}", answer.text);
            portal.heard.push(format!("{:?}\n{}", answer.headers, answer.text));
        }
    }
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_secrets_are_found_nowhere() {
    let entries = [("admin", "admin", "*", TOKEN), ("reader", "read", "*", READER)];
    let app = Setup::new()
        .variable("access_tokens", tokens(&entries))
        .variable("jobs_by_get", "true")
        .start()
        .await;
    let iloq = Iloq::with_persons(5).await;
    // As late as it is here: else its events are recordings.
    iloq.simulator.set_clock(chrono::Utc::now());
    let with_key = simulator::Settings { api_key: Some(API_KEY.to_owned()), ..iloq.simulator.settings() };
    iloq.simulator.set_settings(with_key);
    let mut portal = Eavesdropper { app: &app, heard: Vec::new() };
    let house = "/v1/systems/house";
    let mut settings = iloq.settings();
    settings["apiKey"] = json!(API_KEY);

    portal.call(TOKEN, "PUT", house, settings.clone()).await;
    portal.call(TOKEN, "POST", &format!("{house}/check"), json!({})).await;
    portal.call(TOKEN, "POST", &format!("{house}/structure/sync"), json!({})).await;
    portal.call(TOKEN, "POST", &format!("{house}/users/sync"), json!({})).await;
    portal.call(TOKEN, "PUT", &format!("{house}/users/anna"), json!({ "firstName": "Anna" })).await;
    let session = iloq.simulator.calls().iter().find_map(|call| call.session.clone()).unwrap();

    let sign_keys = webhook(&mut portal, &iloq, house).await;

    // iLOQ's own words reach the portal, but not with what is secret in them.
    for (operation, method, path, body) in [
        ("Persons_Insert", "PUT", "users/bea", json!({ "firstName": "Bea" })),
        ("Persons_GetAllPersons", "POST", "users/sync", json!({})),
        ("Locks_GetAllLocks", "POST", "structure/sync", json!({})),
        ("Persons_CanDelete", "DELETE", "users/anna", Value::Null),
    ] {
        iloq.simulator.set_faults(vec![chatty(operation, &session)]);
        let problem = portal.call(TOKEN, method, &format!("{house}/{path}"), body).await.to_string();
        assert!(problem.contains("may not do this") || operation == "Locks_GetAllLocks", "{problem}");
    }
    iloq.simulator.set_faults(vec![Fault { action: Action::Garbage, ..Fault::default() }]);
    iloq.simulator.expire_sessions();
    portal.call(TOKEN, "POST", &format!("{house}/users/sync"), json!({})).await;
    portal.call(TOKEN, "POST", &format!("{house}/check"), json!({})).await;
    iloq.simulator.set_faults(Vec::new());

    // Mistakes with secrets in them.
    portal.call(WRONG_TOKEN, "GET", house, Value::Null).await;
    portal.call(READER, "PUT", house, settings.clone()).await;
    portal.call("", "GET", &format!("{house}/users?token={READER}"), Value::Null).await;
    portal.call("", "GET", &format!("/v1/jobs/retry?token={READER}"), Value::Null).await;
    for (name, value) in
        [("password", json!([PASSWORD])), ("apiKey", json!({ API_KEY: 1 })), (PASSWORD, json!(1))]
    {
        let mut wrong = settings.clone();
        wrong[name] = value;
        let bytes = portal.call(TOKEN, "PUT", house, wrong).await;
        // The name of an unknown member is the caller's own and comes back in the pointer.
        if name == PASSWORD {
            assert!(bytes.to_string().contains("/correct horse"));
            portal.heard.pop();
        }
    }
    let mut refused = settings.clone();
    refused["password"] = json!(WRONG_PASSWORD);
    portal.call(TOKEN, "PUT", house, refused).await;
    portal.call(TOKEN, "POST", &format!("{house}/users/sync"), json!({})).await;
    portal.call(TOKEN, "PUT", house, settings).await;
    for job in ["retry", "sync-users", "renew-subscriptions", "housekeeping"] {
        portal.call(TOKEN, "POST", &format!("/v1/jobs/{job}"), json!({})).await;
    }
    portal.read_all().await;

    let heard = portal.heard.join("\n");
    let log = app.log.lock().unwrap().join("\n");
    let (rows, bytes) = (app.state.rows(), app.state.bytes());
    let values = rows
        .iter()
        .map(|(key, value)| format!("{key} {}\n", String::from_utf8_lossy(value)))
        .collect::<String>();
    let bytes = String::from_utf8_lossy(&bytes);
    assert!(
        heard.len() > 10_000 && log.lines().count() > 30 && values.contains("house"),
        "there is something to search"
    );
    let sessions: Vec<String> =
        iloq.simulator.calls().iter().filter_map(|call| call.session.clone()).collect();
    assert!(sessions.len() > 3);
    let fixed = [PASSWORD, API_KEY, TOKEN, READER, WRONG_TOKEN, WRONG_PASSWORD];
    for secret in fixed.into_iter().map(str::to_owned).chain(sessions).chain(sign_keys) {
        for (place, text) in [("answers", &*heard), ("log", &*log), ("values", &*values), ("files", &*bytes)]
        {
            let found = text.to_lowercase().find(&secret.to_lowercase());
            let around = found
                .map(|at| text.to_lowercase()[at.saturating_sub(80)..].chars().take(200).collect::<String>());
            assert!(around.is_none(), "{secret} is in the {place}: {around:?}");
        }
    }
}
