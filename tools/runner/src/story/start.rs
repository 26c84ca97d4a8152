//! `cargo run`: a house to try out.

use std::{io, net::SocketAddr, path::PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{
    house::{House, SYSTEM, of},
    place,
    secrets::Secrets,
    teller::Teller,
    trying,
};
use crate::{LogSink, signals};

/// The port that is taken if it is free.
const PORT: u16 = 3000;

/// How the house is opened.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct StartArgs {
    /// The address to listen on; port 0 takes a free one [default: 127.0.0.1:3000, or a free port].
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Where the functions' store is kept [default: a temporary folder]. The made-up iLOQ starts anew each time.
    #[arg(long)]
    state_dir: Option<PathBuf>,
}

/// Starts everything, connects and syncs, prints what to try, and serves until Ctrl-C.
///
/// # Errors
/// What is missing to start, or what the functions refused.
pub async fn serve(args: StartArgs, mut say: Teller<'_>) -> Result<()> {
    let listener = listen(args.listen).await?;
    let temporary = tempfile::tempdir().context("no temporary folder can be made")?;
    let (folder, secrets) = match args.state_dir {
        Some(folder) => {
            let secrets = Secrets::kept_in(&folder)?;
            (folder, secrets)
        }
        None => (temporary.path().to_owned(), Secrets::new()?),
    };
    let manifest = place::manifest("spin-cron.toml")?;
    let mut house = House::start(&mut say, &manifest, listener, &folder, secrets, LogSink::Stderr).await?;
    connect(&mut say, &house).await?;
    // Not earlier: a schedule could be at the job that is called there.
    house.functions.follow_schedules();
    trying::print(&mut say, &house)?;
    signals::stop_requested().await?;
    say.progress("\nClosing …")?;
    house.end().await;
    Ok(())
}

async fn listen(wanted: Option<SocketAddr>) -> Result<TcpListener> {
    let bind = async |addr| TcpListener::bind(addr).await.with_context(|| format!("cannot listen on {addr}"));
    if let Some(addr) = wanted {
        return bind(addr).await;
    }
    match TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], PORT))).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            bind(SocketAddr::from(([127, 0, 0, 1], 0))).await
        }
        bound => bound.with_context(|| format!("cannot listen on 127.0.0.1:{PORT}")),
    }
}

/// Connects the system, checks it, and syncs structure and users.
async fn connect(say: &mut Teller<'_>, house: &House) -> Result<()> {
    say.progress(&format!("Connecting the system \"{SYSTEM}\", checking and syncing it …"))?;
    call(house, "PUT", &format!("/v1/systems/{SYSTEM}"), house.settings()).await?;
    let check = call(house, "POST", &of("check"), json!({})).await?;
    if check["ok"] != true {
        bail!("the check of the system fails: {check:#}");
    }
    let structure = call(house, "POST", &of("structure/sync"), json!({})).await?;
    let users = call(house, "POST", &of("users/sync"), json!({})).await?;
    say.progress(&format!(
        "Synced: {} doors, {} access rights, {} users.",
        structure["counts"]["doors"], structure["counts"]["accessRights"], users["counts"]["imported"]
    ))?;
    Ok(())
}

async fn call(house: &House, method: &str, path: &str, body: Value) -> Result<Value> {
    let answer = house.client.send(method, path, None, Some(&body)).await?;
    if !matches!(answer.status, 200 | 201) {
        bail!("{method} {path} answered {}: {:#}", answer.status, answer.body);
    }
    Ok(answer.body)
}
