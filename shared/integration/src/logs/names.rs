//! Names for rows: doors from the structure, holders and keys from iLOQ's third call (`POST LockLogs`), which tells
//! the holder at that time, but at most for 2,000 rows at once.

use chrono::{DateTime, Utc};
use futures::future::join_all;
use iloq_client::IloqApi;
use iloq_model::{DateText, KeyId, LockId, LogKey, LogKeyOptions, LogRow, LogSearch};
use portal_api::types::{Door, LogNames};
use uuid::Uuid;

use super::{
    Named, Person, Row, Text,
    arrived::{Arrived, Texts, event},
    holders::{Holders, called},
};
use crate::{platform::Platform, problem::Stop, structure::StructureStore, system::System};

/// Rows that are named at once: iLOQ answers with at most 2,000, and a few others may lie between them.
pub const AT_ONCE: usize = 1_990;

/// Requests for names that are under way together.
pub const SIDE_BY_SIDE: usize = 4;

/// Requests for the names of [`AT_ONCE`] rows, at most; whoever has no name then gets the holder of today.
const MOST_REQUESTS: usize = 64;
/// A row that took longer from the lock to iLOQ is late, and is looked for by itself.
const PROMPT: i64 = 5 * 60_000;

/// What iLOQ says of one row.
struct Told {
    person: Option<Text>,
    is_uncertain: bool,
    key_name: Option<Text>,
}

/// Rows that are asked for together, and the place of the chunk that they are of.
type Group<'r> = (usize, Vec<&'r Arrived>);

/// How far names were asked for.
pub struct Asked {
    /// So many chunks from the first one on have what iLOQ says of them.
    pub chunks: usize,
    /// What the next chunk failed of.
    pub failure: Option<Stop>,
}

/// Gives rows their names.
pub struct Names<'s, 'a, P: Platform> {
    mode: LogNames,
    doors: Vec<(Text, Text)>,
    holders: Holders<'s, 'a, P>,
    /// By the rows' ids.
    told: Vec<(Uuid, Told)>,
}

impl<'s, 'a, P: Platform> Names<'s, 'a, P> {
    /// Reads the doors' names.
    ///
    /// # Errors
    /// The store's failure.
    pub fn read(system: &'s System<'a, P>, texts: &mut Texts) -> Result<Self, Stop> {
        let (doors, _) = StructureStore::new(&system.space).scan::<Door>(None, usize::MAX, |_| true)?;
        let mut doors: Vec<_> = doors.iter().map(|door| (texts.of(&door.id), texts.of(&door.name))).collect();
        doors.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mode = system.record.settings.logs.names;
        Ok(Self { mode, doors, holders: Holders::new(system), told: Vec::new() })
    }

    /// The ids of the doors that are known.
    pub fn doors(&self) -> Vec<LockId> {
        self.doors.iter().filter_map(|(id, _)| id.parse().ok()).collect()
    }

    /// Forgets what iLOQ said of the rows of an earlier window.
    pub fn next_window(&mut self) {
        self.told.clear();
    }

    /// The rows of a chunk that was asked for, with their names, in the same order.
    ///
    /// # Errors
    /// iLOQ's or the store's error.
    pub async fn of(
        &mut self,
        api: &impl IloqApi,
        rows: &[&Arrived],
        texts: &mut Texts,
    ) -> Result<Vec<Row>, Stop> {
        let mut unclear = Vec::new();
        for row in rows {
            let Some(key) = row.key else { continue };
            let is_unclear = match self.told(row).map(|told| told.person.clone()) {
                Some(Some(name)) => self.holders.is_ambiguous(&name, key, texts)?,
                Some(None) => false,
                None => true,
            };
            if is_unclear {
                unclear.push(key);
            }
        }
        self.holders.look(api, unclear, texts).await?;
        rows.iter().map(|row| self.row(row, texts)).collect()
    }

    /// What iLOQ told of a row; of an undated row it can't tell who held the key then.
    fn told(&self, row: &Arrived) -> Option<&Told> {
        row.occurred_at?;
        let place = self.told.binary_search_by(|(id, _)| id.cmp(&row.id)).ok()?;
        Some(&self.told[place].1)
    }

    fn is_told(&self, row: &Arrived) -> bool {
        self.told(row).is_some()
    }

    fn row(&mut self, row: &Arrived, texts: &mut Texts) -> Result<Row, Stop> {
        let (happened, granted) = event(row.kind);
        let (mut time_uncertain, mut person, mut key_name) = (row.is_time_uncertain(), None, None);
        let told = self.told(row).map(|told| (told.person.clone(), told.is_uncertain, told.key_name.clone()));
        if let Some((name, uncertain, key)) = told {
            key_name = key;
            time_uncertain |= uncertain;
            if let Some(name) = name {
                let user_id = self.holders.user_called(&name, row.key, texts)?;
                person = Some(Person { name, user_id, uncertain });
            }
        } else if let Some(key) = row.key {
            let today = self.holders.today(key);
            key_name = today.name;
            // With the names of today a dated row is not more uncertain than was asked for.
            let uncertain = self.mode == LogNames::Iloq || row.occurred_at.is_none();
            person = today.holder.map(|holder| Person {
                name: holder.name,
                user_id: Some(holder.user),
                uncertain,
            });
        }
        Ok(Row {
            id: row.id,
            occurred_at: row.occurred_at,
            received_at: row.received_at,
            door: row.lock.map(|lock| self.door(lock, row, texts)),
            key: row.key.map(|key| named_key(key, key_name, row, texts)),
            person,
            event: happened,
            granted,
            time_uncertain,
            error: row.error.clone(),
        })
    }

    fn door(&self, lock: LockId, row: &Arrived, texts: &mut Texts) -> Named {
        let id = texts.of(&lock.to_string());
        let known = self.doors.binary_search_by(|(known, _)| known.cmp(&id)).ok();
        let name = known.map(|place| Text::clone(&self.doors[place].1)).or_else(|| row.place.clone());
        Named { name: name.unwrap_or_else(|| Text::clone(&id)), id }
    }

    /// Asks iLOQ for the names of `chunks`, as few times as it takes. Each chunk has at most [`AT_ONCE`] rows.
    pub async fn ask(&mut self, api: &impl IloqApi, chunks: &[Vec<&Arrived>], texts: &mut Texts) -> Asked {
        let mut waiting: Vec<Group<'_>> = Vec::new();
        if self.mode == LogNames::Iloq {
            for (place, chunk) in chunks.iter().enumerate().rev() {
                waiting.extend(groups(chunk).map(|group| (place, group)));
            }
        }
        let mut left = MOST_REQUESTS * chunks.len();
        loop {
            let mut asked: Vec<Group<'_>> = Vec::new();
            while asked.len() < SIDE_BY_SIDE.min(left)
                && let Some((place, mut rows)) = waiting.pop()
            {
                rows.retain(|row| !self.is_told(row));
                if !rows.is_empty() {
                    asked.push((place, rows));
                }
            }
            if asked.is_empty() {
                return Asked { chunks: chunks.len(), failure: None };
            }
            left -= asked.len();
            let searches = asked.iter().map(|(_, rows)| {
                let search = search(rows);
                async move { api.search_log(&search).await }
            });
            let answers = join_all(searches).await;
            let (mut failure, mut failed) = (None, chunks.len());
            for ((place, mut rows), answer) in asked.into_iter().zip(answers) {
                let count = rows.len();
                match answer {
                    Ok(answer) => {
                        let is_whole = answer.total.is_none_or(|total| total as usize <= answer.rows.len());
                        self.learn(&answer.rows, texts);
                        rows.retain(|row| !self.is_told(row));
                        // A row that a whole answer lacks is hidden from the API user. A single one among too many
                        // is given up.
                        if !is_whole && !rows.is_empty() && count > 1 {
                            let rest = second_half(&mut rows);
                            waiting.extend([(place, rows), (place, rest)]);
                        }
                    }
                    Err(error) => {
                        failed = failed.min(place);
                        failure = Some(error.into());
                    }
                }
            }
            if failure.is_some() {
                let first = waiting.iter().map(|(place, _)| *place).fold(failed, usize::min);
                return Asked { chunks: first, failure };
            }
        }
    }

    /// Notes what iLOQ says of rows.
    pub fn learn(&mut self, rows: &[LogRow], texts: &mut Texts) {
        self.told.extend(rows.iter().map(|row| (*row.id.as_uuid(), told(row.key.as_ref(), texts))));
        self.told.sort_by_key(|(one, _)| *one);
        self.told.dedup_by(|next, kept| next.0 == kept.0);
    }
}

/// The rows of a chunk that iLOQ can name a holder for. Late rows are old: one of them among prompt ones would stretch
/// the time that is asked for over weeks.
fn groups<'r>(chunk: &[&'r Arrived]) -> impl Iterator<Item = Vec<&'r Arrived>> + use<'r> {
    let rows = chunk.iter().copied().filter(|row| row.occurred_at.is_some() && row.key.is_some());
    let arrivals = rows.clone().map(|row| row.received_at);
    let span = arrivals.clone().max().unwrap_or(0) - arrivals.min().unwrap_or(0);
    let is_late = |row: &&Arrived| row.received_at - row.occurred_at.unwrap_or(0) > PROMPT.max(span);
    let (late, prompt): (Vec<_>, Vec<_>) = rows.partition(is_late);
    [late, prompt].into_iter()
}

fn told(key: Option<&LogKey>, texts: &mut Texts) -> Told {
    let mut text = |text: Option<&str>| text.map(str::trim).filter(|t| !t.is_empty()).map(|t| texts.of(t));
    Told {
        person: text(key.and_then(|key| key.person_name.as_deref())),
        is_uncertain: key
            .and_then(|key| key.options)
            .is_some_and(|options| options.contains(LogKeyOptions::HOLDER_UNCERTAIN)),
        key_name: text(key.and_then(|key| called(&key.description, &key.stamp))),
    }
}

fn named_key(key: KeyId, name: Option<Text>, row: &Arrived, texts: &mut Texts) -> Named {
    let id = texts.of(&key.to_string());
    let name = name.or_else(|| row.key_number.clone()).unwrap_or_else(|| Text::clone(&id));
    Named { id, name }
}

/// The rows by time, and the later half of them taken off; rows of one moment are parted by their keys.
fn second_half<'r>(rows: &mut Vec<&'r Arrived>) -> Vec<&'r Arrived> {
    rows.sort_by(|one, other| {
        (one.occurred_at, one.key, one.id).cmp(&(other.occurred_at, other.key, other.id))
    });
    rows.split_off(rows.len() / 2)
}

/// The search that finds `rows`, and as little else as may be. Whether iLOQ takes the bounds in or not is not
/// documented, so they are a little wider.
fn search(rows: &[&Arrived]) -> LogSearch {
    let times = rows.iter().filter_map(|row| row.occurred_at);
    let bound = |at: Option<i64>, by: i64| {
        at.and_then(|at| DateTime::<Utc>::from_timestamp_millis(at.saturating_add(by))).map(DateText::from)
    };
    let mut keys: Vec<KeyId> = rows.iter().filter_map(|row| row.key).collect();
    keys.sort();
    keys.dedup();
    let mut locks: Vec<LockId> = rows.iter().filter_map(|row| row.lock).collect();
    let by_lock = locks.len() == rows.len();
    locks.sort();
    locks.dedup();
    let (from, until) = (bound(times.clone().min(), -1), bound(times.max(), 2));
    if by_lock && locks.len() < keys.len() {
        LogSearch { lock_ids: locks, from, until, ..LogSearch::default() }
    } else {
        LogSearch { key_ids: keys, from, until, ..LogSearch::default() }
    }
}
