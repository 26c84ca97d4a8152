//! The same over TCP.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Action, Fault, Handle, Seed, Settings, Simulator, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::client::Client;

async fn start() -> Handle {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    serve(listener, Simulator::new(&Seed { persons: 2, ..Seed::default() })).unwrap()
}

/// Everything that comes back on a connection of its own until it is closed.
async fn raw(handle: &Handle, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(handle.addr).await.unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        handle.addr,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn requests_are_answered_and_the_pool_address_names_the_port() {
    let handle = start().await;
    let answer =
        raw(&handle, "POST", "/iloqws/api/v2/Url/GetUrl", &json!({ "CustomerCode": "DEMO" }).to_string())
            .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with(&format!("\"http://{}/iloqwspool2/\"", handle.addr)), "{answer}");
    assert_eq!(handle.url(), format!("http://{}/iloqws", handle.addr));
}

#[tokio::test]
async fn a_dropped_connection_gives_no_byte() {
    let handle = start().await;
    handle.simulator.set_faults(vec![Fault::on("Authentication_Test", Action::Drop).nth(1)]);
    assert_eq!(raw(&handle, "GET", "/iloqws/api/v2/Test", "").await, "");
    assert!(raw(&handle, "GET", "/iloqws/api/v2/Test", "").await.ends_with("\"Test OK\""));
}

#[tokio::test]
async fn a_cut_answer_ends_early() {
    let handle = start().await;
    handle.simulator.set_faults(vec![Fault::on("Authentication_Test", Action::Truncate { keep: 4 })]);
    let answer = raw(&handle, "GET", "/iloqws/api/v2/Test", "").await;
    assert!(answer.contains("content-length: 9") && answer.ends_with("\r\n\r\n\"Tes"), "{answer}");
}

#[tokio::test]
async fn a_hung_call_is_in_flight_until_its_caller_leaves() {
    let handle = start().await;
    handle.simulator.set_faults(vec![Fault::on("Authentication_Test", Action::Hang)]);
    let hung =
        tokio::time::timeout(Duration::from_millis(100), raw(&handle, "GET", "/iloqws/api/v2/Test", ""))
            .await;
    assert!(hung.is_err());
}

#[tokio::test]
async fn a_late_answer_comes_after_its_effect() {
    let handle = start().await;
    handle.simulator.set_settings(Settings { latency_ms: 50, ..Settings::default() });
    let started = tokio::time::Instant::now();
    let both = tokio::join!(
        raw(&handle, "GET", "/iloqws/api/v2/Test", ""),
        raw(&handle, "GET", "/iloqws/api/v2/Version", "")
    );
    assert!(both.0.ends_with("\"Test OK\"") && both.1.ends_with("\"7.5.0.0\""));
    assert!(started.elapsed() >= Duration::from_millis(50));
    assert_eq!(handle.simulator.counters().max_in_flight, 2);
}

#[tokio::test]
async fn control_is_served_too_and_a_stopped_simulator_is_gone() {
    let handle = start().await;
    let answer = raw(&handle, "GET", "/_control/counters", "").await;
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    assert_eq!(serde_json::from_str::<Value>(body).unwrap()["total"], 0);
    let addr = handle.addr;
    handle.shutdown();
    // The listener closes as soon as its task runs.
    while TcpStream::connect(addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn webhooks_are_posted() {
    let handle = start().await;
    let hook = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::sign_in(handle.simulator.clone(), "api", "correct horse battery staple");
    let event = client.find("Webhooks/Events", "Name", &json!("key_added"), "Id");
    let end = handle.simulator.now() + chrono::TimeDelta::days(1);
    let subscription = json!({
        "SubscriptionId": Client::guid(1), "WebhookEventId": event,
        "TargetEndpointUri": format!("http://{}/hook", hook.local_addr().unwrap()),
        "StartDateUtc": "2020-01-01T00:00:00Z", "EndDateUtc": end.to_rfc3339(),
    });
    client.ok("POST", "Webhooks/Subscriptions", subscription);
    client.key(2, 264);
    let (mut stream, _) = hook.accept().await.unwrap();
    let mut request = Vec::new();
    while !String::from_utf8_lossy(&request).contains("CreationTimeUtc") {
        stream.read_buf(&mut request).await.unwrap();
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    assert!(
        request.starts_with("POST /hook HTTP/1.1") && request.contains("webhook-signature: "),
        "{request}"
    );
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    let path = format!("Webhooks/Subscriptions/{}/Payloads?state=2", Client::guid(1));
    while client.get(&path) == json!([]) {
        tokio::task::yield_now().await;
    }
}
