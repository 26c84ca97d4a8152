//! One name for each thing that is done with this repository, the same by hand and in CI.

mod application;
mod bench;
mod ci;
mod command;
mod openapi;
mod packages;
mod schedules;
mod surface;
mod test;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use application::Application;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, tests and checks this repository")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the components, all in one cargo call, and shows their sizes.
    Build,
    /// Builds what the tests need, and runs all tests; the last lines are the test runner's.
    Test {
        /// Goes to the test runner: a filter, or its flags.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Measures the functions beside a plain client of iLOQ's API: docs/performance.md.
    Bench {
        /// Goes to the benchmark: --quick, --runs N.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Everything that CI checks, and the tests at the end.
    Ci,
    /// Formats all sources.
    Fmt,
    /// Lints the native build and the components.
    Clippy,
    /// Builds the documentation; warnings are errors.
    Doc,
    /// Checks licences, sources and duplicates of the dependencies.
    Deny,
    /// Compares the components' imports, exports and sizes with wit/golden.toml.
    Surface {
        /// Writes the file instead.
        #[arg(long)]
        bless: bool,
    },
    /// Writes docs/openapi.json anew from the code.
    Openapi,
    /// Writes spin-cron.toml anew from spin.toml.
    Schedules,
    /// Shows the sizes of the built components.
    Sizes,
}

fn main() -> ExitCode {
    match run(&Args::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<()> {
    let app = Application::find()?;
    match task {
        Task::Build => {
            app.build()?;
            surface::sizes(&app)
        }
        Task::Test { rest } => test::test(&app, rest),
        Task::Bench { rest } => bench::bench(&app, rest),
        Task::Ci => ci::ci(&app),
        Task::Fmt => command::cargo(&app, &["fmt", "--all"]),
        Task::Clippy => ci::clippy(&app),
        Task::Doc => ci::doc(&app),
        Task::Deny => ci::deny(&app),
        Task::Surface { bless } => {
            app.build()?;
            surface::check(&app, *bless)
        }
        Task::Openapi => openapi::write(&app),
        Task::Schedules => schedules::write(&app),
        Task::Sizes => surface::sizes(&app),
    }
}
