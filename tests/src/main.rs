//! The runner as a process of its own, for tests that kill it.

#[tokio::main]
async fn main() -> std::process::ExitCode {
    runner::cli::main().await
}
