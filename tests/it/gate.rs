//! Who is let in, in which order that is found out, and what every answer has.

use portal_api::{
    auth::Scope,
    routes::{Access, BUILT, Method, Operation, ROUTES, Route},
};
use serde_json::json;

use crate::support::{App, Iloq, Response, Setup, TOKEN, tokens};

const GUID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const SCOPES: [&str; 4] = ["jobs", "read", "operate", "admin"];

fn token_of(scope: &str) -> String {
    format!("token-of-the-scope-{scope}")
}

/// A token of each scope, and one for another system.
async fn app() -> App {
    let by_scope = SCOPES.map(|scope| (scope, token_of(scope)));
    let mut entries: Vec<_> =
        by_scope.iter().map(|(scope, token)| (*scope, *scope, "*", token.as_str())).collect();
    entries.push(("administrator", "admin", "*", TOKEN));
    entries.push(("elsewhere", "admin", "elsewhere,farther", "token-for-elsewhere"));
    Setup::new().variable("access_tokens", tokens(&entries)).variable("jobs_by_get", "true").start().await
}

/// A path of the route.
fn path(route: &Route) -> String {
    let values =
        [("system", "house"), ("user", "anna"), ("key", GUID), ("run", "r1"), ("id", "i1"), ("job", "retry")];
    values
        .iter()
        .fold(route.template.to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value))
}

/// A problem has its status and code, and what every problem has.
#[track_caller]
pub fn check(answer: &Response, status: u16, code: &str, what: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{what}: {}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
    assert_eq!(answer.body["requestId"].as_str(), answer.header("x-request-id"), "{what}");
    assert_eq!(answer.body["type"], format!("urn:iloq-functions:problem:{code}"), "{what}");
    assert_eq!(answer.body["status"], status, "{what}");
    for text in ["title", "detail"] {
        assert!(answer.body[text].as_str().is_some_and(|text| text.len() > 5), "{what}: {}", answer.text);
    }
    assert!(answer.body["retryable"].is_boolean(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_refuses_whoever_has_no_token() {
    let app = app().await;
    let nobody = app.portal.with_token("");
    let stranger = app.portal.with_token("a-token-that-nobody-has");
    for route in ROUTES {
        let path = path(route);
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let what = format!("{method} {path}");
            let by_query = format!("{path}?token={TOKEN}");
            let (bare, strange) =
                (nobody.call(method, &path, &[], "").await, stranger.call(method, &path, &[], "").await);
            let queried = nobody.call(method, &by_query, &[], "").await;
            if !BUILT.contains(&route.component) {
                check(&bare, 404, "not-found", &what);
            } else if route.operations.iter().any(|o| o.access == Access::Public) {
                let status = if method == "GET" { 200 } else { 405 };
                assert_eq!((bare.status, strange.status), (status, status), "{what}");
            } else if route.operations.iter().any(|o| o.access == Access::Signed) && method != "POST" {
                // A signature says who sends, and no token does: what the path does not take is said to all.
                for answer in [&bare, &strange, &queried] {
                    check(answer, 405, "method-not-allowed", &what);
                    assert_eq!(answer.header("allow"), Some("POST"), "{what}");
                }
            } else {
                check(&bare, 401, "unauthenticated", &what);
                check(&strange, 401, "unauthenticated", &what);
                assert_eq!(bare.header("www-authenticate"), Some("Bearer"), "{what}");
                // Only a job may be started so, and only with a token of the scope `jobs`.
                check(&queried, 401, "unauthenticated", &by_query);
            }
        }
    }
}

/// The scopes that may not call the operation.
fn too_small(operation: &Operation) -> impl Iterator<Item = &'static str> {
    let Access::Token(needed) = operation.access else { return SCOPES[..0].iter().copied() };
    let last = match needed {
        Scope::Jobs => return SCOPES[1..2].iter().copied(),
        Scope::Read => 1,
        Scope::Operate => 2,
        Scope::Admin => 3,
    };
    SCOPES[..last].iter().copied()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_refuses_a_token_of_a_smaller_scope_and_of_another_system() {
    let app = app().await;
    for route in ROUTES.iter().filter(|route| BUILT.contains(&route.component)) {
        let path = path(route);
        for operation in route.operations {
            let method = operation.method.name();
            for scope in too_small(operation) {
                let answer = app.portal.with_token(&token_of(scope)).call(method, &path, &[], "").await;
                check(&answer, 403, "insufficient-scope", &format!("{scope}: {method} {path}"));
            }
            if path.starts_with("/v1/systems/") {
                let answer = app.portal.with_token("token-for-elsewhere").call(method, &path, &[], "").await;
                check(&answer, 404, "unknown-system", &format!("{method} {path}"));
            }
            if path.starts_with("/v1/systems/") && operation.id != "putSystem" {
                let answer = app.portal.call(method, &path, &[], "").await;
                check(&answer, 404, "unknown-system", &format!("{method} {path} before the system is made"));
            }
        }
    }
    let by_query = format!("/v1/jobs/retry?token={}", token_of("jobs"));
    app.portal.with_token("").get(&by_query).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_methods_that_a_path_has_are_told() {
    let (app, iloq) = (app().await, Iloq::with_persons(0).await);
    iloq.set_up(&app.portal, "house").await;
    for route in ROUTES.iter().filter(|route| BUILT.contains(&route.component)) {
        let has = |method: &str| route.operations.iter().any(|o| o.method.name() == method);
        let allow: Vec<&str> = route.operations.iter().map(|o| o.method.name()).collect();
        for method in [Method::Get, Method::Post, Method::Put, Method::Delete].map(Method::name) {
            if !has(method) {
                let answer = app.portal.call(method, &path(route), &[], "").await;
                check(&answer, 405, "method-not-allowed", &format!("{method} {}", path(route)));
                assert_eq!(answer.header("allow"), Some(allow.join(", ").as_str()));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_that_do_not_exist_are_told_before_anything_else() {
    let app = app().await;
    let nobody = app.portal.with_token("");
    for path in [
        "/",
        "/v1",
        "/v2/systems",
        "/healthz/",
        "//healthz",
        "/v1//systems",
        "/v1/systems/",
        "/v1/systems//users",
        "/v1/systems/house/",
        "/v1/systems/house/users/",
        "/v1/systems/house/users/anna/",
        "/v1/systems/house/nothing",
        "/v1/systems/house/users/anna/nothing",
        "/v1/systems/a%2Fb",
        "/v1/systems/-house",
        "/v1/systems/house/users/a%20b",
        "/v1/systems/house/users/%zz",
        "/v1/jobs",
        "/v1/jobs/make-coffee",
        "/openapi.yaml",
        "/V1/systems",
    ] {
        for method in ["GET", "PUT"] {
            check(&nobody.call(method, path, &[], "{").await, 404, "not-found", &format!("{method} {path}"));
        }
    }
    let long = format!("/v1/systems/{}", "a".repeat(65));
    check(&nobody.get(&long).await, 404, "not-found", &long);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_check_comes_before_the_next_and_nothing_is_stored() {
    let (app, iloq) = (app().await, Iloq::with_persons(0).await);
    iloq.set_up(&app.portal, "house").await;
    let before = app.state.saved();
    let [nobody, reader, admin] = [String::new(), token_of("read"), TOKEN.to_owned()];
    let large = "[".repeat((1 << 20) + 1);
    let (json, text) = ("application/json", "text/plain");
    // Each row is refused by the first check that it fails, though it fails all that come after it.
    for (token, method, path, content_type, body, status, code) in [
        (&nobody, "PUT", "/v1/systems/nowhere/nothing", text, large.as_str(), 404, "not-found"),
        (&nobody, "PATCH", "/v1/systems/nowhere/users/a", text, &large, 401, "unauthenticated"),
        (&reader, "PUT", "/v1/systems/nowhere/users/a", text, &large, 403, "insufficient-scope"),
        (&reader, "PATCH", "/v1/systems/nowhere/users/a", text, &large, 404, "unknown-system"),
        (&reader, "PATCH", "/v1/systems/house/users/a", text, &large, 405, "method-not-allowed"),
        (&admin, "PUT", "/v1/systems/house/users/a", json, &large, 413, "body-too-large"),
        (&admin, "PUT", "/v1/systems/house/users/a", text, "{", 415, "unsupported-media-type"),
        (&admin, "PUT", "/v1/systems/house/users/a", json, "{", 400, "malformed-json"),
        (&admin, "PUT", "/v1/systems/house/users/a", json, "{\"colour\":1}", 422, "invalid-request"),
    ] {
        let portal = app.portal.with_token(token);
        let answer = portal.call(method, path, &[("content-type", content_type)], body.to_owned()).await;
        check(&answer, status, code, &format!("{method} {path} {content_type}"));
    }
    assert_eq!(app.state.saved(), before);
    // As large as may be: it is read to its end, and is no JSON.
    let largest = "[".repeat(1 << 20);
    let answer = app.portal.call("PUT", "/v1/systems/house/users/a", &[], largest).await;
    check(&answer, 400, "malformed-json", "1 MiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_is_the_callers_if_it_is_legal() {
    let app = app().await;
    let id = async |sent: &str| {
        let answer = app.portal.call("GET", "/healthz", &[("x-request-id", sent)], "").await;
        answer.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(id("abc-1.2_3").await, "abc-1.2_3");
    for sent in ["a b", "ä", "", &"a".repeat(65)] {
        let given = id(sent).await;
        assert!(given != sent && !given.is_empty(), "{sent}");
    }
    assert_ne!(id("a b").await, id("a b").await, "our own differ");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_given_again_for_the_same_key_and_body_only() {
    let (app, iloq) = (app().await, Iloq::with_persons(3).await);
    iloq.set_up(&app.portal, "house").await;
    let path = "/v1/systems/house/users/sync";
    let first = app.portal.post_once(path, "one", json!({})).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (200, None));
    iloq.simulator.reset_calls();
    let again = app.portal.post_once(path, "one", json!({})).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, Some("true")));
    assert_eq!((again.body, iloq.simulator.calls().len()), (first.body, 0));
    let other = app.portal.post_once(path, "one", json!({ "dryRun": true })).await;
    check(&other, 422, "idempotency-key-reused", "another body");
    // Another token's key is another key.
    let operator = app.portal.with_token(&token_of("operate"));
    assert_eq!(operator.post_once(path, "one", json!({})).await.header("idempotency-replayed"), None);
    for key in ["", "a b", "ä", &"k".repeat(256)] {
        let answer = app.portal.post_once(path, key, json!({})).await;
        check(&answer, 400, "idempotency-key-required", key);
    }
}
