//! The binary as an operator starts it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy sees the tests' helpers as common code")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
};

use guests::Workspace;
use tempfile::TempDir;

const MANIFEST: &str = r#"
spin_manifest_version = 2
application = { name = "probe" }
[variables]
token = { required = true, secret = true }
[[trigger.http]]
route = "/..."
component = "a"
[component.a]
source = "PROBE"
key_value_stores = ["default"]
variables = { token = "{{ token }}" }
"#;

/// A folder with a manifest for the probe, whose file is elsewhere.
fn application() -> TempDir {
    let workspace = Workspace::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap().unwrap();
    workspace.build(&["guest-probe".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let manifest = MANIFEST.replace("PROBE", workspace.wasm("guest-probe").to_str().unwrap());
    std::fs::write(folder.path().join("spin.toml"), manifest).unwrap();
    folder
}

fn up(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.arg("up").arg("--from").arg(folder.path().join("spin.toml")).args(["--listen", "127.0.0.1:0"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).env_remove("SPIN_VARIABLE_TOKEN");
    command
}

struct Running {
    child: Child,
    address: String,
    lines: Vec<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

impl Running {
    /// Starts, and reads what is printed up to the last route.
    fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let lines: Vec<String> = out.lines().take(2).map(Result::unwrap).collect();
        let address = lines[0].strip_prefix("Serving http://").expect("the address is printed").to_owned();
        Self { child, address, lines }
    }

    /// The whole answer; empty when the connection broke.
    fn post(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1\r\n\r\n1")
            .unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    fn ended(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

#[test]
fn it_prints_its_address_and_routes_and_ends_cleanly_at_sigterm() {
    let folder = application();
    let running = Running::start(up(&folder).args(["--variable", "token=from-flag"]));
    assert_eq!(running.lines[1].split_whitespace().collect::<Vec<_>>(), ["/...", "a"]);
    assert!(running.post("/variable?token").contains("from-flag"));
    assert!(Command::new("kill").arg(running.child.id().to_string()).status().unwrap().success());
    assert!(running.ended().success());
}

#[test]
fn variables_come_from_the_environment_too() {
    let folder = application();
    let running = Running::start(up(&folder).env("SPIN_VARIABLE_TOKEN", "from-env"));
    assert!(running.post("/variable?token").contains("from-env"));
}

#[test]
fn a_missing_required_variable_stops_the_start() {
    let output = up(&application()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("error: no value for the required variable(s) token"), "{error}");
}

#[test]
fn the_switch_for_crash_tests_kills_the_process_after_the_write_is_on_disk() {
    let folder = application();
    let running =
        Running::start(up(&folder).args(["--variable", "token=t", "--die-at", "2:after:store-write"]));
    assert!(running.post("/set?first").starts_with("HTTP/1.1 200"));
    assert_eq!(running.post("/set?second"), "", "the caller's connection breaks");
    assert_eq!(running.ended().signal(), Some(9));
    let running = Running::start(up(&folder).args(["--variable", "token=t"]));
    assert!(running.post("/keys").contains("first\nsecond"));
}
