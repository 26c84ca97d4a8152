//! What the portal reads of the access log: pages, the feed, files, summaries.

use std::{cell::Cell, rc::Rc, time::Duration};

use integration::{
    logs::{self, Named, Person, Row},
    state::{Registry, Space},
};
use portal_api::{Time, types::LogEvent};
use serde_json::{Value, json};
use simulator::Seed;
use uuid::Uuid;

use crate::support::{Response, SYSTEM, World};

const MINUTE: i64 = 60_000;

pub fn ms(text: &str) -> i64 {
    Time::parse(text).unwrap().millis()
}

fn world() -> World {
    World::set_up(&Seed { persons: 0, ..Seed::default() })
}

/// An entry at a door; `n` is who and where.
pub fn entry(n: u32, occurred: Option<i64>, received: i64) -> Row {
    let named = |kind: &str, n: u32| Named {
        id: Rc::from(Uuid::from_u128(u128::from(n % 7) + 1).to_string()),
        name: Rc::from(format!("{kind} {}", n % 7)),
    };
    Row {
        id: Uuid::from_u128(u128::from(n) + 0x1000),
        occurred_at: occurred,
        received_at: received,
        door: Some(named("Door", n)),
        key: Some(named("Key", n / 7)),
        person: Some(Person {
            name: Rc::from(format!("Person {}", n % 5)),
            user_id: (n % 5 < 3).then(|| Rc::from(format!("user{}", n % 5))),
            uncertain: occurred.is_none(),
        }),
        event: if n.is_multiple_of(4) { LogEvent::AccessDenied } else { LogEvent::AccessGranted },
        granted: Some(!n.is_multiple_of(4)),
        time_uncertain: false,
        error: None,
    }
}

/// Puts rows into the book as a pull does.
pub fn pulled(world: &World, rows: Vec<Row>) {
    thread_local!(static WRITER: Cell<u32> = const { Cell::new(0) });
    let writer = WRITER.replace(WRITER.get() + 1);
    let record = Registry::new(&world.store).get(SYSTEM).unwrap().unwrap();
    let space = Space::system(&world.store, SYSTEM, &record.incarnation);
    let zone = integration::zone::zone_of(&record.settings).unwrap();
    let mut book = logs::Book::open(&space, zone).unwrap();
    let now = iloq_client::io::Clock::now(&*world.clock).timestamp_millis();
    book.add(rows, String::new(), &format!("w{writer}"), now).unwrap();
}

/// One row in each minute from 08:00 on.
fn morning(world: &World, count: u32) {
    let start = ms("2026-11-24T08:00:00Z");
    pulled(world, (0..count).map(|n| entry(n, Some(start + i64::from(n) * MINUTE), start)).collect());
}

fn ids(body: &Value) -> Vec<u32> {
    let id = |row: &Value| Uuid::parse_str(row["id"].as_str().unwrap()).unwrap().as_u128();
    body["items"].as_array().unwrap().iter().map(|row| u32::try_from(id(row) - 0x1000).unwrap()).collect()
}

/// Every page of a list.
fn pages(world: &World, query: &str) -> Vec<Vec<u32>> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.get(&world.of(&format!("logs?{query}{cursor}"))).expect(200);
        all.push(ids(&page));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

fn asking(world: &World, path: &str, accept: &str) -> Response {
    world.call("GET", &world.of(path), &[("accept", accept)], None)
}

#[test]
fn the_list_is_newest_first_in_pages() {
    let world = world();
    assert_eq!(world.get(&world.of("logs")).expect(200), json!({ "items": [], "next": null }));
    morning(&world, 10);
    assert_eq!(pages(&world, "limit=4"), [vec![9, 8, 7, 6], vec![5, 4, 3, 2], vec![1, 0]]);
    assert_eq!(pages(&world, "limit=5"), [vec![9, 8, 7, 6, 5], vec![4, 3, 2, 1, 0]]);
    assert_eq!(pages(&world, "from=2026-11-24T08:03:00Z&until=2026-11-24T08:06:00Z"), [vec![5, 4, 3]]);
    let offsets = "from=2026-11-24T10:03:00%2B02:00&until=2026-11-24T10:06:00+02:00";
    assert_eq!(pages(&world, offsets), [vec![5, 4, 3]]);
    assert_eq!(pages(&world, "from=2026-11-24T08:03:00Z&limit=3"), [vec![9, 8, 7], vec![6, 5, 4], vec![3]]);
    assert_eq!(pages(&world, "until=2026-11-24T08:00:00Z"), [Vec::<u32>::new()]);
    assert_eq!(pages(&world, "user=user1"), [vec![6, 1]]);
    assert_eq!(pages(&world, "door=00000000-0000-0000-0000-000000000003"), [vec![9, 2]]);
    assert_eq!(pages(&world, "key=00000000-0000-0000-0000-000000000002&limit=2"), [vec![9, 8], vec![7]]);
    assert_eq!(pages(&world, "event=accessDenied"), [vec![8, 4, 0]]);
    assert_eq!(pages(&world, "event=other&user=nobody"), [Vec::<u32>::new()]);
    let row = &world.get(&world.of("logs?limit=1")).expect(200)["items"][0];
    let expected = json!({
        "id": "00000000-0000-0000-0000-000000001009", "occurredAt": "2026-11-24T08:09:00.000Z",
        "receivedAt": "2026-11-24T08:00:00.000Z",
        "door": { "id": "00000000-0000-0000-0000-000000000003", "name": "Door 2" },
        "key": { "id": "00000000-0000-0000-0000-000000000002", "name": "Key 1" },
        "person": { "name": "Person 4" }, "event": "accessGranted", "granted": true, "timeUncertain": false,
    });
    assert_eq!(row, &expected);
    // A row that came between two pages is not missed before, nor shown twice.
    let first = world.get(&world.of("logs?limit=4")).expect(200);
    pulled(&world, vec![entry(50, Some(ms("2026-11-24T08:08:30Z")), ms("2026-11-24T09:00:00Z"))]);
    let next = first["next"].as_str().unwrap();
    let second = world.get(&world.of(&format!("logs?limit=4&cursor={next}"))).expect(200);
    assert_eq!((ids(&first), ids(&second)), (vec![9, 8, 7, 6], vec![5, 4, 3, 2]));
}

#[test]
fn undated_rows_stand_where_they_arrived() {
    let world = world();
    morning(&world, 3);
    pulled(&world, vec![entry(77, None, ms("2026-11-24T08:01:30Z"))]);
    let list = world.get(&world.of("logs")).expect(200);
    assert_eq!(ids(&list), [2, 77, 1, 0]);
    let undated = &list["items"][1];
    assert_eq!((undated.get("occurredAt"), &undated["person"]["uncertain"]), (None, &json!(true)));
    assert_eq!(ids(&world.get(&world.of("logs?from=2026-11-24T08:01:30Z")).expect(200)), [2, 77]);
}

#[test]
fn the_feed_is_by_arrival_and_always_has_a_next() {
    let world = world();
    let empty = world.get(&world.of("logs/feed")).expect(200);
    assert_eq!(empty["items"], json!([]));
    let (day, start) = (24 * 60 * MINUTE, ms("2026-11-24T08:00:00Z"));
    // The second came a week late.
    pulled(&world, vec![entry(1, Some(start), start), entry(2, Some(start - 7 * day), start)]);
    pulled(&world, vec![entry(3, Some(start - day), start + 1), entry(1, Some(start), start + 1)]);
    let feed = |query: &str| world.get(&world.of(&format!("logs/feed?{query}"))).expect(200);
    let after = |page: &Value| format!("after={}", page["next"].as_str().unwrap());
    assert_eq!(ids(&feed(&after(&empty))), [1, 2, 3]);
    let first = feed("limit=2");
    let second = feed(&format!("limit=2&{}", after(&first)));
    let third = feed(&after(&second));
    assert_eq!((ids(&first), ids(&second), ids(&third)), (vec![1, 2], vec![3], vec![]));
    assert_eq!(third["next"], second["next"]);
    pulled(&world, vec![entry(4, Some(start), start + 2)]);
    assert_eq!(ids(&feed(&after(&third))), [4]);
}

#[test]
fn wrong_parameters_are_named() {
    let world = world();
    let list_cursor = {
        morning(&world, 3);
        world.get(&world.of("logs?limit=1")).expect(200)["next"].as_str().unwrap().to_owned()
    };
    for (path, pointer) in [
        ("logs?event=opened".to_owned(), "?event"),
        ("logs?door=front".to_owned(), "?door"),
        ("logs?key=7".to_owned(), "?key"),
        ("logs?user=a/b".to_owned(), "?user"),
        ("logs?from=yesterday".to_owned(), "?from"),
        ("logs?from=2026-11-24T08:00:01Z&until=2026-11-24T08:00:00Z".to_owned(), "?until"),
        ("logs?limit=1001".to_owned(), "?limit"),
        ("logs?cursor=x".to_owned(), "?cursor"),
        ("logs?after=x".to_owned(), "?after"),
        (format!("logs/feed?after={list_cursor}"), "?after"),
        ("logs/feed?from=2026-11-24T08:00:01Z".to_owned(), "?from"),
        ("logs/summary?by=week".to_owned(), "?by"),
        ("logs/summary?by=hour&until=2026-11-24T08:00:01Z".to_owned(), "?from"),
        ("logs/summary?by=hour&from=2026-10-01T00:00:00Z&until=2026-11-24T08:00:01Z".to_owned(), "?until"),
    ] {
        let answer = world.get(&world.of(&path));
        assert_eq!(answer.code(), "invalid-request", "{path}: {:#}", answer.body);
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{path}");
    }
    for path in ["logs", "logs/feed"] {
        let answer = asking(&world, path, "text/html");
        assert_eq!((answer.status, answer.code()), (406, "not-acceptable"), "{path}");
    }
}

#[test]
fn rows_as_lines_and_as_csv() {
    let world = world();
    let start = ms("2026-11-24T08:00:00Z");
    let odd = Row {
        door: Some(Named {
            id: Rc::from("7c9e6679-7425-40de-944b-e07fc1f90ae7"),
            name: Rc::from("=cmd|' /C calc'!A0"),
        }),
        key: None,
        person: Some(Person {
            name: Rc::from("Berg, \"Anna\"\nÅsa"),
            user_id: Some(Rc::from("anna")),
            uncertain: false,
        }),
        granted: None,
        error: Some(Rc::from("@battery")),
        event: LogEvent::Other,
        ..entry(1, Some(start), start + 250)
    };
    let bare = Row { door: None, person: None, ..entry(0, None, start - MINUTE) };
    pulled(&world, vec![odd, bare]);
    let csv = asking(&world, "logs", "text/csv");
    assert_eq!((csv.status, csv.whole), (200, true));
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(
        String::from_utf8(csv.bytes).unwrap(),
        "id,occurredAt,receivedAt,doorId,doorName,keyId,keyName,personName,userId,personUncertain,event,granted,timeUncertain,error\r\n\
         00000000-0000-0000-0000-000000001001,2026-11-24T08:00:00.000Z,2026-11-24T08:00:00.250Z,7c9e6679-7425-40de-944b-e07fc1f90ae7,'=cmd|' /C calc'!A0,,,\"Berg, \"\"Anna\"\"\nÅsa\",anna,false,other,,false,'@battery\r\n\
         00000000-0000-0000-0000-000000001000,,2026-11-24T07:59:00.000Z,,,00000000-0000-0000-0000-000000000001,Key 0,,,,accessDenied,false,false,\r\n"
    );
    let list = world.get(&world.of("logs")).expect(200);
    let lines = asking(&world, "logs", "application/x-ndjson");
    assert_eq!(lines.header("content-type"), Some("application/x-ndjson"));
    let rows: Vec<Value> = std::str::from_utf8(&lines.bytes)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(json!(rows), list["items"]);
    // Nothing found: a header line, and no line.
    let none = asking(&world, "logs?user=nobody", "text/csv");
    assert_eq!(none.bytes.iter().filter(|byte| **byte == b'\n').count(), 1);
    assert_eq!(asking(&world, "logs?user=nobody", "application/x-ndjson").bytes, b"");
}

#[test]
fn files_in_pages_say_where_the_next_one_is() {
    let world = world();
    morning(&world, 10);
    let rows = |answer: &Response| answer.bytes.iter().filter(|byte| **byte == b'\n').count() - 1;
    let mut path = world.of("logs?limit=4&user=user0&event=accessGranted");
    let mut counts = Vec::new();
    loop {
        let page = world.call("GET", &path, &[("accept", "text/csv")], None);
        counts.push(rows(&page));
        let Some(link) = page.header("link") else { break };
        let (target, relation) = link.split_once('>').unwrap();
        assert_eq!(relation, "; rel=\"next\"");
        target.trim_start_matches('<').clone_into(&mut path);
        assert!(path.contains("user=user0") && path.matches("cursor=").count() == 1, "{path}");
    }
    assert_eq!(counts.iter().sum::<usize>(), 1);
    // The feed as a file always says where to come back to.
    let all = asking(&world, "logs/feed", "text/csv");
    assert_eq!((rows(&all), all.whole), (10, true));
    pulled(&world, vec![entry(90, Some(0), 0)]);
    let next = all.header("link").unwrap().split(['<', '>']).nth(1).unwrap().to_owned();
    let more = world.call("GET", &next, &[("accept", "text/csv")], None);
    assert_eq!(rows(&more), 1);
    let page = asking(&world, "logs/feed?limit=3", "application/x-ndjson");
    assert_eq!(page.bytes.iter().filter(|byte| **byte == b'\n').count(), 3);
    assert!(page.header("link").is_some());
}

/// 30,000 rows: the same in a file as in pages, and never more than a leaf of them in memory.
#[test]
fn a_long_file_comes_in_pieces() {
    let world = world();
    let start = ms("2026-06-01T00:00:00Z");
    for part in 0..3 {
        let rows = part * 10_000..(part + 1) * 10_000;
        pulled(&world, rows.map(|n| entry(n, Some(start + i64::from(n) * MINUTE), start)).collect());
    }
    for accept in ["text/csv", "application/x-ndjson"] {
        for path in ["logs", "logs/feed"] {
            let file = asking(&world, path, accept);
            assert!(file.whole && file.pieces.len() > 10, "{} pieces", file.pieces.len());
            let largest = file.pieces.iter().max().unwrap();
            assert!(*largest < 1_500_000, "{largest}");
            let lines = file.bytes.iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(lines, 30_000 + usize::from(accept == "text/csv"), "{path} as {accept}");
        }
    }
    let file = asking(
        &world,
        "logs?user=user2&from=2026-06-03T00:00:00Z&until=2026-06-05T00:00:00Z",
        "application/x-ndjson",
    );
    assert_eq!(file.bytes.iter().filter(|byte| **byte == b'\n').count(), 2 * 24 * 60 / 5);
}

/// A file that could not be sent to its end must not look as if it had been.
#[test]
fn a_file_that_is_cut_is_broken_off() {
    let world = world();
    let start = ms("2026-06-01T00:00:00Z");
    pulled(&world, (0..20_000).map(|n| entry(n, Some(start + i64::from(n) * MINUTE), start)).collect());
    let clock = Rc::clone(&world.clock);
    *world.store.before_reads.borrow_mut() = Some(Box::new(move || clock.advance(Duration::from_secs(5))));
    for path in ["logs", "logs/feed"] {
        let file = asking(&world, path, "text/csv");
        assert_eq!((file.status, file.whole), (200, false), "{path}");
        assert!(!file.pieces.is_empty());
    }
    *world.store.before_reads.borrow_mut() = None;
    let log = world.log.borrow();
    assert_eq!(log.iter().filter(|line| line.contains("answer_broken_off")).count(), 2, "{log:#?}");
}

/// How many values a page reads at most, in a log of `count` rows of which the `n`th happened at `at(n)`: each page reads
/// the settings, the root, a node and one or two leaves, wherever it is.
#[expect(clippy::print_stdout, reason = "figures of a test")]
fn most_read(what: &str, count: u32, at: impl Fn(u32) -> i64) -> u64 {
    let world = world();
    for part in 0..count.div_ceil(20_000) {
        let rows = (part * 20_000..count.min((part + 1) * 20_000)).map(|n| {
            // Every 50th is some hours late.
            let late = if n.is_multiple_of(50) { n.min(500) } else { 0 };
            entry(n, Some(at(n - late)), at(n))
        });
        pulled(&world, rows.collect());
    }
    let (mut most, mut cursor, mut after) = (0, String::new(), String::new());
    let mut read = |path: String| {
        let reads = world.store.reads.get();
        let page = world.get(&world.of(&path)).expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), 100, "{what}: {path}");
        most = most.max(world.store.reads.get() - reads);
        page["next"].as_str().unwrap().to_owned()
    };
    for step in 1..40 {
        let until = Time::from_millis(at(count / 40 * step) + 1);
        if step > 1 && at(count / 40 * step) - at(0) > 1_000 {
            read(format!("logs?until={until}"));
        }
        cursor = format!("&cursor={}", read(format!("logs?limit=100{cursor}")));
        after = format!("&after={}", read(format!("logs/feed?limit=100{after}")));
    }
    let bytes: usize = world.store.snapshot().values().map(Vec::len).sum();
    println!("{what}, {count} rows, {} bytes a row: at most {most} values read", bytes / count as usize);
    most
}

/// `ROWS` makes the log longer: the levels stay the same up to millions of rows.
#[test]
fn a_page_reads_at_most_eight_values() {
    let count = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(100_000_u32);
    let (start, hour) = (ms("2026-03-02T08:00:00Z"), 60 * MINUTE);
    let spread = |over: i64| move |n: u32| start + over * i64::from(n) / i64::from(count);
    let shapes: [(&str, i64); 4] =
        [("two months", 60 * 24 * hour), ("one day", 14 * hour), ("one hour", hour), ("one second", 1_000)];
    for (what, over) in shapes {
        let most = most_read(what, count, spread(over));
        assert!(most <= 8, "{what}: {most}");
    }
}

#[test]
fn summaries_follow_the_wall_clock() {
    let world = world();
    // A row at half past each hour of the two days on which the clock changes.
    let (spring, autumn) = (ms("2026-03-28T22:00:00Z"), ms("2026-10-24T21:00:00Z"));
    let half_past = |from: i64, hours: u32, first: u32| {
        (0..hours)
            .map(move |n| entry(first + n, Some(from + i64::from(n) * 60 * MINUTE + 30 * MINUTE), from))
            .collect()
    };
    pulled(&world, half_past(spring, 23, 0));
    pulled(&world, half_past(autumn, 25, 100));
    let summary = |query: &str| -> Vec<(String, u64)> {
        let answer = world.get(&world.of(&format!("logs/summary?{query}"))).expect(200);
        let count = |item: &Value, name: &str| item[name].as_u64().unwrap();
        let items = answer["items"].as_array().unwrap().iter();
        items
            .map(|item| {
                let sum = count(item, "granted") + count(item, "denied") + count(item, "other");
                (item["bucket"].as_str().unwrap().to_owned(), sum)
            })
            .collect()
    };
    let days = [("2026-03-29".to_owned(), 23), ("2026-10-25".to_owned(), 25)];
    assert_eq!(summary(""), days);
    assert_eq!(summary("by=day&from=2026-03-28T22:00:00Z&until=2026-10-25T22:00:00Z"), days);
    let hours = summary("by=hour&from=2026-03-28T22:00:00Z&until=2026-03-29T21:00:00Z");
    assert_eq!(hours.len(), 23);
    assert!(hours.iter().all(|(hour, count)| *count == 1 && hour != "2026-03-29T03"));
    assert_eq!((hours[2].0.as_str(), hours[3].0.as_str()), ("2026-03-29T02", "2026-03-29T04"));
    let hours = summary("by=hour&from=2026-10-24T21:00:00Z&until=2026-10-25T22:00:00Z");
    assert_eq!(hours.len(), 24);
    assert_eq!(
        hours.iter().filter(|(_, count)| *count == 2).collect::<Vec<_>>(),
        [&("2026-10-25T03".to_owned(), 2)]
    );
    // Parts of days count rows.
    assert_eq!(
        summary("from=2026-10-25T00:00:00Z&until=2026-10-25T02:30:00Z"),
        [("2026-10-25".to_owned(), 2)]
    );
    let doors = world.get(&world.of("logs/summary?by=door")).expect(200);
    assert_eq!(doors["items"].as_array().unwrap().len(), 7);
    let first = &doors["items"][0];
    assert!(first["label"].as_str().unwrap().starts_with("Door ") && first["other"] == 0, "{first}");
    let persons: Vec<String> = summary("by=person").into_iter().map(|(bucket, _)| bucket).collect();
    assert!(
        persons.contains(&"user0".to_owned()) && persons.contains(&"name:Person 4".to_owned()),
        "{persons:?}"
    );
}

#[test]
fn housekeeping_erases_rows_that_are_too_old() {
    let world = world();
    let mut settings = crate::support::settings();
    settings["logs"] = json!({ "retentionDays": 30 });
    world.put(&format!("/v1/systems/{SYSTEM}"), settings).expect(200);
    let day = 24 * 60 * MINUTE;
    let now = ms("2026-11-24T08:00:00Z");
    let rows = (0..40).map(|n| entry(n, Some(now - i64::from(40 - n) * day), now - i64::from(40 - n) * day));
    pulled(&world, rows.collect());
    let feed = world.get(&world.of("logs/feed?limit=5")).expect(200);
    let after = feed["next"].as_str().unwrap();
    let newer = world.get(&world.of("logs/feed?limit=15")).expect(200);
    let tidied = world.post("/v1/jobs/housekeeping", json!({})).expect(200);
    assert_eq!(tidied["systems"][0]["counts"]["erased"], 10, "{tidied:#}");
    // The day that is cut begins at the wall clock's midnight.
    assert_eq!(pages(&world, "limit=1000"), [(10..40).rev().collect::<Vec<_>>()]);
    assert_eq!(world.get(&world.of(&format!("logs/feed?after={after}"))).code(), "cursor-expired");
    let next = newer["next"].as_str().unwrap();
    assert_eq!(ids(&world.get(&world.of(&format!("logs/feed?after={next}"))).expect(200))[0], 15);
    assert_eq!(ids(&world.get(&world.of("logs/feed")).expect(200)), (10..40).collect::<Vec<_>>());
    let days = world.get(&world.of("logs/summary")).expect(200);
    assert_eq!(days["items"].as_array().unwrap().len(), 30);
    let tidied = world.post("/v1/jobs/housekeeping", json!({})).expect(200);
    assert_eq!(tidied["systems"][0]["counts"]["erased"], 0, "{tidied:#}");
}
