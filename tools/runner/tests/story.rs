//! The story and the house to try out, as a newcomer starts them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy sees the tests' helpers as common code")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
};

use runner::story::{Style, Teller, tell};

/// What the story is about, in order.
const HEADINGS: [&str; 17] = [
    " 1  Connect",
    " 2  Check",
    " 3  Sync the structure",
    " 4  The first sync of users",
    " 5  A user is added in the portal",
    " 6  A person is added in Manager",
    " 7  A change on both sides",
    " 8  A deletion",
    " 9  A person is deleted in iLOQ",
    "10  A dry run",
    "11  iLOQ is down",
    "12  Keys",
    "13  A phone key",
    "14  Change rights",
    "15  Lost and found",
    "16  The access log",
    "17  Nothing to do",
];

/// Whether the headings are lines of the text, in their order.
fn has_headings(text: &str) -> bool {
    let mut lines = text.lines();
    HEADINGS.iter().all(|heading| lines.any(|line| line == *heading))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_is_told_and_every_claim_holds() {
    let mut out = Vec::new();
    let told = tell(Teller::new(&mut out, Style { verbose: true, ..Style::default() })).await;
    let text = String::from_utf8(out).unwrap();
    told.unwrap_or_else(|error| panic!("{error:#}\n{text}"));
    assert!(has_headings(&text), "{text}");
    assert!(!text.contains("FAIL"), "{text}");
    assert!(text.contains("17 steps told"), "{text}");
    assert!(text.contains("EditKeys"), "the missing right is named: {text}");
    assert!(text.contains("\"firstName\": \"Anna\""), "bodies are shown: {text}");
    assert!(
        text.contains("user-blocked") && text.contains("already-programmed"),
        "refusals are told: {text}"
    );
    assert!(!text.contains("battery staple"), "the password is not: {text}");
}

#[test]
fn the_demo_exits_with_0_from_any_folder_of_the_clone() {
    let output = Command::new(env!("CARGO_BIN_EXE_runner"))
        .arg("demo")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/story"))
        .output()
        .unwrap();
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(has_headings(&text), "{text}");
    assert!(!text.contains('\x1b'), "no colours but on a terminal");
}

#[test]
fn without_a_command_the_house_stays_open_until_it_is_asked_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_runner"))
        .args(["--listen", "127.0.0.1:0", "--state-dir"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let told: Vec<String> = lines.by_ref().take_while(|line| !line.starts_with("Ctrl-C")).collect();
    let told = told.join("\n");
    let after = |name: &str| {
        let line = told.lines().find(|line| line.trim_start().starts_with(name)).expect(name);
        line.trim_start().strip_prefix(name).unwrap().split_whitespace().next().unwrap().to_owned()
    };
    let (address, token) = (after("functions").replace("http://", ""), after("token"));
    assert!(told.matches("curl -s").count() >= 6, "{told}");

    let mut stream = TcpStream::connect(&address).unwrap();
    write!(
        stream,
        "GET /v1/systems/demo-house/users?limit=100 HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         connection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(answer.matches("\"origin\":\"iloq\"").count(), 12, "{answer}");

    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert!(child.wait().unwrap().success());
}
