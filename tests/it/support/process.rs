//! The runner as a process of its own.

use std::{os::unix::process::ExitStatusExt, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use super::{Portal, Setup, State, TOKEN, app::manifest};

/// Longer than a start, or an end, may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Process {
    pub portal: Portal,
    child: Child,
}

impl Process {
    /// Serves what is built already, on the store in `state`; `die_at` as the command line takes it.
    pub async fn start(setup: &Setup, state: &State, die_at: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runner-under-test"));
        command.args(["up", "--no-build", "--quiet", "--listen", "127.0.0.1:0", "--from"]).arg(manifest());
        command.arg("--state-dir").arg(state.folder());
        if let Some(file) = state.runtime_config_file() {
            command.arg("--runtime-config-file").arg(file);
        }
        for (name, value) in setup.variables() {
            command.arg("--variable").arg(format!("{name}={value}"));
        }
        if let Some(switch) = die_at {
            command.args(["--die-at", switch]);
        }
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("a start in time");
        let first = first.unwrap().expect("the process ended at its start");
        let address = first.strip_prefix("Serving ").unwrap().to_owned();
        // What it still prints has to go somewhere.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { portal: Portal::new(address, TOKEN), child }
    }

    /// Kills it as `kill -9` does.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits until it is dead by SIGKILL.
    pub async fn died(mut self) {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("an end in time").unwrap();
        assert_eq!(ended.signal(), Some(9), "{ended:?}");
    }
}
