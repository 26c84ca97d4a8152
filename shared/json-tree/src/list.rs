//! A long list inside an object, one element after another.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{Error, Kind, Tree};

/// What is done with each element.
type Each<'e> = dyn FnMut(&Tree<'_>) -> Result<(), Error> + 'e;

/// Reads an object whose member `name` (in any case) is a list, and gives the list's elements to `each` one after
/// another: an answer of ten megabytes never becomes a tree of forty. A list that is null is empty; the other
/// members are parsed and dropped.
///
/// # Errors
/// [`Error`]: not JSON, cut off, followed by something, no such member, no list; or the first error of `each`,
/// after which nothing more is read.
pub fn for_each(json: &[u8], name: &str, each: &mut Each<'_>) -> Result<(), Error> {
    let (mut found, mut refused) = (false, None);
    let mut text = serde_json::Deserializer::from_slice(json);
    let outer = Outer { name, list: List { each, refused: &mut refused }, found: &mut found };
    let outcome = (&mut text).deserialize_any(outer);
    if let Some(error) = refused {
        return Err(error.in_member(name));
    }
    match outcome {
        Ok(()) => {}
        Err(error) if error.is_eof() => {
            return Err(Error::new(Kind::CutOff, "the JSON is cut off".to_owned()));
        }
        Err(error) if error.is_data() => return Err(form(name)),
        Err(_) => return Err(Error::new(Kind::Syntax, "not JSON".to_owned())),
    }
    text.end().map_err(|_| Error::new(Kind::Trailing, "something follows the JSON".to_owned()))?;
    if found { Ok(()) } else { Err(form(name)) }
}

#[cold]
fn form(name: &str) -> Error {
    Error::new(Kind::Form, format!("no object with a list `{name}`"))
}

struct Outer<'o, 'e> {
    name: &'o str,
    list: List<'o, 'e>,
    found: &'o mut bool,
}

impl<'de> Visitor<'de> for Outer<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let List { each, refused } = self.list;
        while let Some(name) = access.next_key::<Tree<'de>>()? {
            let wanted = matches!(&name, Tree::Text(text) if text.eq_ignore_ascii_case(self.name));
            if wanted {
                *self.found = true;
                access.next_value_seed(List { each: &mut *each, refused: &mut *refused })?;
            } else {
                access.next_value::<Tree<'de>>()?;
            }
        }
        Ok(())
    }
}

struct List<'o, 'e> {
    each: &'o mut Each<'e>,
    /// The error of `each`: the parser can carry its own only.
    refused: &'o mut Option<Error>,
}

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(element) = access.next_element::<Tree<'de>>()? {
            if let Err(error) = (self.each)(&element) {
                *self.refused = Some(error.in_element(index));
                return Err(serde::de::Error::custom("refused"));
            }
            index += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Vec<u8>, String> {
        let mut all = Vec::new();
        let mut each = |tree: &Tree<'_>| {
            all.push(tree.read::<u8>()?);
            Ok(())
        };
        match for_each(json.as_bytes(), "Rows", &mut each) {
            Ok(()) => Ok(all),
            Err(error) => Err(format!("{:?}: {error}", error.kind())),
        }
    }

    #[test]
    fn elements_come_one_after_another_whatever_stands_around_them() {
        assert_eq!(read(r#"{"From":null,"rows":[1,2,3],"More":{"Rows":[9]}}"#), Ok(vec![1, 2, 3]));
        assert_eq!(read(r#"{"Rows":[]}"#), Ok(vec![]));
        assert_eq!(read(r#"{"Rows":null}"#), Ok(vec![]));
    }

    #[test]
    fn what_is_no_such_object_is_refused() {
        for (json, error) in [
            (r#"{"Other":[]}"#, "Form: no object with a list `Rows`"),
            (r#"{"Rows":{}}"#, "Form: no object with a list `Rows`"),
            ("[1]", "Form: no object with a list `Rows`"),
            (r#"{"Rows":[1,"#, "CutOff: the JSON is cut off"),
            (r#"{"Rows":[1]} x"#, "Trailing: something follows the JSON"),
            ("<html>", "Syntax: not JSON"),
            (r#"{"Rows":[1,"x"]}"#, "Form: Rows[1]: invalid type: string \"x\", expected u8"),
        ] {
            assert_eq!(read(json), Err(error.to_owned()), "{json}");
        }
    }
}
