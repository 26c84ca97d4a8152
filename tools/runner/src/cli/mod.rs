//! The command line: a house to try out if nothing is asked for, `demo`, `up` and `simulate`.

mod up;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::story::{self, DemoArgs, StartArgs, Style, Teller};

/// Serves the components of a Spin manifest, or a stand-in for iLOQ.
///
/// Without a command: builds the components, starts a made-up iLOQ locking system with the functions in front of
/// it, prints what to try, and serves until Ctrl-C.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How the house to try out is opened.
    #[command(flatten)]
    pub start: StartArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tells what the functions do, step by step against a made-up iLOQ, and proves each claim.
    Demo(DemoArgs),
    /// Builds what is missing or outdated, then serves until Ctrl-C. The flags have the meaning of `spin up`.
    Up(up::UpArgs),
    /// Starts the stand-in for iLOQ alone.
    Simulate(simulator::cli::Args),
}

/// The whole process: does what the command line asks, and prints why it could not be done.
pub async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does what the command line asks.
///
/// # Errors
/// Why it could not be done.
pub async fn run(args: Args) -> Result<()> {
    let (mut out, style) = (std::io::stdout(), Style::of_stdout());
    match args.command {
        None => story::serve(args.start, Teller::new(&mut out, style)).await,
        Some(Command::Demo(args)) => {
            story::tell(Teller::new(&mut out, Style { verbose: args.verbose, ..style })).await
        }
        Some(Command::Up(args)) => up::run(args).await,
        Some(Command::Simulate(args)) => simulator::cli::run(args).await,
    }
}
