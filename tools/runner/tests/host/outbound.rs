//! Outbound requests.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::probe::{Probe, options, state};

/// A server that answers every request with the number of its connection, and closes after `per_connection`.
pub(crate) async fn server(per_connection: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, connections) =
        (format!("http://{}/x", listener.local_addr().unwrap()), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::spawn(converse(stream, number, per_connection));
        }
    });
    (url, connections)
}

async fn converse(mut stream: TcpStream, number: usize, mut left: usize) {
    let mut request = Vec::new();
    while left > 0 {
        let mut chunk = [0; 1024];
        match stream.read(&mut chunk).await {
            Ok(length) if length > 0 => request.extend_from_slice(&chunk[..length]),
            _ => return,
        }
        if request.ends_with(b"\r\n\r\n") {
            let text = number.to_string();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
            request.clear();
            left -= 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowed_address_is_called_and_its_connection_used_again() {
    let state = state();
    let probe = Probe::start(options(&state)).await;
    let (url, connections) = server(usize::MAX).await;
    for _ in 0..5 {
        assert_eq!(probe.get(&format!("/a/outbound?{url}")).await, (200, "1".to_owned()));
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_closes_after_each_answer_gets_new_connections() {
    let state = state();
    let probe = Probe::start(options(&state)).await;
    let (url, _) = server(1).await;
    assert_eq!(probe.get(&format!("/a/outbound?{url}")).await.1, "1");
    assert_eq!(probe.get(&format!("/a/outbound?{url}")).await.1, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_outside_the_list_is_refused_before_anything_is_sent() {
    let state = state();
    let probe = Probe::start(options(&state)).await;
    let (url, connections) = server(usize::MAX).await;
    let (status, error) = probe.get(&format!("/b/outbound?{url}")).await;
    assert_eq!(status, 502);
    assert!(error.contains("HttpRequestDenied"), "{error}");
    assert_eq!(connections.load(Ordering::SeqCst), 0);
    assert!(probe.logged().contains("b: a request to http://127.0.0.1 was refused"), "{}", probe.logged());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_has_its_own_error() {
    let state = state();
    let probe = Probe::start(options(&state)).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (_, error) = probe.get(&format!("/a/outbound?http://{closed}/")).await;
    assert!(error.contains("ConnectionRefused"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_in_the_list_of_allowed_hosts_have_their_values() {
    let state = state();
    let probe = Probe::start(options(&state).variable("origin", "http://127.0.0.2:1")).await;
    let (url, _) = server(usize::MAX).await;
    assert!(probe.get(&format!("/a/outbound?{url}")).await.1.contains("HttpRequestDenied"));
}
