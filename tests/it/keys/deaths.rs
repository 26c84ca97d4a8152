//! One call, disturbed at each effect in turn and made again, against the same call left alone.

use std::collections::BTreeSet;

use runner::{Effect, EffectKind, Moment as When, Verdict};
use serde_json::Value;

use super::house::{Call, House, settled};

/// What happens at an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The guest dies, before or after it.
    Dies,
    /// iLOQ's answer is lost.
    AnswerLost,
    /// The store refuses the write.
    StoreFails,
}

impl Trouble {
    pub const ALL: [Self; 3] = [Self::Dies, Self::AnswerLost, Self::StoreFails];

    fn may_hit(self, when: When, effect: &Effect) -> bool {
        match self {
            Self::Dies => effect.kind != EffectKind::StoreRead,
            Self::AnswerLost => effect.kind == EffectKind::Outbound && when == When::After,
            Self::StoreFails => effect.kind == EffectKind::StoreWrite && when == When::Before,
        }
    }

    fn verdict(self) -> Verdict {
        if self == Self::Dies { Verdict::KillGuest } else { Verdict::Fail }
    }
}

/// So much of one case is shown.
const SHOWN: usize = 4;

/// What is not as it should be afterwards.
pub type Compare = fn(expected: &(Value, Value), after: &(Value, Value)) -> Vec<String>;

/// Everything that differs.
pub fn differences(expected: &(Value, Value), after: &(Value, Value)) -> Vec<String> {
    let mut found = Vec::new();
    differs("portal", &expected.0, &after.0, &mut found);
    differs("iLOQ", &expected.1, &after.1, &mut found);
    found
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
        _ => found.push(format!("{path} is {after}, not {expected}")),
    }
}

/// Whether the finished call, made once more, is another request. A message that is sent is not sent again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Again {
    SameRequest,
    NewRequest,
}

/// Makes `call` with each trouble at each effect; then again, until it is settled; then once more, which must not
/// write anything.
pub async fn everywhere(house: &House, call: &Call, again: Again, compare: Compare) {
    let start = house.save();
    let answer = call.make(&house.app.portal, "act").await.unwrap();
    assert!(settled(&answer), "{}", answer.text);
    let expected = house.seen().await;
    let mut wrong = once_more(house, call, again).await;
    let mut cases = [0; 3];
    for (trouble, count) in Trouble::ALL.into_iter().zip(&mut cases) {
        for nth in 1.. {
            house.restore(&start);
            if !meets(house, call, trouble, nth).await {
                break;
            }
            let mut here = same_request(house, call).await;
            here.extend(compare(&expected, &house.seen().await));
            here.extend(once_more(house, call, again).await);
            let more = here.len().saturating_sub(SHOWN);
            wrong.extend(here.into_iter().take(SHOWN).map(|what| format!("{trouble:?} {nth}: {what:.300}")));
            if more > 0 {
                wrong.push(format!("{trouble:?} {nth}: … and {more} more"));
            }
            *count += 1;
        }
    }
    println!("{} {}: {cases:?} deaths, lost answers, failures of the store", call.method, call.path);
    assert!(cases.iter().all(|count| *count > 0), "{cases:?}");
    assert!(wrong.is_empty(), "{} {}:\n{}", call.method, call.path, wrong.join("\n"));
}

/// Makes the call with the trouble at its nth effect of that kind; whether there was one.
async fn meets(house: &House, call: &Call, trouble: Trouble, nth: u64) -> bool {
    let (mut seen, hit) = (0, std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let told = std::sync::Arc::clone(&hit);
    house.app.watcher.set(move |when, effect| {
        if !trouble.may_hit(when, effect) {
            return Verdict::Continue;
        }
        seen += 1;
        if seen == nth {
            told.store(true, std::sync::atomic::Ordering::SeqCst);
            trouble.verdict()
        } else {
            Verdict::Continue
        }
    });
    let answer = call.make(&house.app.portal, "act").await;
    house.app.watcher.clear();
    let hit = hit.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(answer.is_err(), hit && trouble == Trouble::Dies, "{trouble:?} {nth}: {answer:?}");
    hit
}

/// The same request again. What it can't settle, as an answer that is given again, the jobs do.
async fn same_request(house: &House, call: &Call) -> Vec<String> {
    let answer = call.make(&house.app.portal, "act").await.unwrap();
    if !settled(&answer) {
        house.later(70);
        // A job goes on with its next tick.
        let job = if call.is_job() { call.clone() } else { Call::job("retry") };
        let job = job.make(&house.app.portal, "job").await.unwrap();
        if !settled(&job) {
            return vec![format!("the same request again: {}; the job: {}", answer.text, job.text)];
        }
    }
    Vec::new()
}

async fn once_more(house: &House, call: &Call, again: Again) -> Vec<String> {
    house.iloq.simulator.reset_calls();
    let key = if again == Again::SameRequest { "act" } else { "another" };
    let answer = call.make(&house.app.portal, key).await.unwrap();
    let unsettled = (!settled(&answer)).then(|| format!("once more: {}", answer.text));
    let wrote = house.writes().into_iter().map(|operation| format!("once more, it wrote {operation}"));
    unsettled.into_iter().chain(wrote).collect()
}
