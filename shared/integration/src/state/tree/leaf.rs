//! Leaves as text: `[[texts…],[[major,"minor",cells…]…]]`. A text cell is the index of its text.

use std::{collections::BTreeMap, fmt, rc::Rc};

use serde::{
    Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error, SeqAccess, Visitor},
    ser::SerializeSeq,
};

use super::{Cell, Entry, Form, Key, Part, key::Minor};

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

/// A leaf that is being written: text, since its length decides what else goes into it.
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
        let used = entry.cells.iter().rposition(|cell| *cell != Cell::None).map_or(0, |last| last + 1);
        let cells = entry.cells.iter().take(used).map(|cell| match cell {
            Cell::None => None,
            Cell::Number(number) => Some(*number),
            Cell::Text(text) => Some(self.place(text)),
        });
        let cells = cells.collect();
        append(&mut self.entries, &Row { key: entry.key, cells });
    }

    fn place(&mut self, text: &'a str) -> i64 {
        let next = self.places.len();
        let place = *self.places.entry(text).or_insert(next);
        if place == next {
            append(&mut self.texts, text);
        }
        i64::try_from(place).unwrap_or(i64::MAX)
    }

    fn close(self) -> Draft {
        Draft { part: self.part, text: format!("[[{}],[{}]]", self.texts, self.entries) }
    }
}

/// Appends one element to the text of a list.
fn append<T: Serialize + ?Sized>(list: &mut String, element: &T) {
    if !list.is_empty() {
        list.push(',');
    }
    // Numbers, texts and lists of them are JSON: this cannot fail.
    list.push_str(&serde_json::to_string(element).unwrap_or_default());
}

/// An entry as it is stored.
struct Row {
    key: Key,
    cells: Vec<Option<i64>>,
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_seq(Some(self.cells.len() + 2))?;
        row.serialize_element(&self.key.major)?;
        row.serialize_element(&Minor(self.key.minor))?;
        for cell in &self.cells {
            row.serialize_element(cell)?;
        }
        row.end()
    }
}

/// Reads a leaf.
#[derive(Clone, Copy)]
pub(crate) struct Read(pub(crate) Form);

impl<'de> DeserializeSeed<'de> for Read {
    type Value = Vec<Entry>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Entry>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Read {
    type Value = Vec<Entry>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("texts and entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut halves: A) -> Result<Vec<Entry>, A::Error> {
        let texts: Vec<Rc<str>> = halves.next_element()?.ok_or_else(|| A::Error::missing_field("texts"))?;
        let entries = halves.next_element_seed(Rows { texts: &texts, form: self.0 })?;
        entries.ok_or_else(|| A::Error::missing_field("entries"))
    }
}

/// Reads the entries of a leaf, or one of them, whose texts are known.
#[derive(Clone, Copy)]
struct Rows<'t> {
    texts: &'t [Rc<str>],
    form: Form,
}

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = Vec<Entry>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Entry>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = Vec<Entry>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Vec<Entry>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = rows.next_element_seed(OneRow(self))? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

struct OneRow<'t>(Rows<'t>);

impl<'de> DeserializeSeed<'de> for OneRow<'_> {
    type Value = Entry;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Entry, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for OneRow<'_> {
    type Value = Entry;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an entry")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<Entry, A::Error> {
        let Rows { texts, form } = self.0;
        let major = row.next_element()?.ok_or_else(|| A::Error::missing_field("major"))?;
        let Minor(minor) = row.next_element()?.ok_or_else(|| A::Error::missing_field("minor"))?;
        let mut cells = Vec::new();
        while let Some(cell) = row.next_element::<Option<i64>>()? {
            cells.push(match cell {
                Some(place) if form.is_text(cells.len()) => {
                    let text = usize::try_from(place).ok().and_then(|place| texts.get(place));
                    Cell::Text(Rc::clone(text.ok_or_else(|| A::Error::custom("no such text"))?))
                }
                number => Cell::from(number),
            });
        }
        Ok(Entry { key: Key::new(major, minor), cells })
    }
}
