//! What is kept in a tree.

use std::rc::Rc;

use super::Key;

/// One entry. Which cell means what is the user's affair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub key: Key,
    /// Its content. Empty cells at the end are not stored.
    pub cells: Vec<Cell>,
}

/// A piece of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    #[default]
    None,
    /// A number.
    Number(i64),
    /// A text; each text is stored once in a leaf.
    Text(Rc<str>),
}

/// What all entries of a tree have in common.
#[derive(Clone, Copy)]
pub struct Form {
    /// The cells that hold texts, one bit each, the first cell lowest; the others hold numbers.
    pub texts: u32,
    /// By what old entries are told: see [`super::Draft::prune`].
    pub mark: fn(&Entry) -> i64,
}

impl Entry {
    /// The number in cell `at`.
    #[must_use]
    pub fn number(&self, at: usize) -> Option<i64> {
        match self.cells.get(at) {
            Some(Cell::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// The text in cell `at`.
    #[must_use]
    pub fn text(&self, at: usize) -> Option<&Rc<str>> {
        match self.cells.get(at) {
            Some(Cell::Text(text)) => Some(text),
            _ => None,
        }
    }
}

impl From<Option<i64>> for Cell {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::None, Self::Number)
    }
}

impl From<Option<&Rc<str>>> for Cell {
    fn from(text: Option<&Rc<str>>) -> Self {
        text.map_or(Self::None, |text| Self::Text(Rc::clone(text)))
    }
}

impl Form {
    pub(super) fn is_text(&self, cell: usize) -> bool {
        self.texts >> cell & 1 == 1
    }
}
