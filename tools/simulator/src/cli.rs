//! The simulator from the command line.

use std::io::Write;

use clap::Parser;
use tokio::net::TcpListener;

use crate::{Seed, Simulator, serve};

/// Starts a stand-in for iLOQ's Public API with a made-up locking system.
#[derive(Clone, Debug, Parser)]
pub struct Args {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: String,
    /// How many persons the locking system has.
    #[arg(long, default_value_t = 50)]
    pub persons: usize,
    /// Another number gives other people and other ids.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How long every answer takes, in milliseconds.
    #[arg(long, default_value_t = 0)]
    pub latency_ms: u64,
    /// The API user's name.
    #[arg(long, default_value = "api")]
    pub user: String,
    /// The API user's password.
    #[arg(long, default_value = "correct horse battery staple")]
    pub password: String,
    /// The service code.
    #[arg(long, default_value = "DEMO")]
    pub service_code: String,
}

impl Args {
    /// The seed that the arguments ask for.
    #[must_use]
    pub fn seed(&self) -> Seed {
        Seed {
            persons: self.persons,
            seed: self.seed,
            user: self.user.clone(),
            password: self.password.clone(),
            service_code: self.service_code.clone(),
            ..Seed::default()
        }
    }
}

/// Serves until Ctrl-C.
///
/// # Errors
/// When the address can not be listened on.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let simulator = Simulator::new(&args.seed());
    let mut settings = simulator.settings();
    settings.latency_ms = args.latency_ms;
    simulator.set_settings(settings);
    let handle = serve(TcpListener::bind(&args.listen).await?, simulator)?;
    let mut out = std::io::stdout();
    writeln!(out, "iLOQ simulator at {}", handle.url())?;
    writeln!(out, "  service code  {}", args.service_code)?;
    writeln!(out, "  user          {}", args.user)?;
    writeln!(out, "  password      {}", args.password)?;
    writeln!(out, "  persons       {}", args.persons)?;
    writeln!(out, "Try:")?;
    writeln!(out, "  curl {}/api/v2/Test", handle.url())?;
    writeln!(out, "  curl http://{}/_control            (what else it can be made to do)", handle.addr)?;
    writeln!(out, "  curl http://{}/_control/counters   (what has been asked)", handle.addr)?;
    writeln!(out, "Ctrl-C stops it.")?;
    tokio::signal::ctrl_c().await?;
    handle.shutdown();
    Ok(())
}
