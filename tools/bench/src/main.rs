//! `cargo xtask bench`.

use std::{io::Write, process::ExitCode};

use anyhow::Result;
use bench::{Functions, Row, Scale, jobs, table};
use clap::{Parser, ValueEnum};

#[derive(Parser)]
#[command(about = "Measures the functions beside a plain client of iLOQ's API")]
struct Args {
    /// Little of everything, once: whether it runs.
    #[arg(long)]
    quick: bool,
    /// How often each job is done by each side.
    #[arg(long)]
    runs: Option<usize>,
    /// Only these groups of jobs.
    #[arg(long, value_enum)]
    only: Vec<jobs::Group>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<()> {
    let mut scale = if args.quick { Scale::quick() } else { Scale::full() };
    scale.runs = args.runs.unwrap_or(scale.runs).max(1);
    let bench = jobs::Bench { functions: Functions::start().await?, scale };
    let groups = if args.only.is_empty() { jobs::Group::value_variants() } else { &args.only };
    let tell = |row: &Row| {
        let [job, ours, _, peer, ..] = table::line(row);
        eprintln!("{job}: {ours}; the peer: {peer}");
        Ok(())
    };
    let rows = jobs::all(&bench, groups, tell).await?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut out = std::io::stdout().lock();
    writeln!(out, "{cores} cores, {} runs, iLOQ {} ms away\n", scale.runs, scale.latency_ms)?;
    write!(out, "{}", table::table(&rows))?;
    Ok(())
}
