//! The store at its worst: what fails is told, what was acknowledged holds, and afterwards everything is as if there
//! had been no trouble.

mod keys;
mod limits;
mod logs;
mod users;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::{House, Response, Troubles};

/// Orders of troubles that are tried for each story and each kind.
const SEEDS: u64 = 50;
/// So much of one case is shown.
const SHOWN: usize = 3;

/// Calls of a portal or a scheduler, one after the other.
type Script = fn(&House) -> Vec<Step>;

/// One call.
#[derive(Clone)]
struct Step {
    method: &'static str,
    path: String,
    body: Value,
}

impl Step {
    /// Below the system.
    fn of(house: &House, method: &'static str, path: &str, body: Value) -> Self {
        Self { method, path: house.world.of(path), body }
    }

    fn job(name: &str) -> Self {
        Self { method: "POST", path: format!("/v1/jobs/{name}"), body: json!({}) }
    }

    fn is_job(&self) -> bool {
        self.path.starts_with("/v1/jobs/")
    }

    /// The call under the number `n`, which is the same when it is sent again.
    fn send(&self, house: &House, n: usize) -> Response {
        let id = format!("step-{n}");
        let headers = [("x-request-id", id.as_str()), ("idempotency-key", id.as_str())];
        let body = (!self.body.is_null()).then(|| self.body.clone());
        let mut headers = headers.to_vec();
        if self.is_job() {
            headers.pop();
        }
        house.world.call(self.method, &self.path, &headers, body)
    }
}

/// Each kind of trouble, some more with some seeds.
fn kinds(seed: u64) -> [(&'static str, Troubles); 8] {
    let often = 2 + seed % 14;
    let some = Troubles::NONE;
    [
        ("lost writes", Troubles { lost: often, ..some }),
        ("unheard writes", Troubles { unheard: often, ..some }),
        ("late writes", Troubles { late: often, ..some }),
        ("failing reads", Troubles { reads_fail: often, ..some }),
        ("stale reads", Troubles { stale: 5 * often, ..some }),
        ("few writes a second", Troubles { writes_a_second: Some(10 + 3 * often), ..some }),
        ("full", Troubles { full: true, ..some }),
        (
            "all at once",
            Troubles {
                reads_fail: 1,
                lost: 2,
                unheard: 2,
                late: 2,
                stale: 0,
                writes_a_second: Some(50),
                full: false,
            },
        ),
    ]
}

/// Tells the story with each kind of trouble and each seed; afterwards it must have come out as without.
fn tell(make: fn() -> House, script: Script) {
    let expected = {
        let house = make();
        for (n, step) in script(&house).iter().enumerate() {
            let answer = step.send(&house, n);
            assert!(is_done(&answer), "{} {}: {:#}", step.method, step.path, answer.body);
        }
        let wrong = afterwards(&house);
        assert!(wrong.is_empty(), "{wrong:?}");
        Seen::of(&house)
    };
    let mut wrong = Vec::new();
    for seed in 0..SEEDS {
        for (kind, troubles) in kinds(seed) {
            let told = once(&expected, &make(), script, troubles, seed);
            wrong.extend(told.into_iter().take(SHOWN).map(|what| format!("{kind}, seed {seed}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The story once, on a store in trouble; what is wrong with it.
fn once(expected: &Seen, house: &House, script: Script, troubles: Troubles, seed: u64) -> Vec<String> {
    let (steps, store) = (script(house), &house.world.store.hostile);
    let stale = troubles.stale > 0;
    let mut wrong = Vec::new();
    // What was written before is no news any more.
    house.world.advance(Duration::from_secs(10));
    store.begin(troubles, seed);
    let acknowledged: Vec<bool> =
        (0..steps.len()).map(|n| in_trouble(house, n, &steps[n], stale, &mut wrong)).collect();
    store.end();
    house.world.advance(Duration::from_secs(10));
    // A portal sends again what was not acknowledged, and nothing else.
    for (n, step) in steps.iter().enumerate().filter(|(n, _)| !acknowledged[*n]) {
        let mut answer = step.send(house, n);
        // A late write to a lease looks like somebody who is at work.
        if answer.code() == "in-progress" {
            house.world.advance(Duration::from_secs(10));
            answer = step.send(house, n);
        }
        if !is_done(&answer) {
            wrong.push(format!("again {} {}: {}", step.method, step.path, answer.body));
        }
    }
    wrong.extend(afterwards(house));
    assert!(!store.is_late());
    wrong.extend(expected.differences(&Seen::of(house), stale));
    wrong.extend(untold(house, &steps));
    wrong
}

/// Sends a step up to three times while there is trouble; whether it was acknowledged.
fn in_trouble(house: &House, n: usize, step: &Step, stale: bool, wrong: &mut Vec<String>) -> bool {
    for _ in 0..3 {
        let answer = step.send(house, n);
        if is_done(&answer) {
            return true;
        }
        let problems = problems(&answer);
        let bare = answer.status >= 400 && answer.header("retry-after").is_none();
        if problems.is_empty() || !problems.iter().all(|problem| is_told(problem, stale)) || bare {
            wrong.push(format!("{} {}: {} {}", step.method, step.path, answer.status, answer.body));
        }
        house.world.advance(Duration::from_secs(5));
    }
    false
}

/// The store's failure, with what to do; or that a run is still held to be at work, which passes too.
fn is_told(problem: &Value, stale: bool) -> bool {
    let passes =
        problem["retryable"] == true && problem["detail"].as_str().is_some_and(|detail| detail.len() > 20);
    match problem["code"].as_str() {
        Some("store-unavailable") => passes && problem["status"] == 503,
        Some("in-progress") => problem["status"] == 409,
        // What is said of a value that another one leads to, where a read may show either as it was.
        Some("internal") => stale && problem["detail"].as_str().is_some_and(|d| d.ends_with(" is missing.")),
        _ => false,
    }
}

/// The parts of an answer: its items, or the systems of a job.
fn parts(answer: &Response) -> Vec<Value> {
    let list = |name: &str| answer.body[name].as_array().cloned().unwrap_or_default();
    list("items").into_iter().chain(list("systems")).chain(answer.body.get("item").cloned()).collect()
}

/// The problems in an answer: its own, or those of its parts.
fn problems(answer: &Response) -> Vec<Value> {
    if answer.status >= 400 {
        return vec![answer.body.clone()];
    }
    parts(answer).iter().filter_map(|part| part.get("problem").cloned()).collect()
}

/// Whether everything that was asked for is done, or noted so that the jobs do it.
fn is_done(answer: &Response) -> bool {
    let undone = |part: &Value| {
        let failed = part["outcome"] == "failed" && part["problem"]["code"] != "iloq-unavailable";
        failed || part["state"] == "failed" || part["state"] == "skipped"
    };
    // What a sync could not do for one user is done by the next.
    let sync = answer.body.get("run").is_some();
    answer.status < 300 && (sync || !parts(answer).iter().any(undone))
}

/// What schedulers do in the hours that follow.
pub fn afterwards(house: &House) -> Vec<String> {
    let jobs = ["housekeeping", "retry", "sync-users", "refresh-keys", "pull-logs", "retry", "refresh-keys"];
    let mut wrong = Vec::new();
    for job in jobs {
        house.world.advance(Duration::from_secs(4000));
        let answer = Step::job(job).send(house, 1000);
        if !is_done(&answer) {
            wrong.push(format!("{job} afterwards: {}", answer.body));
        }
    }
    wrong
}

/// Both sides as they look in the end.
pub struct Seen {
    shown: Value,
    changes: BTreeSet<String>,
}

impl Seen {
    pub fn of(house: &House) -> Self {
        let list = |path: &str| -> BTreeMap<String, Value> {
            let page = house.world.get(&house.world.of(path)).expect(200);
            let items = page["items"].as_array().unwrap().iter().cloned();
            items.map(|item| (item["id"].as_str().unwrap_or("none").to_owned(), item)).collect()
        };
        let single = |id: &String| {
            let user = house.world.get(&house.world.of(&format!("users/{id}"))).body;
            (id.clone(), user)
        };
        let users = list("users?limit=1000");
        let changes = house.world.get(&house.world.of("changes?limit=1000")).expect(200);
        let changes = changes["items"].as_array().unwrap();
        let mut shown = json!({
            "single users": users.keys().map(single).collect::<BTreeMap<_, _>>(),
            "users": users,
            "keys": list("keys?limit=1000"),
            "retries": list("retries"),
            "drift": list("drift"),
            "rows": list("logs/feed?limit=1000"),
            "iLOQ": house.world.simulator.snapshot(),
        });
        without_times(&mut shown);
        Self {
            shown,
            changes: changes.iter().map(|c| format!("{} {} {}", c["type"], c["user"], c["key"])).collect(),
        }
    }

    /// Where reads are stale, two calls that change one value may undo one another here: the store has to be one whose
    /// reads are not (ADR 2). What iLOQ has, who is a user and which rows there are is right all the same.
    pub fn differences(&self, after: &Self, stale: bool) -> Vec<String> {
        let mut found = Vec::new();
        if stale {
            for part in ["users", "rows", "iLOQ"] {
                differs(part, &self.shown[part], &after.shown[part], &mut found);
            }
            return found;
        }
        differs("", &self.shown, &after.shown, &mut found);
        let untold = self.changes.difference(&after.changes);
        found.extend(untold.map(|change| format!("the portal was not told {change}")));
        found
    }
}

fn differs(path: &str, expected: &Value, after: &Value, found: &mut Vec<String>) {
    match (expected, after) {
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for name in names {
                differs(&format!("{path}/{name}"), &expected[name], &after[name], found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (n, (a, b)) in a.iter().zip(b).enumerate() {
                differs(&format!("{path}/{n}"), a, b, found);
            }
        }
        _ if expected == after => {}
        // A person that was made with its last values was never changed, and iLOQ fills this in when one is.
        _ if path.ends_with("/ExternalCanEdit") => {}
        _ => found.push(format!("{path} is {after}, not {expected}")),
    }
}

/// After trouble it is another time.
fn without_times(value: &mut Value) {
    let is_time =
        |text: &str| text.len() >= 20 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    match value {
        Value::String(text) if is_time(text) => *text = "a time".to_owned(),
        Value::Object(map) => map.values_mut().for_each(without_times),
        Value::Array(items) => items.iter_mut().for_each(without_times),
        _ => {}
    }
}

/// Steps that are not in the trail. The log says so if the trail could not be written.
fn untold(house: &House, steps: &[Step]) -> Vec<String> {
    let trail = house.world.get(&house.world.of("audit?limit=1000")).expect(200);
    let entries = trail["items"].as_array().unwrap();
    if house.world.log.borrow().iter().any(|line| line.contains("audit_lost")) {
        return Vec::new();
    }
    let is_there = |n: usize| {
        let done = |e: &Value| e["outcome"] == "done" || e["outcome"] == "pending";
        entries.iter().any(|e| e["requestId"] == format!("step-{n}").as_str() && done(e))
    };
    let steps = steps.iter().enumerate().filter(|(n, step)| !step.is_job() && !is_there(*n));
    steps.map(|(_, step)| format!("{} {} is not in the trail", step.method, step.path)).collect()
}
