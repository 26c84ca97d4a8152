//! Ending: by the operator's signal, or at once.

/// Ends this process as `kill -9` would: nothing is flushed, nothing is told.
pub(crate) fn kill_this_process() -> ! {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    // Not reached unless the kernel refuses; then this is the nearest thing.
    std::process::abort()
}

/// Waits for Ctrl-C or SIGTERM.
///
/// # Errors
/// When the handlers cannot be installed.
pub(crate) async fn stop_requested() -> std::io::Result<()> {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = term.recv() => Ok(()),
    }
}
