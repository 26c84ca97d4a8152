//! Rows as JSON, as JSON lines and as CSV.

use portal_api::{
    Code, Problem, Time,
    types::{LogNamed, LogPerson, LogRow},
};

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

    /// The form that the header `Accept` prefers; JSON where it does not care.
    ///
    /// # Errors
    /// `not-acceptable` if it takes none of them.
    pub fn accepted(header: Option<&str>) -> Result<Self, Problem> {
        let Some(header) = header.filter(|header| !header.trim().is_empty()) else { return Ok(Self::Json) };
        let mut best: Option<(u16, Self)> = None;
        for format in Self::ALL {
            let quality = quality(header, format.media());
            if quality > best.map_or(0, |(quality, _)| quality) {
                best = Some((quality, format));
            }
        }
        best.map(|(_, format)| format).ok_or_else(|| Problem::of(Code::NotAcceptable))
    }

    /// The media type, without parameters.
    fn media(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Lines => "application/x-ndjson",
            Self::Csv => "text/csv",
        }
    }

    /// The value of `Content-Type`.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            other => other.media(),
        }
    }

    /// What comes before the rows.
    #[must_use]
    pub fn head(self) -> &'static str {
        if self == Self::Csv { CSV_HEADER } else { "" }
    }

    /// Appends a row as a line. JSON rows are lines, too.
    pub fn write(self, row: &Row, out: &mut Vec<u8>) {
        match self {
            Self::Csv => csv(row, out),
            Self::Json | Self::Lines => {
                // Writing to memory does not fail.
                let _ = serde_json::to_writer(&mut *out, &view(row));
                out.push(b'\n');
            }
        }
    }
}

/// How much `header` wants `media`, in thousandths. The most specific range that fits counts (RFC 9110, 12.5.1).
fn quality(header: &str, media: &str) -> u16 {
    let mut best = (0_u8, 0_u16);
    for range in header.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let kind = name.strip_suffix("/*").filter(|kind| *kind != "*");
        let specific = if name.eq_ignore_ascii_case(media) {
            3
        } else if kind
            .is_some_and(|kind| media.split('/').next().is_some_and(|m| m.eq_ignore_ascii_case(kind)))
        {
            2
        } else if name == "*/*" {
            1
        } else {
            continue;
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        if specific > best.0 {
            best = (specific, weight.map_or(1_000, thousandths));
        }
    }
    best.1
}

/// `0.5` as 500; what is no number counts as nothing.
fn thousandths(weight: &str) -> u16 {
    let (whole, fraction) = weight.trim().split_once('.').unwrap_or((weight.trim(), ""));
    if fraction.len() > 3 || !matches!(whole, "0" | "1") {
        return 0;
    }
    let fraction = format!("{fraction:0<3}").parse::<u16>().unwrap_or(0);
    if whole == "1" { 1_000 } else { fraction }
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

fn csv(row: &Row, out: &mut Vec<u8>) {
    let flag = |flag: bool| if flag { "true" } else { "false" };
    let (door, key, person) = (row.door.as_ref(), row.key.as_ref(), row.person.as_ref());
    plain(&row.id.to_string(), out);
    out.push(b',');
    plain(&row.occurred_at.map(|at| Time::from_millis(at).to_string()).unwrap_or_default(), out);
    out.push(b',');
    plain(&Time::from_millis(row.received_at).to_string(), out);
    let texts = [
        door.map(|door| &door.id),
        door.map(|door| &door.name),
        key.map(|key| &key.id),
        key.map(|key| &key.name),
        person.map(|person| &person.name),
        person.and_then(|person| person.user_id.as_ref()),
    ];
    for cell in texts {
        out.push(b',');
        text(cell.map_or("", |text| text), out);
    }
    let words = [
        person.map_or("", |person| flag(person.uncertain)),
        row.event.name(),
        row.granted.map_or("", flag),
        flag(row.time_uncertain),
    ];
    for word in words {
        out.push(b',');
        plain(word, out);
    }
    out.push(b',');
    text(row.error.as_deref().unwrap_or_default(), out);
    out.extend_from_slice(b"\r\n");
}

/// What we write ourselves: it needs no quotes.
fn plain(cell: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(cell.as_bytes());
}

/// A name that somebody typed. One that a spreadsheet would take for a formula gets an apostrophe before it,
/// which makes it text there: `=`, `+`, `-`, `@`, also full-width, after white space, too; or a control character.
fn text(cell: &str, out: &mut Vec<u8>) {
    let begins = |c: char| "=+-@＝＋－＠".contains(c);
    let risky = cell.trim_start().starts_with(begins) || cell.starts_with(char::is_control);
    let quoted = cell.contains([',', '"', '\r', '\n']) || cell.starts_with(' ') || cell.ends_with(' ');
    if quoted {
        out.push(b'"');
    }
    if risky {
        out.push(b'\'');
    }
    for byte in cell.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    if quoted {
        out.push(b'"');
    }
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
        ] {
            assert_eq!(Format::accepted(header), Ok(format), "{header:?}");
        }
        for header in ["text/html", "application/xml, image/*", "application/json;q=0", "*/*;q=0", "json"] {
            assert_eq!(Format::accepted(Some(header)).unwrap_err().code, Code::NotAcceptable, "{header}");
        }
    }

    fn cell(name: &str) -> String {
        let mut out = Vec::new();
        text(name, &mut out);
        String::from_utf8(out).unwrap()
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
            ("\t=1", "'\t=1"),
            ("  =1", "\"'  =1\""),
            ("\r=1", "\"'\r=1\""),
            ("＝1", "'＝1"),
            ("Anna-Liisa", "Anna-Liisa"),
        ] {
            assert_eq!(cell(name), written, "{name:?}");
        }
    }
}
