//! One tick of a schedule: the route of a job is called, and what came of it is logged.
//!
//! The work is the route's, so this is all that a host's own scheduler has to do. Variables: `job` (its name),
//! `jobs_url` (where the functions are served), `jobs_token` (a token of scope `jobs`), `slice_seconds`.

mod outcome;

use std::time::Duration;

use iloq_client::{
    Address,
    io::{Clock, HttpRequest, HttpResponse, Method, TransportError},
};
use portal_api::{Time, routes::Job};

use crate::{config, platform::Platform};
use outcome::Outcome;

/// A job ends by itself within the slice and a moment: this is the moment.
const MARGIN: Duration = Duration::from_secs(10);
/// Waits before the second and the third try.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];
/// A server that asks to be left alone for longer is asked again at the next tick.
const LONGEST_PAUSE: u64 = 10;

/// Calls the job once. If it was not reached, or is not served for the moment, it is tried twice more: a job
/// that runs daily should not wait a day because of a restart. Calling a job twice does no harm.
///
/// # Errors
/// In words, for the host's log: a variable that is wrong, no answer, a refusal, systems that failed. Never
/// holds the token.
pub async fn tick<P: Platform>(platform: &P) -> Result<(), String> {
    let clock = platform.clock();
    let started = clock.monotonic();
    let (job, request) = request(platform)?;
    let limit = config::slice_of(platform.variable(config::SLICE)) + MARGIN;
    let outcome = call(platform, &request, started + limit).await;
    let took = clock.monotonic().saturating_sub(started);
    let line = serde_json::json!({
        "event": "schedule",
        "at": Time::new(clock.now()),
        "job": job.name(),
        "status": outcome.as_ref().ok().map(|answer| answer.status),
        "duration_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "systems": outcome.as_ref().ok().map(Outcome::states),
    });
    platform.log(&serde_json::to_string(&line).unwrap_or_default());
    match outcome {
        Ok(outcome) => outcome.verdict().map_err(|what| format!("job {job}: {what}")),
        Err(error) => Err(format!("job {job}: {}", unreached(&error))),
    }
}

/// The job and the call of it.
fn request<P: Platform>(platform: &P) -> Result<(Job, HttpRequest), String> {
    let variable = |name: &str| {
        let value = platform.variable(name).filter(|value| !value.trim().is_empty());
        value.ok_or_else(|| format!("the variable {name} is missing: give it to this component"))
    };
    let word = variable("job")?;
    let job = Job::parse(word.trim()).ok_or_else(|| format!("the variable job names no job: {word:?}"))?;
    let base = variable("jobs_url")?.parse::<Address>().ok();
    // With a path the host's list of allowed addresses could not name it.
    let base = base.filter(|base| base.to_string() == base.origin());
    let base = base.ok_or("the variable jobs_url is no origin such as https://functions.example.com")?;
    let token = variable("jobs_token")?;
    let token = token.trim();
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the variable jobs_token has characters that no token has".to_owned());
    }
    let request = HttpRequest {
        method: Method::Post,
        https: base.is_https(),
        authority: base.authority(),
        path_and_query: format!("/v1/jobs/{job}"),
        headers: vec![
            ("authorization", format!("Bearer {token}")),
            ("content-type", "application/json".to_owned()),
        ],
        body: b"{}".to_vec(),
    };
    Ok((job, request))
}

async fn call<P: Platform>(
    platform: &P,
    request: &HttpRequest,
    end: Duration,
) -> Result<Outcome, TransportError> {
    use iloq_client::io::Transport;
    let clock = platform.clock();
    let mut pauses = PAUSES.into_iter();
    loop {
        let left = end.saturating_sub(clock.monotonic());
        let answer = platform.http().send(request.clone(), left).await;
        let wait = match &answer {
            Err(TransportError::NotConnected(_)) => Some(None),
            Ok(answer) if matches!(answer.status, 429 | 502..=504) => Some(retry_after(answer)),
            _ => None,
        };
        let pause = wait.zip(pauses.next()).map(|(asked, own)| asked.unwrap_or(own));
        let pause = pause.filter(|pause| pause.as_secs() <= LONGEST_PAUSE);
        match pause.filter(|pause| clock.monotonic() + *pause < end) {
            Some(pause) => clock.sleep(pause).await,
            None => return answer.map(|answer| Outcome::of(&answer)),
        }
    }
}

fn retry_after(answer: &HttpResponse) -> Option<Duration> {
    let header = answer.headers.iter().find(|(name, _)| name == "retry-after")?;
    header.1.trim().parse().ok().map(Duration::from_secs)
}

fn unreached(error: &TransportError) -> String {
    match error {
        TransportError::Denied => {
            format!("{error}: put the value of jobs_url into allowed_outbound_hosts of this component")
        }
        TransportError::NotConnected(_) => {
            format!("{error}: check jobs_url, and that the functions are served there")
        }
        _ => format!("{error}; the job may go on, and the next tick calls it again"),
    }
}
