//! `demo`: the whole story.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result};
use tokio::net::TcpListener;

use super::{house::House, place, secrets::Secrets, stage::Stage, steps, teller::Teller};
use crate::LogSink;

/// How the story is told.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct DemoArgs {
    /// Also print the bodies of all calls and answers.
    #[arg(short, long)]
    pub verbose: bool,
}

/// Tells the whole story.
///
/// # Errors
/// What is missing to start; or the first claim that does not hold.
pub async fn tell(mut say: Teller<'_>) -> Result<()> {
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let log = Arc::new(Mutex::new(Vec::new()));
    let sink = LogSink::Memory(Arc::clone(&log));
    // Without schedules: each step says what iLOQ saw, and nothing else may call it.
    let manifest = place::manifest("spin.toml")?;
    let house = House::start(&mut say, &manifest, listener, folder.path(), Secrets::new()?, sink).await?;
    let mut stage = Stage::new(say, house);
    let told = steps::all(&mut stage).await;
    if told.is_err() {
        stage.say.title("The last lines of the functions' log:")?;
        let lines = log.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for line in lines.iter().skip(lines.len().saturating_sub(10)) {
            stage.say.plain(line)?;
        }
    } else {
        let summary = format!("{} steps told, {} claims, all hold.", stage.say.step(), stage.claims());
        stage.say.title(&summary)?;
        stage.say.plain("Try it yourself: `cargo run` starts the same house and keeps it open.")?;
    }
    stage.house.end().await;
    told
}
