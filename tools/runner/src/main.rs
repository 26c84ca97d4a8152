//! The embedded host's binary.

#[tokio::main]
async fn main() -> std::process::ExitCode {
    runner::cli::main().await
}
