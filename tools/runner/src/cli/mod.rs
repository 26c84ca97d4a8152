//! The command line: `up` and `simulate`.

mod up;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Serves the components of a Spin manifest, or a stand-in for iLOQ.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Builds what is missing or outdated, then serves until Ctrl-C. The flags have the meaning of `spin up`.
    Up(up::UpArgs),
    /// Starts the stand-in for iLOQ alone.
    Simulate(simulator::cli::Args),
}

/// Does what the command line asks.
///
/// # Errors
/// Why it could not be done; the binary prints it and exits with 1.
pub async fn run(args: Args) -> Result<()> {
    match args.command {
        Command::Up(args) => up::run(args).await,
        Command::Simulate(args) => simulator::cli::run(args).await,
    }
}
