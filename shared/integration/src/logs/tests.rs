//! The book against a plain list of rows.

use std::{collections::BTreeMap, rc::Rc};

use iloq_model::TimeZone;
use portal_api::types::{LogBucket, LogEvent, SummaryBy};
use uuid::Uuid;

use super::{
    Added, Book, Filter, Named, Person, Row, Span,
    book::{PREFIX, ROOT},
    rollup,
    summary::Asked,
};
use crate::{
    state::Space,
    testing::{Memory, SeededRandom},
};

const DAY: i64 = 86_400_000;
const START: i64 = 1_772_316_000_000;

fn helsinki() -> TimeZone {
    TimeZone::named("Europe/Helsinki").unwrap()
}

fn space(store: &Memory) -> Space<'_, Memory> {
    Space::system(store, "house", "i")
}

fn open(store: &Memory) -> Book<'_> {
    Book::open(&space(store), helsinki()).unwrap()
}

fn text(text: &str) -> Rc<str> {
    Rc::from(text)
}

fn named(kind: &str, n: u64) -> Named {
    Named { id: text(&Uuid::from_u128(u128::from(n) + 1).to_string()), name: text(&format!("{kind} {n}")) }
}

/// A row like those of a house with 60 doors and 300 persons.
fn row(random: &SeededRandom, id: u128, occurred_at: Option<i64>, received_at: i64) -> Row {
    let person = random.below(300);
    let events = LogEvent::ALL;
    let event = events[usize::try_from(random.below(events.len() as u64)).unwrap()];
    Row {
        id: Uuid::from_u128(id.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)),
        occurred_at,
        received_at,
        door: (person != 7).then(|| named("Door", random.below(60))),
        key: Some(named("Key of the person", person)),
        person: (person % 10 != 3).then(|| Person {
            name: text(&format!("Person number {person}")),
            user_id: person.is_multiple_of(2).then(|| text(&format!("user-{person}"))),
            uncertain: occurred_at.is_none(),
        }),
        event,
        granted: (event == LogEvent::AccessGranted).then_some(true),
        time_uncertain: person == 5,
        error: (person == 6).then(|| text("Battery low")),
    }
}

/// Everything in the list, page by page.
fn listed(book: &mut Book<'_>, span: Span, filter: &Filter, limit: usize) -> Vec<Row> {
    let (mut all, mut rest) = (Vec::new(), Some(span));
    while let Some(span) = rest {
        let page = book.by_time(span, filter, limit, &|| false).unwrap();
        assert!(page.rows.len() <= limit);
        assert!(page.rows.len() == limit || page.rest.is_none(), "a short page in the middle");
        all.extend(page.rows);
        rest = page.rest;
    }
    all
}

fn fed(book: &mut Book<'_>, limit: usize) -> Vec<Row> {
    let (mut all, mut after) = (Vec::new(), book.feed_start());
    loop {
        let (rows, last) = book.by_arrival(after, limit).unwrap();
        if rows.is_empty() {
            assert_eq!(last, book.feed_end());
            return all;
        }
        assert!(rows.len() <= limit && last > after);
        all.extend(rows);
        after = last;
    }
}

/// A summary by counting rows.
fn counted(rows: &[Row], asked: &Asked) -> BTreeMap<String, (u64, u64, u64)> {
    let mut counts: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
    for row in rows {
        let at = row.time();
        if asked.from.is_some_and(|from| at < from) || asked.until.is_some_and(|until| at >= until) {
            continue;
        }
        let local = helsinki().local(chrono::DateTime::from_timestamp_millis(at).unwrap());
        let bucket = match asked.by {
            SummaryBy::Hour => local.format("%Y-%m-%dT%H").to_string(),
            SummaryBy::Day => local.format("%Y-%m-%d").to_string(),
            SummaryBy::Door => row.door.as_ref().map_or("-".to_owned(), |door| door.id.to_string()),
            SummaryBy::Person => row.person.as_ref().map_or("-".to_owned(), |person| {
                person.user_id.as_deref().map_or(format!("name:{}", person.name), str::to_owned)
            }),
        };
        let count = counts.entry(bucket).or_default();
        match row.event {
            LogEvent::AccessGranted => count.0 += 1,
            LogEvent::AccessDenied => count.1 += 1,
            _ => count.2 += 1,
        }
    }
    counts
}

fn summarised(book: &mut Book<'_>, asked: &Asked) -> BTreeMap<String, (u64, u64, u64)> {
    let items: Vec<LogBucket> = book.summary(asked, &|| false).unwrap();
    let len = items.len();
    let map: BTreeMap<_, _> =
        items.into_iter().map(|item| (item.bucket, (item.granted, item.denied, item.other))).collect();
    assert_eq!(map.len(), len, "a bucket came twice");
    map
}

/// What a list of rows says the book has to answer.
fn compare(book: &mut Book<'_>, arrived: &[Row], random: &SeededRandom) {
    assert_eq!(book.count(), arrived.len() as u64);
    assert_eq!(fed(book, 377), arrived);
    let mut sorted = arrived.to_vec();
    sorted.sort_by_key(|row| std::cmp::Reverse((row.time(), row.id)));
    assert_eq!(listed(book, Span::between(None, None), &Filter::default(), 991), sorted);
    let low = arrived.iter().map(Row::time).min().unwrap();
    let width = (arrived.iter().map(Row::time).max().unwrap() - low).unsigned_abs() + 1;
    let moment = || low + i64::try_from(random.below(width)).unwrap();
    for _ in 0..4 {
        let (from, until) = (moment(), moment());
        let filter = Filter {
            user: (random.below(2) == 0).then(|| format!("user-{}", 2 * random.below(150))),
            door: (random.below(3) == 0).then(|| named("", random.below(60)).id.to_string()),
            event: (random.below(3) == 0).then_some(LogEvent::AccessDenied),
            key: None,
        };
        let wanted: Vec<Row> = sorted
            .iter()
            .filter(|row| (from..until).contains(&row.time()) && filter.takes(row))
            .cloned()
            .collect();
        assert_eq!(listed(book, Span::between(Some(from), Some(until)), &filter, 10), wanted);
        for by in SummaryBy::ALL {
            for (from, until) in [
                (Some(from.min(until)), Some(from.max(until))),
                (None, Some(until)),
                (Some(from), None),
                (None, None),
            ] {
                let asked = Asked { from, until, by: *by };
                assert_eq!(summarised(book, &asked), counted(arrived, &asked), "{asked:?}");
            }
        }
    }
}

#[test]
fn random_rows_late_doubled_and_undated() {
    for seed in 1..4 {
        let (store, random) = (Memory::default(), SeededRandom::new(seed));
        let (mut arrived, mut all): (Vec<Row>, Vec<Row>) = (Vec::new(), Vec::new());
        // Over the night in which summer time begins.
        let mut now = START + 20 * DAY;
        for round in 0..12 {
            let mut rows = Vec::new();
            for n in 0..random.below(1_200) {
                now += i64::try_from(random.below(400_000)).unwrap();
                let occurred = match random.below(20) {
                    0 => None,
                    1 => Some(now - i64::try_from(random.below(20 * DAY.unsigned_abs())).unwrap()),
                    2 => Some(now - now % 3_600_000),
                    _ => Some(now - i64::try_from(random.below(60_000)).unwrap()),
                };
                rows.push(row(&random, u128::from(round * 10_000 + n + 1), occurred, now));
            }
            all.extend(rows.iter().cloned());
            // Some come again, in the same answer or weeks later, some with another time of arrival.
            let new = rows.len();
            for _ in 0..random.below(200).min(all.len() as u64) {
                let again = &all[usize::try_from(random.below(all.len() as u64)).unwrap()];
                rows.push(Row { received_at: again.received_at + 5, ..again.clone() });
            }
            let mut book = open(&store);
            let offered = rows.len() as u64;
            arrived.extend(rows[..new].iter().cloned());
            let added = book.add(rows, format!("cursor {round}"), &format!("w{round}"), now).unwrap();
            assert_eq!(added, Added { pulled: new as u64, duplicates: offered - new as u64 });
            assert_eq!(open(&store).cursor(), Some(format!("cursor {round}").as_str()));
        }
        let mut book = open(&store);
        for row in arrived.iter().step_by(97) {
            assert!(book.contains(row.occurred_at, row.id).unwrap());
            assert!(!book.contains(row.occurred_at, Uuid::nil()).unwrap());
        }
        compare(&mut book, &arrived, &random);
        // Retention: what is older is gone everywhere, and nothing else.
        let cutoff = book.cutoff(20, now);
        let old = arrived.len();
        arrived.retain(|row| row.time() >= cutoff);
        assert!(!arrived.is_empty() && arrived.len() < old);
        assert_eq!(book.retain(20, "retention", now).unwrap(), (old - arrived.len()) as u64);
        assert_eq!(book.retain(20, "retention2", now).unwrap(), 0);
        compare(&mut open(&store), &arrived, &random);
        // Another zone in the settings: summaries read rows until the counts are made anew.
        let zone = TimeZone::named("America/New_York").unwrap();
        let mut book = Book::open(&space(&store), zone.clone()).unwrap();
        let asked = Asked { from: None, until: None, by: SummaryBy::Hour };
        let by_rows = book.summary(&asked, &|| false).unwrap();
        assert!(!book.recount("r", now, &|| true).unwrap());
        assert!(book.recount("r", now, &|| false).unwrap());
        let mut book = Book::open(&space(&store), zone).unwrap();
        assert!(!book.recount("r2", now, &|| false).unwrap());
        store.reads.set(0);
        assert_eq!(book.summary(&asked, &|| false).unwrap(), by_rows);
        assert!(store.reads.get() <= 3, "{}", store.reads.get());
    }
}

#[test]
fn a_death_at_every_write_of_a_pull() {
    let rows = |from: u128, count: u128, step: i64| -> Vec<Row> {
        let random = SeededRandom::new(u64::try_from(from).unwrap() + 9);
        (0..count)
            .map(|n| {
                let at = START + i64::try_from(n).unwrap() * step;
                row(&random, from + n, (n % 50 != 0).then_some(at), at + 1_000)
            })
            .collect()
    };
    let make = |store: &Memory| {
        let mut book = open(store);
        book.add(rows(1, 6_000, 60_000), "one".to_owned(), "w1", START).unwrap();
        store.writes.set(0);
    };
    let second = |store: &Memory, writer: &str| {
        // Some in between the first ones, some after them, some known.
        let mut new = rows(10_000, 5_000, 90_000);
        new.extend(rows(1, 100, 60_000));
        let mut book = open(store);
        book.add(new, "two".to_owned(), writer, START + DAY)
    };
    let state = |store: &Memory| {
        let mut book = open(store);
        let cursor = book.cursor().map(str::to_owned);
        let list = listed(&mut book, Span::between(None, None), &Filter::default(), 1_000);
        let days =
            book.summary(&Asked { from: None, until: None, by: SummaryBy::Person }, &|| false).unwrap();
        (cursor, fed(&mut book, 1_000), list, days)
    };
    let whole = Memory::default();
    make(&whole);
    let old = state(&whole);
    whole.writes.set(0);
    second(&whole, "w2").unwrap();
    let (writes, new) = (whole.writes.get(), state(&whole));
    assert_eq!((old.1.len(), new.1.len()), (6_000, 11_000));
    for at in 1..=writes {
        for after in [false, true] {
            let store = Memory::default();
            make(&store);
            store.dies.set(Some((at, after)));
            let outcome = second(&store, "w2");
            store.revive();
            let found = state(&store);
            assert!(found == old || found == new, "write {at} of {writes}, {after}");
            assert_eq!(found == new, at == writes && after, "the root's write is the commit");
            assert!(outcome.is_err());
            second(&store, "w3").unwrap();
            assert_eq!(state(&store).2, new.2, "write {at}, {after}");
            assert_eq!(state(&store).3, new.3, "write {at}, {after}");
        }
    }
}

#[test]
fn the_second_of_two_writers_is_told() {
    let store = Memory::default();
    let random = SeededRandom::new(3);
    let (mut one, mut two) = (open(&store), open(&store));
    one.add(vec![row(&random, 1, Some(START), START)], "a".to_owned(), "w1", START).unwrap();
    let late = two.add(vec![row(&random, 2, Some(START), START)], "b".to_owned(), "w2", START);
    assert_eq!(late.unwrap_err().into_problem().code, portal_api::Code::InProgress);
    assert_eq!((open(&store).cursor(), open(&store).count()), (Some("a"), 1));
}

/// Values that a call reads.
fn reads<T>(store: &Memory, read: impl FnOnce(&mut Book<'_>) -> T) -> (u64, T) {
    store.reads.set(0);
    let mut book = open(store);
    let value = read(&mut book);
    (store.reads.get(), value)
}

/// One day with 200,000 rows among quiet ones: no value grows beyond its limit (the store of the test looks), and
/// no page needs more reads than on another day.
#[test]
fn a_busy_day_is_like_any_other() {
    let (store, random) = (Memory::default(), SeededRandom::new(11));
    let mut id = 0;
    for day in 0..5 {
        let count = if day == 2 { 200_000 } else { 500 };
        let mut rows = Vec::with_capacity(count);
        for n in 0..count {
            id += 1;
            let at = START + day * DAY + i64::try_from(n).unwrap() * DAY / i64::try_from(count).unwrap();
            rows.push(row(&random, id, Some(at), at + 500));
            if rows.len() == 20_000 || n + 1 == count {
                let rows = std::mem::take(&mut rows);
                open(&store).add(rows, id.to_string(), &format!("w{id}"), at).unwrap();
            }
        }
    }
    let largest = store.values.borrow().values().map(Vec::len).max().unwrap();
    assert!(largest < 230_000, "{largest}");
    for hour in 0..5 * 24 {
        let until = START + hour * DAY / 24 + 17;
        let span = Span::between(Some(until - DAY), Some(until));
        let (count, page) = reads(&store, |book| book.by_time(span, &Filter::default(), 100, &|| false));
        assert!(count <= 7, "{count} values for a page at hour {hour}");
        assert!(page.unwrap().rows.len() == 100 || hour < 6);
        let (count, rows) = reads(&store, |book| book.by_arrival(hour * 1_600, 100).unwrap());
        assert!(count <= 7 && rows.0.len() == 100, "{count} values for the feed from row {}", hour * 1_600);
    }
    let asked = Asked { from: Some(START), until: Some(START + 5 * DAY), by: SummaryBy::Door };
    let (count, items) = reads(&store, |book| book.summary(&asked, &|| false).unwrap());
    assert!(count <= 4, "{count} values for the summary of whole days");
    let sum: u64 = items.iter().map(|item| item.granted + item.denied + item.other).sum();
    assert_eq!((sum, rollup::local(&helsinki(), START).1), (202_000, 0));
    let bytes: usize = store.values.borrow().values().map(Vec::len).sum();
    println!("202,000 rows in {} values, {} bytes a row", store.values.borrow().len(), bytes / 202_000);
}

#[test]
fn housekeeping_finds_what_a_dead_run_left() {
    let store = Memory::default();
    let random = SeededRandom::new(4);
    let rows = |from: u128| -> Vec<Row> {
        (from..from + 500).map(|n| row(&random, n, Some(START), START)).collect()
    };
    open(&store).add(rows(1), "a".to_owned(), "w1", START).unwrap();
    store.writes.set(0);
    store.dies.set(Some((4, true)));
    assert!(open(&store).add(rows(1_000), "b".to_owned(), "w2", START).is_err());
    store.revive();
    let names = || -> Vec<String> {
        let prefix = space(&store).prefix().to_owned();
        let names = store
            .values
            .borrow()
            .keys()
            .filter_map(|key| key.strip_prefix(&prefix))
            .map(str::to_owned)
            .collect::<Vec<_>>();
        names.into_iter().filter(|name| name.starts_with(PREFIX) && name != ROOT).collect()
    };
    let before = names();
    let orphans = |now: i64| {
        let names = before.iter().map(String::as_str).collect::<Vec<_>>();
        open(&store).orphans(&names, now).unwrap().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(orphans(START + DAY), Vec::<String>::new(), "the run may still be alive");
    let found = orphans(START + 2 * DAY);
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|name| name.contains("-w2-")), "{found:?}");
}
