//! The limit: the requests that cannot be avoided, and nothing else.

use std::time::Duration;

use anyhow::Result;
use futures::future::try_join_all;
use reqwest::Method;
use serde_json::Value;
use tokio::time::Instant;

use crate::{Iloq, peer::Session};

/// What `rounds` requests cost that wait for one another.
///
/// # Errors
/// When iLOQ is not reached.
pub async fn rounds(iloq: &Iloq, rounds: usize) -> Result<Duration> {
    let client = reqwest::Client::new();
    let began = Instant::now();
    for _ in 0..rounds {
        ask(&client, iloq).await?;
    }
    Ok(began.elapsed())
}

/// What `requests` requests cost, so many `at_once`.
///
/// # Errors
/// When iLOQ is not reached.
pub async fn side_by_side(iloq: &Iloq, requests: usize, at_once: usize) -> Result<Duration> {
    let client = reqwest::Client::new();
    let began = Instant::now();
    let lane = async |first: usize| {
        for _ in (first..requests).step_by(at_once) {
            ask(&client, iloq).await?;
        }
        anyhow::Ok(())
    };
    try_join_all((0..at_once).map(lane)).await?;
    Ok(began.elapsed())
}

/// The smallest answer that iLOQ has.
async fn ask(client: &reqwest::Client, iloq: &Iloq) -> Result<()> {
    let answer = client.get(format!("{}/api/v2/Version", iloq.url())).send().await?.error_for_status()?;
    answer.bytes().await?;
    Ok(())
}

/// What these answers cost that are fetched one after another and looked at by nobody; the session is open.
///
/// # Errors
/// When iLOQ refuses one.
pub async fn fetch(iloq: &Iloq, requests: &[(Method, &str, Value)]) -> Result<Duration> {
    let session = Session::open(iloq).await?;
    let began = Instant::now();
    for (method, path, body) in requests {
        session.raw(method.clone(), path, body).await?;
    }
    let took = began.elapsed();
    session.close().await?;
    Ok(took)
}
