//! Leaves as text: `[[texts…],[[major,"minor",cells…]…]]`. A text cell is the index of its text.

use std::rc::Rc;

use json_tree::Tree as Json;
use std::collections::BTreeMap;

use super::{
    Cell, Entry, Form, Key, Part,
    key::{number, write_number},
};

/// A leaf is cut when it would get longer, in bytes: half of what every backend takes, so that a long last entry
/// still fits.
pub(crate) const MAX_LEAF: usize = 200_000;

/// A leaf that has no name yet.
pub(crate) struct Draft {
    /// What describes it.
    pub part: Part,
    /// What is stored.
    pub text: String,
}

/// Writes entries, which are in order, as leaves. At the end of a tree each leaf is filled, since what comes will
/// be appended; elsewhere all get the same length, so that the next one in between finds room.
pub(crate) fn write(entries: &[Entry], form: Form, at_end: bool) -> Vec<Draft> {
    let whole = cut(entries, form, MAX_LEAF);
    if at_end || whole.len() < 2 {
        return whole;
    }
    let total: usize = whole.iter().map(|leaf| leaf.text.len()).sum();
    // A bit more than the even share: what comes out must not be one leaf more, with a few bytes in it.
    let share = total / whole.len();
    cut(entries, form, (share + share / 16 + 1_000).min(MAX_LEAF))
}

fn cut(entries: &[Entry], form: Form, most: usize) -> Vec<Draft> {
    let mut leaves = Vec::new();
    let mut open: Option<Open<'_>> = None;
    for entry in entries {
        let length = open.as_ref().map_or(0, Open::length);
        if length >= most
            && let Some(full) = open.take()
        {
            leaves.push(full.close());
        }
        open.get_or_insert_with(|| Open::new(entry, form)).push(entry);
    }
    leaves.extend(open.map(Open::close));
    leaves
}

/// A leaf that is being written.
struct Open<'a> {
    form: Form,
    part: Part,
    places: BTreeMap<&'a str, usize>,
    texts: String,
    entries: String,
}

impl<'a> Open<'a> {
    fn new(first: &Entry, form: Form) -> Self {
        let (key, mark) = (first.key, (form.mark)(first));
        let part = Part { name: String::new(), first: key, last: key, low: mark, high: mark, count: 0 };
        Self { form, part, places: BTreeMap::new(), texts: String::new(), entries: String::new() }
    }

    fn length(&self) -> usize {
        self.texts.len() + self.entries.len()
    }

    fn push(&mut self, entry: &'a Entry) {
        let mark = (self.form.mark)(entry);
        self.part.last = entry.key;
        self.part.low = self.part.low.min(mark);
        self.part.high = self.part.high.max(mark);
        self.part.count += 1;
        if !self.entries.is_empty() {
            self.entries.push(',');
        }
        self.entries.push('[');
        entry.key.write(&mut self.entries);
        let used = entry.cells.iter().rposition(|cell| *cell != Cell::None).map_or(0, |last| last + 1);
        for cell in entry.cells.iter().take(used) {
            self.entries.push(',');
            match cell {
                Cell::None => self.entries.push_str("null"),
                Cell::Number(number) => write_number(&mut self.entries, *number),
                Cell::Text(text) => {
                    let place = i64::try_from(self.place(text)).unwrap_or(i64::MAX);
                    write_number(&mut self.entries, place);
                }
            }
        }
        self.entries.push(']');
    }

    fn place(&mut self, text: &'a str) -> usize {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.places.len();
        self.places.insert(text, place);
        if place > 0 {
            self.texts.push(',');
        }
        self.texts.push_str(&serde_json::to_string(text).unwrap_or_default());
        place
    }

    fn close(self) -> Draft {
        Draft { part: self.part, text: format!("[[{}],[{}]]", self.texts, self.entries) }
    }
}

/// Reads a leaf; `None` if it is none.
pub(crate) fn read(json: &Json<'_>, form: Form) -> Option<Vec<Entry>> {
    let Json::List(halves) = json else { return None };
    let [Json::List(texts), Json::List(entries)] = halves.as_slice() else { return None };
    let texts: Vec<Rc<str>> = texts.iter().map(text).collect::<Option<_>>()?;
    entries.iter().map(|json| entry(json, &texts, form)).collect()
}

fn text(json: &Json<'_>) -> Option<Rc<str>> {
    if let Json::Text(text) = json { Some(Rc::from(text.as_ref())) } else { None }
}

fn entry(json: &Json<'_>, texts: &[Rc<str>], form: Form) -> Option<Entry> {
    let Json::List(elements) = json else { return None };
    let [major, minor, cells @ ..] = elements.as_slice() else { return None };
    let cell = |(at, json): (usize, &Json<'_>)| match json {
        Json::Null => Some(Cell::None),
        json if form.is_text(at) => {
            Some(Cell::Text(Rc::clone(texts.get(usize::try_from(number(json)?).ok()?)?)))
        }
        json => Some(Cell::Number(number(json)?)),
    };
    let cells = cells.iter().enumerate().map(cell).collect::<Option<_>>()?;
    Some(Entry { key: Key::read(major, minor)?, cells })
}
