//! The figures, as a Markdown table.

use std::{fmt::Write, time::Duration};

use crate::{Row, Sample, measure::spread};

const HEAD: [&str; 7] =
    ["job", "functions: min / median", "requests", "peer: min / median", "requests", "factor", "wire alone"];

/// All rows, with columns of even width.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut lines = vec![HEAD.map(str::to_owned)];
    lines.extend(rows.iter().map(line));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 7] = std::array::from_fn(width);
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        let cells = line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {} |", cells.collect::<Vec<_>>().join(" | "));
        if number == 0 {
            let rule = widths.map(|width| "-".repeat(width + 2));
            let _ = writeln!(text, "|{}|", rule.join("|"));
        }
    }
    text
}

/// A row's cells. The factor is that of the medians.
#[must_use]
pub fn line(row: &Row) -> [String; 7] {
    let times = |samples: &[Sample]| spread(samples.iter().map(|sample| sample.took));
    let (ours, peer) = (times(&row.ours), times(&row.peer));
    let factor = match (ours, peer) {
        (Some((_, ours)), Some((_, peer))) => format!("{:.1}", peer.as_secs_f64() / ours.as_secs_f64()),
        _ => String::new(),
    };
    [
        row.job.clone(),
        both(ours, row.rows),
        requests(&row.ours),
        both(peer, row.rows),
        requests(&row.peer),
        factor,
        spread(row.wire.iter().copied()).map(|(_, median)| told(median)).unwrap_or_default(),
    ]
}

fn both(times: Option<(Duration, Duration)>, rows: Option<u32>) -> String {
    let Some((least, median)) = times else { return String::new() };
    let rate = rows.map(|rows| format!(", {:.0} rows/s", f64::from(rows) / median.as_secs_f64()));
    format!("{} / {}{}", told(least), told(median), rate.unwrap_or_default())
}

fn told(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1.0 { format!("{:.1} ms", seconds * 1000.0) } else { format!("{seconds:.2} s") }
}

/// As a rule the same in each run.
fn requests(samples: &[Sample]) -> String {
    let all = || samples.iter().map(|sample| sample.requests);
    match (all().min(), all().max()) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) => format!("{least}–{most}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_the_least_the_median_and_the_factor() {
        let samples = |times: &[u64]| -> Vec<Sample> {
            times.iter().map(|ms| Sample { took: Duration::from_millis(*ms), requests: 7 }).collect()
        };
        let mut row = Row::new("job");
        (row.ours, row.peer) = (samples(&[300, 100, 200]), samples(&[5_000, 4_000, 6_000]));
        row.wire = vec![Duration::from_millis(50)];
        assert_eq!(
            line(&row),
            ["job", "100.0 ms / 200.0 ms", "7", "4.00 s / 5.00 s", "7", "25.0", "50.0 ms"].map(str::to_owned)
        );
        assert_eq!(line(&row.of_rows(1_000))[1], "100.0 ms / 200.0 ms, 5000 rows/s");
    }
}
