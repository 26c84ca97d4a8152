//! Rows as JSON, as JSON lines and as CSV.

use std::{borrow::Cow, cmp::Reverse};

use mediatype::{
    MediaType, MediaTypeList, Name, ReadParams, media_type,
    names::{_STAR, APPLICATION},
};
use portal_api::{
    Code, Problem, Time,
    types::{LogEvent, LogNamed, LogPerson, LogRow},
};
use serde::Serialize;

use super::{Named, Row};

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One object with a page.
    Json,
    /// One object in each line.
    Lines,
    /// RFC 4180 with a header line.
    Csv,
}

/// The header line of the CSV form.
pub const CSV_HEADER: &str = "id,occurredAt,receivedAt,doorId,doorName,keyId,keyName,personName,userId,\
                              personUncertain,event,granted,timeUncertain,error\r\n";

impl Format {
    const ALL: [Self; 3] = [Self::Json, Self::Lines, Self::Csv];

    /// The form that the header `Accept` prefers: the one with the highest quality; of equal ones the one that is
    /// named more exactly, then the first of [`Self::ALL`]. JSON where there is no header.
    ///
    /// # Errors
    /// `not-acceptable` if it takes none of them.
    pub fn accepted(header: Option<&str>) -> Result<Self, Problem> {
        let Some(header) = header.filter(|header| !header.trim().is_empty()) else { return Ok(Self::Json) };
        // A range that can't be read asks for nothing.
        let ranges: Vec<MediaType<'_>> = MediaTypeList::new(header).flatten().collect();
        let mut best = (0.0, 0, None);
        for format in Self::ALL {
            let (quality, exactness) = wanted(&ranges, &format.media());
            if (quality, exactness) > (best.0, best.1) && quality > 0.0 {
                best = (quality, exactness, Some(format));
            }
        }
        best.2.ok_or_else(|| Problem::of(Code::NotAcceptable))
    }

    /// The media type, without parameters.
    fn media(self) -> MediaType<'static> {
        match self {
            Self::Json => media_type!(APPLICATION / JSON),
            Self::Lines => MediaType::new(APPLICATION, Name::new_unchecked("x-ndjson")),
            Self::Csv => media_type!(TEXT / CSV),
        }
    }

    /// The value of `Content-Type`.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Lines => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }

    /// What comes before the rows.
    #[must_use]
    pub fn head(self) -> &'static str {
        if self == Self::Csv { CSV_HEADER } else { "" }
    }
}

/// How much `ranges` want `media`, and how exactly they name it. Of several ranges that fit, the most exact one counts
/// (RFC 9110, 12.5.1).
fn wanted(ranges: &[MediaType<'_>], media: &MediaType<'_>) -> (f32, u8) {
    let exactness = |range: &MediaType<'_>| {
        if range.essence() == *media {
            3
        } else if range.subty == _STAR && range.ty == media.ty {
            2
        } else {
            u8::from(range.subty == _STAR && range.ty == _STAR)
        }
    };
    let fitting =
        ranges.iter().map(|range| (exactness(range), range)).filter(|(exactness, _)| *exactness > 0);
    fitting
        .min_by_key(|(exactness, _)| Reverse(*exactness))
        .map_or((0.0, 0), |(exactness, range)| (quality(range), exactness))
}

/// The parameter `q`; what is no quality counts as nothing.
fn quality(range: &MediaType<'_>) -> f32 {
    let Some(given) = range.params().find(|(name, _)| *name == "q") else { return 1.0 };
    given.1.as_str().parse().ok().filter(|quality| (0.0..=1.0).contains(quality)).unwrap_or(0.0)
}

/// Appends rows as lines. JSON rows are lines, too.
pub enum Lines<'o> {
    /// JSON.
    Json(&'o mut Vec<u8>),
    /// CSV; boxed, since it is much larger.
    Csv(Box<csv::Writer<&'o mut Vec<u8>>>),
}

impl<'o> Lines<'o> {
    /// Lines of `format` at the end of `out`; all of them are there when it is dropped.
    pub fn new(format: Format, out: &'o mut Vec<u8>) -> Self {
        match format {
            Format::Json | Format::Lines => Self::Json(out),
            Format::Csv => {
                let mut csv = csv::WriterBuilder::new();
                csv.has_headers(false).terminator(csv::Terminator::CRLF);
                Self::Csv(Box::new(csv.from_writer(out)))
            }
        }
    }

    /// One more row.
    pub fn write(&mut self, row: &Row) {
        // Writing to memory does not fail.
        match self {
            Self::Json(out) => {
                let _ = serde_json::to_writer(&mut **out, &view(row));
                out.push(b'\n');
            }
            Self::Csv(out) => {
                let _ = out.serialize(CsvRow::of(row));
            }
        }
    }
}

/// A row as the API shows it.
#[must_use]
pub fn view(row: &Row) -> LogRow {
    let named = |named: &Named| LogNamed { id: named.id.to_string(), name: named.name.to_string() };
    LogRow {
        id: row.id.to_string(),
        occurred_at: row.occurred_at.map(Time::from_millis),
        received_at: Time::from_millis(row.received_at),
        door: row.door.as_ref().map(named),
        key: row.key.as_ref().map(named),
        person: row.person.as_ref().map(|person| LogPerson {
            name: person.name.to_string(),
            user_id: person.user_id.as_deref().map(str::to_owned),
            uncertain: person.uncertain,
        }),
        event: row.event,
        granted: row.granted,
        time_uncertain: row.time_uncertain,
        error: row.error.as_deref().map(str::to_owned),
    }
}

/// A line of the CSV form, in the order of [`CSV_HEADER`].
#[derive(Serialize)]
struct CsvRow<'r> {
    id: String,
    occurred_at: Option<Time>,
    received_at: Time,
    door_id: Cow<'r, str>,
    door_name: Cow<'r, str>,
    key_id: Cow<'r, str>,
    key_name: Cow<'r, str>,
    person_name: Cow<'r, str>,
    user_id: Cow<'r, str>,
    person_uncertain: Option<bool>,
    event: LogEvent,
    granted: Option<bool>,
    time_uncertain: bool,
    error: Cow<'r, str>,
}

impl<'r> CsvRow<'r> {
    fn of(row: &'r Row) -> Self {
        let id = |named: &'r Option<Named>| inert(named.as_ref().map_or("", |named| &named.id));
        let name = |named: &'r Option<Named>| inert(named.as_ref().map_or("", |named| &named.name));
        let person = row.person.as_ref();
        Self {
            id: row.id.to_string(),
            occurred_at: row.occurred_at.map(Time::from_millis),
            received_at: Time::from_millis(row.received_at),
            door_id: id(&row.door),
            door_name: name(&row.door),
            key_id: id(&row.key),
            key_name: name(&row.key),
            person_name: inert(person.map_or("", |person| &person.name)),
            user_id: inert(person.and_then(|person| person.user_id.as_deref()).unwrap_or_default()),
            person_uncertain: person.map(|person| person.uncertain),
            event: row.event,
            granted: row.granted,
            time_uncertain: row.time_uncertain,
            error: inert(row.error.as_deref().unwrap_or_default()),
        }
    }
}

/// A text that somebody typed, with an apostrophe before what a spreadsheet would take for a formula, which makes it
/// text there. That is `=`, `+`, `-` or `@`, also full-width, after what is not seen; or a control character at the
/// begin.
///
/// A spreadsheet whose separator is `;` knows no quotes inside a cell: for it, each part after a `;`, a tab or the end
/// of a line is a cell, too.
fn inert(text: &str) -> Cow<'_, str> {
    let mut risky = Vec::new();
    if text.starts_with(char::is_control) {
        risky.push(0);
    }
    // Where the part begins, and whether nothing of it is seen yet.
    let (mut part, mut unseen) = (0, true);
    for (at, c) in text.char_indices() {
        if matches!(c, ';' | '\t' | '\r' | '\n') {
            (part, unseen) = (at + 1, true);
        } else if unseen && "=+-@＝＋－＠".contains(c) {
            risky.push(part);
            unseen = false;
        } else {
            unseen = unseen && is_skipped(c);
        }
    }
    risky.dedup();
    let mut inert = Cow::Borrowed(text);
    for at in risky.into_iter().rev() {
        inert.to_mut().insert(at, '\'');
    }
    inert
}

/// What a spreadsheet may pass over before a formula: white space, quotes, and characters that aren't seen.
fn is_skipped(c: char) -> bool {
    let format = ['\u{ad}', '\u{61c}', '\u{180e}', '\u{feff}'];
    c.is_whitespace()
        || c.is_control()
        || c == '"'
        || format.contains(&c)
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_accept_decides() {
        for (header, format) in [
            (None, Format::Json),
            (Some(""), Format::Json),
            (Some("*/*"), Format::Json),
            (Some("application/*"), Format::Json),
            (Some("text/*"), Format::Csv),
            (Some("text/csv"), Format::Csv),
            (Some("Text/CSV; charset=utf-8"), Format::Csv),
            (Some("application/x-ndjson, */*;q=0.1"), Format::Lines),
            (Some("application/json;q=0.5,text/csv;q=0.8"), Format::Csv),
            (Some("text/html, application/json;q=0, */*;q=0.3"), Format::Lines),
            (Some("text/csv;q=0.2, */*"), Format::Json),
            // As much wanted, but named more exactly.
            (Some("text/csv, */*"), Format::Csv),
            (Some("*/*, application/x-ndjson"), Format::Lines),
            (Some("application/*, text/csv"), Format::Csv),
            (Some("text/csv, application/json"), Format::Json),
            (Some("text/html, *; q=.2, */*; Q=.2"), Format::Json),
            (Some("text/csv;q=1.5, application/x-ndjson;q=0.001"), Format::Lines),
        ] {
            assert_eq!(Format::accepted(header), Ok(format), "{header:?}");
        }
        for header in ["text/html", "application/xml, image/*", "application/json;q=0", "*/*;q=0", "json"] {
            assert_eq!(Format::accepted(Some(header)).unwrap_err().code, Code::NotAcceptable, "{header}");
        }
    }

    /// The second cell of a line.
    fn cell(name: &str) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(["", &inert(name)]).unwrap();
        String::from_utf8(out.into_inner().unwrap()).unwrap()[1..].trim_end_matches('\n').to_owned()
    }

    #[test]
    fn no_name_is_a_formula_and_no_cell_breaks_a_line() {
        for (name, written) in [
            ("Anna", "Anna"),
            ("", ""),
            ("Berg, Anna", "\"Berg, Anna\""),
            ("\"A\"", "\"\"\"A\"\"\""),
            ("a\nb", "\"a\nb\""),
            ("=1+1", "'=1+1"),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
            ("+358", "'+358"),
            ("-", "'-"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t'=1"),
            ("\t1", "'\t1"),
            ("  =1", "'  =1"),
            ("\r=1", "\"'\r'=1\""),
            ("a\n=1", "\"a\n'=1\""),
            ("x;=cmd|'/C calc'!A0;y", "x;'=cmd|'/C calc'!A0;y"),
            ("x; \"@A\"", "\"x;' \"\"@A\"\"\""),
            ("\u{feff}=1", "'\u{feff}=1"),
            ("\u{200b}+1;-1", "'\u{200b}+1;'-1"),
            ("a;b=1", "a;b=1"),
            ("＝1", "'＝1"),
            ("Anna-Liisa", "Anna-Liisa"),
        ] {
            assert_eq!(cell(name), written, "{name:?}");
        }
    }
}
