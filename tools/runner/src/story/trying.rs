//! What to try, as commands that can be pasted.

use std::io;

use super::{
    house::{House, of},
    teller::Teller,
};

/// Prints the address, the token, and commands.
pub(super) fn print(say: &mut Teller<'_>, house: &House) -> io::Result<()> {
    let url = house.functions.url();
    let control = format!("http://{}/_control", house.iloq.addr);
    say.title("Ready.")?;
    say.plain(&format!("  functions     {url}"))?;
    say.plain(&format!("  token         {}   (may do everything; new at each start)", house.client.token))?;
    say.plain(&format!("  OpenAPI       {url}/openapi.json"))?;
    say.plain(&format!("  made-up iLOQ  {control}   (its control: play Manager there)"))?;
    for (what, command) in commands(&url, &control, &house.client.token) {
        say.title(&format!("# {what}"))?;
        say.plain(&command)?;
    }
    say.title("Ctrl-C ends it. `cargo run -- demo` tells the story of it, step by step.")
}

fn commands(url: &str, control: &str, token: &str) -> Vec<(&'static str, String)> {
    const JSON: &str = "-H 'Content-Type: application/json'";
    let auth = format!("-H 'Authorization: Bearer {token}'");
    let get = |path: &str| format!("curl -s {auth} '{url}{}'", of(path));
    let send = |method: &str, path: &str, body: &str| {
        format!("curl -s -X {method} {auth} {JSON} '{url}{}' -d '{body}'", of(path))
    };
    vec![
        ("The users that came from iLOQ", get("users?limit=3")),
        (
            "Save a user: he is a person in iLOQ at once",
            send(
                "PUT",
                "users/anna",
                r#"{"firstName":"Anna","lastName":"Virta","email":"anna@example.com"}"#,
            ),
        ),
        (
            "Play Manager: add a person in iLOQ …",
            format!(
                "curl -s -X POST {JSON} '{control}/persons' -d '{{\"FirstName\":\"Matti\",\"LastName\":\"Manager\"}}'"
            ),
        ),
        (
            "… look what a sync would do (a dry run writes nothing)",
            send("POST", "users/sync", r#"{"dryRun":true}"#),
        ),
        ("… and do it", send("POST", "users/sync", "{}")),
        ("What the portal has to be told", get("changes")),
        ("The doors", get("doors?limit=3")),
        ("What could stand in the way, with the fix", send("POST", "check", "{}")),
        (
            "iLOQ goes down: a save is then answered 202 and kept",
            format!("curl -s -X PUT {JSON} '{control}/faults' -d '[{{\"action\":\"drop\"}}]'"),
        ),
        ("… it comes back", format!("curl -s -X DELETE '{control}/faults'")),
        (
            "… and what waits is brought, from a minute after the save on",
            format!("curl -s -X POST {auth} {JSON} '{url}/v1/jobs/retry' -d '{{}}'"),
        ),
    ]
}
