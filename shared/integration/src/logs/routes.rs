//! Reading the log.

use portal_api::{
    Code, PortalId, Problem, cursor, names,
    types::{Feed, List, LogEvent, LogSummary, SummaryBy},
};

use super::{
    Book, Filter,
    export::Export,
    format::{Format, Lines, view},
    page::Span,
    summary::Asked,
};
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
    state::{Fault, tree::Key},
    system::System,
};

const LIST: &str = "logs";
const FEED: &str = "logs-feed";

/// The system's book.
///
/// # Errors
/// The zone is not known; the store's failure.
pub fn book<'a, P: Platform>(system: &System<'a, P>) -> Result<Book<'a>, Stop> {
    Book::open(&system.space, system.zone()?)
}

/// Reads with the book, and once more with its newest root if a leaf of the old one is gone.
fn reading<'a, P: Platform, T>(
    system: &System<'a, P>,
    read: impl Fn(&mut Book<'a>) -> Result<T, Stop>,
) -> Result<(T, Book<'a>), Stop> {
    let mut opened = book(system)?;
    let first = read(&mut opened);
    let erased = |stop: &Stop| matches!(stop, Stop::State(error) if matches!(**error, Fault::Missing { .. }));
    if !first.as_ref().is_err_and(erased) {
        return Ok((first?, opened));
    }
    let mut newest = book(system)?;
    Ok((read(&mut newest)?, newest))
}

/// `GET …/logs`.
///
/// # Errors
/// What the caller is told.
pub fn list<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let format = Format::accepted(call.head.header("accept"))?;
    let filter = filter(call)?;
    let mut span = between(call)?;
    if let Some(text) = call.query.cursor() {
        span.last = span.last.min(last_key(text)?);
    }
    if format != Format::Json && call.query.text("limit").is_none() {
        let book = book(system)?;
        return Ok(whole(format).with_rest(Export::by_time(book, span, filter, format, call.end())));
    }
    let limit = call.query.limit();
    let over = || system.is_over();
    let (page, _) = reading(system, |book| Ok(book.by_time(span, &filter, limit, &over)?))?;
    let next = page.rest.map(|rest| {
        let (major, minor) = (rest.last.major.to_string(), format!("{:x}", rest.last.minor));
        cursor::encode(LIST, &[&major, &minor])
    });
    if format == Format::Json {
        let items = page.rows.iter().map(view).collect();
        return Ok(Answer::json(200, &List { items, next }));
    }
    Ok(lines(format, &page.rows, next.map(|next| link(call, "cursor", &next))))
}

/// `GET …/logs/feed`.
///
/// # Errors
/// What the caller is told; `cursor-expired` for rows that are no longer kept.
pub fn feed<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let format = Format::accepted(call.head.header("accept"))?;
    let given = call.query.cursor().map(number).transpose()?;
    let limit = call.query.limit();
    let place = |number: i64| cursor::encode(FEED, &[&number.to_string()]);
    if format != Format::Json && call.query.text("limit").is_none() {
        let book = book(system)?;
        let after = after(&book, given)?;
        // What the answer ends with is known at its begin: what comes later is for the next call.
        let next = link(call, "after", &place(book.feed_end()));
        let answer = whole(format).with_header("link", next);
        return Ok(answer.with_rest(Export::by_arrival(book, after, format, call.end())));
    }
    let ((rows, last), _) = reading(system, |book| {
        let after = after(book, given)?;
        Ok(book.by_arrival(after, limit)?)
    })?;
    if format == Format::Json {
        let items = rows.iter().map(view).collect();
        return Ok(Answer::json(200, &Feed { items, next: place(last) }));
    }
    Ok(lines(format, &rows, Some(link(call, "after", &place(last)))))
}

/// `GET …/logs/summary`.
///
/// # Errors
/// What the caller is told.
pub fn summarise<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let system = call.system()?;
    let by = call.query.word("by", SummaryBy::ALL, SummaryBy::name)?.unwrap_or(SummaryBy::Day);
    between(call)?;
    let moment = |name: &str| call.query.moment(name).map(|time| time.millis());
    let asked = Asked { from: moment("from"), until: moment("until"), by };
    asked.check(&system.zone()?, system.now_ms())?;
    let over = || system.is_over();
    let (items, _) = reading(system, |book| book.summary(&asked, &over))?;
    Ok(Answer::json(200, &LogSummary { items }))
}

fn filter<P: Platform>(call: &Call<'_, P>) -> Result<Filter, Problem> {
    let guid = |name: &str| match call.query.text(name) {
        None => Ok(None),
        Some(text) => names::guid(text).map(Some).ok_or_else(|| {
            Problem::invalid(
                format!("?{name}"),
                "it must be a GUID such as 0f8fad5b-d9cb-469f-a165-70867728950e",
            )
        }),
    };
    let user = match call.query.text("user") {
        Some(text) if PortalId::parse(text).is_none() => {
            return Err(Problem::invalid("?user", "it must be the id of a user"));
        }
        user => user.map(str::to_owned),
    };
    let event = call.query.word("event", LogEvent::ALL, LogEvent::name)?;
    Ok(Filter { user, key: guid("key")?, door: guid("door")?, event })
}

/// The time of the query.
fn between<P: Platform>(call: &Call<'_, P>) -> Result<Span, Problem> {
    let moment = |name: &str| call.query.moment(name).map(|time| time.millis());
    let (from, until) = (moment("from"), moment("until"));
    if let (Some(from), Some(until)) = (from, until)
        && from > until
    {
        return Err(Problem::invalid("?until", "it must not be before from"));
    }
    Ok(Span::between(from, until))
}

/// Where a page of the list begins.
fn last_key(text: &str) -> Result<Key, Problem> {
    let [major, minor] = cursor::decode("cursor", LIST, text)?;
    match (major.parse(), u128::from_str_radix(&minor, 16)) {
        (Ok(major), Ok(minor)) => Ok(Key::new(major, minor)),
        _ => Err(Problem::invalid("?cursor", "it is no cursor of this list")),
    }
}

/// Where a page of the feed begins.
fn number(text: &str) -> Result<i64, Problem> {
    let [number] = cursor::decode("after", FEED, text)?;
    number.parse().map_err(|_| Problem::invalid("?after", "it is no cursor of this feed"))
}

/// The number after which the feed goes on. One that is before the first row kept has missed some; one beyond
/// the last is of a log that is no more.
fn after(book: &Book<'_>, given: Option<i64>) -> Result<i64, Problem> {
    match given {
        None => Ok(book.feed_start()),
        Some(number) if (book.feed_start()..=book.feed_end()).contains(&number) => Ok(number),
        Some(_) => Err(Problem::of(Code::CursorExpired)),
    }
}

/// The begin of an answer that is read from the store while it is sent.
fn whole(format: Format) -> Answer {
    Answer::text(200, format.content_type(), format.head().as_bytes().to_vec())
}

/// A page as lines; the place of the next one is in the header `Link`.
fn lines(format: Format, rows: &[super::Row], next: Option<String>) -> Answer {
    let mut body = format.head().as_bytes().to_vec();
    let mut lines = Lines::new(format, &mut body);
    for row in rows {
        lines.write(row);
    }
    drop(lines);
    let answer = Answer::text(200, format.content_type(), body);
    match next {
        Some(next) => answer.with_header("link", next),
        None => answer,
    }
}

/// `Link: <…>; rel="next"`: the same request with the next cursor.
fn link<P: Platform>(call: &Call<'_, P>, parameter: &str, value: &str) -> String {
    let (path, query) = portal_api::query::split(&call.head.path_and_query);
    let mut target = format!("{path}?");
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        if pair.split('=').next() != Some(parameter) {
            target.push_str(pair);
            target.push('&');
        }
    }
    format!("<{target}{parameter}={value}>; rel=\"next\"")
}
