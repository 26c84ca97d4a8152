//! Runs: listed, looked at, with their items.

use portal_api::{Code, Problem, cursor, routes::Job, types::List};

use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    state::{ITEMS_PER_PAGE, RunRecord, Runs},
};

/// Runs that are looked through for a list; the stream holds what housekeeping keeps.
const LOOK_BACK: usize = 2_000;

/// `GET …/runs`: newest first.
///
/// # Errors
/// What the caller is told.
pub fn list<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let runs = Runs::new(&call.system()?.space);
    let job = call.query.word("job", Job::ALL, Job::name)?;
    let after = match call.query.cursor() {
        None => None,
        Some(text) => Some(cursor::decode::<1>("cursor", "runs", text)?.concat()),
    };
    let ids: Vec<String> = runs.stream().newest(LOOK_BACK)?;
    let start = after.and_then(|after| ids.iter().position(|id| *id == after)).map_or(0, |at| at + 1);
    let (mut items, mut last, mut more) = (Vec::new(), None, false);
    for id in &ids[start..] {
        let Some(run) = runs.get(id)?.filter(|run| job.is_none_or(|job| run.job == job)) else { continue };
        if items.len() == call.query.limit() {
            more = true;
            break;
        }
        items.push(run.view());
        last = Some(id);
    }
    let next = last.filter(|_| more).map(|id| cursor::encode("runs", &[id]));
    Ok(Answer::json(200, &List { items, next }))
}

/// `GET …/runs/{run}`.
///
/// # Errors
/// `unknown-run`.
pub fn get<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    Ok(Answer::json(200, &find(call)?.view()))
}

/// `GET …/runs/{run}/items`.
///
/// # Errors
/// `unknown-run`.
pub fn items<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let runs = Runs::new(&call.system()?.space);
    let run = find(call)?;
    let wrong = || {
        Problem::invalid("?cursor", "it is no cursor of this list: use next of an earlier answer as it came")
    };
    let (mut page, mut skip) = match call.query.cursor() {
        None => (0_u32, 0_usize),
        Some(text) => {
            let [page, skip] = cursor::decode("cursor", "items", text)?;
            (page.parse().map_err(|_| wrong())?, skip.parse().map_err(|_| wrong())?)
        }
    };
    let mut items = Vec::new();
    while page < run.item_pages && items.len() < call.query.limit() {
        let stored = runs.items(&run, page)?;
        let room = call.query.limit() - items.len();
        let count = stored.len().min(ITEMS_PER_PAGE);
        items.extend(stored.into_iter().skip(skip).take(room));
        if skip + room >= count {
            (page, skip) = (page + 1, 0);
        } else {
            skip += room;
        }
    }
    let next =
        (page < run.item_pages).then(|| cursor::encode("items", &[&page.to_string(), &skip.to_string()]));
    Ok(Answer::json(200, &List { items, next }))
}

fn find<P: Platform>(call: &Call<'_, P>) -> Result<RunRecord, Stop> {
    let run = Runs::new(&call.system()?.space).get(call.parameter("run"))?;
    run.ok_or_else(|| Problem::of(Code::UnknownRun).into())
}
