//! Which part of iLOQ's audit trail is asked for next: windows of arrival time, without a gap, each with about as many
//! rows as are worth one request. iLOQ has no pages there, so a window that is too large has to be asked for in parts.

/// Rows that a window should have: ten full requests for names.
pub const AIM: i64 = 19_900;

/// Before this iLOQ had no audit trail of this kind: where a pull from the beginning begins (2000-01-01).
const BEGINNING: i64 = 946_684_800_000;
const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;
/// How far the last window reaches beyond this clock: iLOQ's may be ahead of it.
const AHEAD: i64 = HOUR;
/// How far back the next pull looks again: rows of the last moments may still appear with an older time of arrival.
const BEHIND: i64 = HOUR;
/// The same in rows, where they are dense: looking again must not cost a request.
const BEHIND_ROWS: usize = 2_000;
/// How much longer a window may be than the one before it.
const GROWTH: i64 = 8;

/// How far the log is pulled: kept with the rows, in one write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Where the next window begins: what arrived before is here.
    pub from: i64,
    /// The latest arrival that was seen.
    pub last: i64,
    /// The arrival of the row that came 2,000 rows before the last one: nobody looks further back again.
    floor: i64,
    /// The length of the next window; 0: nothing is known yet of how dense the rows are.
    length: i64,
    /// Up to here a window was too large.
    wall: i64,
    /// Everything that had arrived by then (on this clock) is here.
    pub until: i64,
}

/// All times in milliseconds since 1970.
impl Progress {
    /// Nothing is pulled yet.
    pub fn begin(from: Option<i64>) -> Self {
        let from = from.unwrap_or(BEGINNING);
        Self { from, last: i64::MIN, floor: i64::MIN, length: 0, wall: i64::MIN, until: from }
    }

    /// From the book's cursor; `None` if it is of another kind than this release writes.
    pub fn read(cursor: &str) -> Option<Self> {
        let mut parts = cursor.strip_prefix("1 ")?.split(' ').map(|part| part.parse().ok());
        let mut next = || parts.next().flatten();
        let (from, last, floor) = (next()?, next()?, next()?);
        Some(Self { from, last, floor, length: next()?, wall: next()?, until: next()? })
    }

    /// As the book's cursor.
    pub fn write(&self) -> String {
        let Self { from, last, floor, length, wall, until } = self;
        format!("1 {from} {last} {floor} {length} {wall} {until}")
    }

    /// Whether nothing is known of the rows yet, so that it is worth asking how many there are.
    pub fn is_new(&self) -> bool {
        self.length == 0 && self.last == i64::MIN
    }

    /// iLOQ says that there are `count` rows between the beginning and now; `dated`: the beginning is not a guess.
    pub fn expect(&mut self, count: u64, dated: bool, now: i64) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let whole = self.head(now).saturating_sub(self.from).max(1);
        if count <= AIM {
            self.length = whole;
        } else if dated {
            self.length = (whole / count.max(1)).saturating_mul(AIM).max(1);
        }
    }

    /// The end of the last window.
    fn head(&self, now: i64) -> i64 {
        now.max(self.last).max(self.from).saturating_add(AHEAD)
    }

    /// The next window.
    pub fn next(&self, now: i64) -> Window {
        let head = self.head(now);
        let rest = head - self.from;
        let walled = self.wall > self.from;
        let mut length = match self.length {
            // Nothing is known: three quarters of what is left, so that years of silence cost a few requests and
            // the rows, which are near the end, come in a window of moderate length.
            0 if rest <= DAY => rest,
            0 => rest / 4 * 3,
            known => known,
        };
        if walled {
            length = length.min((self.wall - self.from) / 2);
        }
        // No request for a small rest.
        let whole = !walled && length.saturating_add(length / 4) >= rest;
        let until = if whole { head } else { self.from + length.clamp(1, rest) };
        Window { from: self.from, until, is_last: until == head, now }
    }

    /// The same with a part of the next window: what arrived before `from` is here.
    pub fn so_far(&self, from: i64) -> Self {
        Self { from, ..self.clone() }
    }

    /// The window held more than an answer may, or took too long.
    pub fn too_large(&mut self, window: &Window) {
        self.wall = window.until;
        self.length = (window.length() / 4).max(1);
    }

    /// The window was read: `seen` are the times of arrival of its rows, in order, of which the first `kept` are in
    /// the book now. `aim` is how many rows the next window should have, at most [`AIM`].
    pub fn advance(&mut self, window: &Window, seen: &[i64], kept: usize, aim: i64, recent: &mut Recent) {
        for at in &seen[..kept] {
            recent.push(*at);
            self.last = self.last.max(*at);
        }
        self.floor = recent.floor().unwrap_or(self.floor);
        if let Some(first) = seen.first() {
            self.wall = i64::MIN;
            let (span, rows) = ((window.until - first).max(1), i64::try_from(seen.len()).unwrap_or(i64::MAX));
            let dense = span.saturating_mul(aim) / rows;
            self.length = dense.clamp(1, window.length().saturating_mul(GROWTH).max(1));
        } else if self.length > 0 {
            self.length = self.length.saturating_mul(GROWTH).min(100 * 365 * DAY);
        }
        match seen.get(kept) {
            Some(next) => {
                self.from = *next;
                self.until = (*next).min(window.now);
            }
            None if window.is_last => {
                self.until = window.now;
                if self.last > i64::MIN {
                    // By iLOQ's clock, not by ours: that one may be wrong by any time.
                    self.from = self.last.saturating_sub(BEHIND).max(self.floor);
                }
            }
            None => {
                self.from = window.until;
                self.until = window.until.min(window.now);
            }
        }
        if self.wall <= self.from {
            self.wall = i64::MIN;
        }
    }
}

/// A window of arrival time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first millisecond in it.
    pub from: i64,
    /// The first millisecond after it.
    pub until: i64,
    /// Whether nothing can have arrived after it.
    pub is_last: bool,
    now: i64,
}

impl Window {
    /// How long it is.
    pub fn length(&self) -> i64 {
        self.until - self.from
    }
}

/// The times of arrival of the rows that came last.
#[derive(Default)]
pub struct Recent(std::collections::VecDeque<i64>);

impl Recent {
    fn push(&mut self, at: i64) {
        if self.0.len() == BEHIND_ROWS {
            self.0.pop_front();
        }
        self.0.push_back(at);
    }

    fn floor(&self) -> Option<i64> {
        self.0.front().copied().filter(|_| self.0.len() == BEHIND_ROWS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_000_000_000;
    const MOST: usize = 40_000;

    /// Pulls `rows` (times of arrival, in order); the windows that were read and those that were too large.
    fn pull(rows: &[i64], progress: &mut Progress, now: i64) -> (usize, usize, Vec<i64>) {
        let (mut read, mut too_large, mut pulled, mut recent) = (0, 0, Vec::new(), Recent::default());
        loop {
            assert!(read + too_large < 1_000, "no end: {progress:?}");
            let window = progress.next(now);
            let first = rows.partition_point(|at| *at < window.from);
            let seen = &rows[first..rows.partition_point(|at| *at < window.until)];
            if seen.len() > MOST && window.length() > 1 {
                too_large += 1;
                progress.too_large(&window);
                continue;
            }
            read += 1;
            pulled.extend_from_slice(seen);
            progress.advance(&window, seen, seen.len(), AIM, &mut recent);
            *progress = Progress::read(&progress.write()).unwrap();
            if window.is_last {
                return (read, too_large, pulled);
            }
        }
    }

    fn evenly(count: i64, over: i64) -> Vec<i64> {
        (0..count).map(|n| NOW - over + n * over / count).collect()
    }

    #[test]
    fn rows_that_arrive_evenly_cost_little_more_than_they_must() {
        for (count, over) in [
            (100_000, DAY),
            (100_000, 30 * DAY),
            (100_000, 365 * DAY),
            (1_000_000, 5 * 365 * DAY),
            (3_000_000, 8 * 365 * DAY),
            (400_000, 2 * DAY),
        ] {
            let rows = evenly(count, over);
            let (read, too_large, pulled) = pull(&rows, &mut Progress::begin(None), NOW);
            assert_eq!(pulled, rows);
            let must = rows.len() / 20_000 + rows.len() / 2_000;
            let names = rows.len().div_ceil(1_990);
            assert!(
                4 * (read + too_large + names) <= 5 * must,
                "{count} over {over}: {read} + {too_large} + {names}"
            );
        }
    }

    #[test]
    fn silence_costs_a_few_requests() {
        let (read, too_large, _) = pull(&[], &mut Progress::begin(None), NOW);
        assert!(read < 12 && too_large == 0, "{read}");
        let (read, _, pulled) = pull(&[NOW - 1000], &mut Progress::begin(None), NOW);
        assert!(read < 12 && pulled.len() == 1, "{read}");
    }

    #[test]
    fn bursts_between_silence() {
        let burst = |at: i64| (0..20_000).map(move |n| at + n * 150);
        let mut rows: Vec<i64> = (1..30).rev().flat_map(|week| burst(NOW - week * 7 * DAY)).collect();
        rows.extend(vec![NOW - DAY; 30_000]);
        let (read, too_large, pulled) = pull(&rows, &mut Progress::begin(None), NOW);
        assert_eq!(pulled, rows);
        assert!(read + too_large < 29 * 8, "{read} + {too_large}");
    }

    #[test]
    fn the_next_pull_looks_again_at_the_last_hour_but_not_at_many_rows() {
        let mut progress = Progress::begin(None);
        pull(&evenly(100, 10 * DAY), &mut progress, NOW);
        assert_eq!(progress.from, progress.last - HOUR);
        let again = pull(&evenly(100, 10 * DAY), &mut progress, NOW + DAY);
        assert_eq!((again.0, again.2.len(), progress.until), (1, 1, NOW + DAY));
        let mut progress = Progress::begin(None);
        pull(&evenly(100_000, HOUR), &mut progress, NOW);
        let again = pull(&evenly(100_000, HOUR), &mut progress, NOW);
        assert_eq!((again.0, again.2.len()), (1, BEHIND_ROWS));
    }

    #[test]
    fn a_clock_that_is_wrong_loses_nothing() {
        let mut rows = vec![NOW];
        let mut progress = Progress::begin(None);
        pull(&rows, &mut progress, NOW + 40 * HOUR);
        rows.push(NOW + 10);
        let (_, _, pulled) = pull(&rows, &mut progress, NOW - 40 * HOUR);
        assert!(pulled.contains(&(NOW + 10)));
    }

    #[test]
    fn a_cursor_of_another_kind_is_not_read() {
        for text in ["", "2 1 1 1 1 1 1", "1 1 1", "1 a b c d e f"] {
            assert_eq!(Progress::read(text), None, "{text}");
        }
    }
}
