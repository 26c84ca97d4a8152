//! Reading an object member by member.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Patch, escape_pointer};
use crate::problem::{Code, FieldError, Problem};

/// Why a value was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// `invalid-request`, or the more exact code for this kind of value.
    pub code: Code,
    /// What is wrong, as the end of a sentence about the member.
    pub detail: Cow<'static, str>,
}

impl Wrong {
    /// A wrong value with a code of its own.
    #[must_use]
    pub fn with_code(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl From<&'static str> for Wrong {
    fn from(detail: &'static str) -> Self {
        Self::with_code(Code::InvalidRequest, detail)
    }
}

impl From<String> for Wrong {
    fn from(detail: String) -> Self {
        Self::with_code(Code::InvalidRequest, detail)
    }
}

/// A wrong member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// RFC 6901 pointer.
    pub pointer: String,
    /// Why.
    pub wrong: Wrong,
}

/// An object that is being read. What nobody asked for is unknown, and told at the end.
#[derive(Debug)]
pub struct Reader {
    members: Map<String, Value>,
    at: String,
    faults: Vec<Fault>,
}

impl Reader {
    /// Reads a whole body.
    #[must_use]
    pub fn new(members: Map<String, Value>) -> Self {
        Self { members, at: String::new(), faults: Vec::new() }
    }

    /// Accepts members that are ours and may be sent back; their values do not matter.
    pub fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.members.remove(*name);
        }
    }

    /// Reads one member with `read`, which is not called for `null`.
    pub fn value<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Result<T, Wrong>) -> Patch<T> {
        match self.members.remove(name) {
            None => Patch::Absent,
            Some(Value::Null) => Patch::Null,
            Some(value) => match read(value) {
                Ok(value) => Patch::Value(value),
                Err(wrong) => {
                    self.refuse(name, wrong);
                    Patch::Absent
                }
            },
        }
    }

    /// A string that `read` accepts.
    pub fn text<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, Wrong>) -> Patch<T> {
        self.value(name, |value| match value {
            Value::String(text) => read(&text),
            _ => Err("must be a string".into()),
        })
    }

    /// One of some words.
    pub fn word<T: Copy>(&mut self, name: &str, all: &[T], word: fn(T) -> &'static str) -> Patch<T> {
        self.text(name, |text| {
            all.iter().copied().find(|value| word(*value) == text).ok_or_else(|| {
                let words: Vec<&str> = all.iter().map(|value| word(*value)).collect();
                Wrong::from(format!("must be one of {}", words.join(", ")))
            })
        })
    }

    /// `true` or `false`; absent or `null` is `false`.
    pub fn flag(&mut self, name: &str) -> bool {
        self.flag_or(name, false)
    }

    /// `true` or `false`; absent or `null` is `otherwise`.
    pub fn flag_or(&mut self, name: &str, otherwise: bool) -> bool {
        let flag = self.value(name, |value| value.as_bool().ok_or_else(|| "must be true or false".into()));
        flag.value().unwrap_or(otherwise)
    }

    /// A whole number within bounds.
    pub fn whole(&mut self, name: &str, least: u32, most: u32) -> Patch<u32> {
        self.value(name, |value| {
            let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
            number
                .filter(|number| (least..=most).contains(number))
                .ok_or_else(|| format!("must be a whole number from {least} to {most}").into())
        })
    }

    /// A number from 0 to 1.
    pub fn share(&mut self, name: &str) -> Patch<f64> {
        self.value(name, |value| {
            value
                .as_f64()
                .filter(|share| (0.0..=1.0).contains(share))
                .ok_or_else(|| "must be a number from 0 to 1".into())
        })
    }

    /// A list of strings that `read` accepts; an error points at the element.
    pub fn texts<T>(
        &mut self,
        name: &str,
        most: usize,
        read: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Patch<Vec<T>> {
        let list = self.value(name, |value| list(value, most));
        list.map(|items| {
            let mut out = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                match item.as_str().map_or_else(|| Err("must be a string".into()), &read) {
                    Ok(value) => out.push(value),
                    Err(wrong) => self.refuse_at(name, index, wrong),
                }
            }
            out
        })
    }

    /// A list of objects, each read with `read`; an error points into the element.
    pub fn objects<T>(
        &mut self,
        name: &str,
        most: usize,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Patch<Vec<T>> {
        let list = self.value(name, |value| list(value, most));
        list.map(|items| {
            let mut out = Vec::with_capacity(items.len());
            for (index, item) in items.into_iter().enumerate() {
                let at = format!("{}/{index}", self.pointer(name));
                let Value::Object(members) = item else {
                    self.faults.push(Fault { pointer: at, wrong: "must be an object".into() });
                    continue;
                };
                let mut inner = Self { members, at, faults: Vec::new() };
                out.extend(read(&mut inner));
                self.close(inner);
            }
            out
        })
    }

    /// An object inside this one. Give it back with [`Self::close`].
    pub fn open(&mut self, name: &str) -> Patch<Self> {
        let at = self.pointer(name);
        let object = self.value(name, |value| match value {
            Value::Object(members) => Ok(members),
            _ => Err("must be an object".into()),
        });
        object.map(|members| Self { members, at, faults: Vec::new() })
    }

    /// Takes over what was wrong in an object inside this one.
    pub fn close(&mut self, inner: Self) {
        self.faults.extend(inner.into_faults());
    }

    /// The names of members that nobody has read yet, for objects whose names are data.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    /// The value of a member that has to be there.
    pub fn need<T>(&mut self, name: &str, member: Patch<T>) -> Option<T> {
        match member {
            Patch::Value(value) => Some(value),
            Patch::Null => {
                self.refuse(name, "must not be null".into());
                None
            }
            Patch::Absent => {
                let pointer = self.pointer(name);
                if !self.faults.iter().any(|fault| fault.pointer == pointer) {
                    self.refuse(name, "is required".into());
                }
                None
            }
        }
    }

    /// Notes that a member is wrong; an empty name means the object itself.
    pub fn refuse(&mut self, name: &str, wrong: Wrong) {
        let pointer = if name.is_empty() { self.at.clone() } else { self.pointer(name) };
        self.faults.push(Fault { pointer, wrong });
    }

    /// Notes that an element of a list is wrong.
    pub fn refuse_at(&mut self, name: &str, index: usize, wrong: Wrong) {
        let pointer = format!("{}/{index}", self.pointer(name));
        self.faults.push(Fault { pointer, wrong });
    }

    fn pointer(&self, name: &str) -> String {
        format!("{}/{}", self.at, escape_pointer(name))
    }

    /// Whether nothing was wrong so far.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    /// The value if nothing was wrong and nothing is left.
    ///
    /// # Errors
    /// 422 with an error for each wrong or unknown member: the exact code if all share one, else
    /// `invalid-request`.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        let faults = self.into_faults();
        match value {
            Some(value) if faults.is_empty() => Ok(value),
            _ => Err(problem(faults)),
        }
    }

    fn into_faults(mut self) -> Vec<Fault> {
        for name in self.members.keys() {
            let pointer = format!("{}/{}", self.at, escape_pointer(name));
            self.faults.push(Fault { pointer, wrong: "is not a known member".into() });
        }
        self.faults
    }
}

fn list(value: Value, most: usize) -> Result<Vec<Value>, Wrong> {
    match value {
        Value::Array(items) if items.len() <= most => Ok(items),
        Value::Array(_) => Err(format!("must have at most {most} elements").into()),
        _ => Err("must be a list".into()),
    }
}

fn problem(faults: Vec<Fault>) -> Problem {
    let first = faults.first().map_or(Code::InvalidRequest, |fault| fault.wrong.code);
    let same = faults.iter().all(|fault| fault.wrong.code == first);
    let mut problem = Problem::of(if same { first } else { Code::InvalidRequest });
    problem.errors = faults
        .into_iter()
        .map(|fault| FieldError { pointer: fault.pointer, detail: fault.wrong.detail.into_owned() })
        .collect();
    problem
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Reader, Wrong};
    use crate::json::Patch;
    use crate::problem::{Code, Problem};

    fn reader(value: Value) -> Reader {
        let Value::Object(members) = value else { panic!("an object") };
        Reader::new(members)
    }

    fn told(problem: &Problem) -> Vec<(&str, &str)> {
        problem.errors.iter().map(|error| (error.pointer.as_str(), error.detail.as_str())).collect()
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let mut body = reader(json!({
            "name": 5, "count": 11, "list": ["a", 2, "toolong"], "in": {"a/b": 1, "flag": "yes"}, "~x": null, "ours": {},
        }));
        body.ignore(&["ours", "absent"]);
        let name = body.text("name", |text| Ok(text.to_owned()));
        body.need("name", name);
        let missing: Patch<String> = body.text("missing", |text| Ok(text.to_owned()));
        body.need("missing", missing);
        assert_eq!(body.whole("count", 0, 10), Patch::Absent);
        let short = |text: &str| if text.len() < 3 { Ok(text.len()) } else { Err(Wrong::from("is long")) };
        assert_eq!(body.texts("list", 5, short), Patch::Value(vec![1]));
        let mut inner = body.open("in").value().unwrap();
        assert!(!inner.flag("flag"));
        body.close(inner);
        let problem = body.finish(Some(())).unwrap_err();
        assert_eq!(problem.code, Code::InvalidRequest);
        assert_eq!(
            told(&problem),
            [
                ("/name", "must be a string"),
                ("/missing", "is required"),
                ("/count", "must be a whole number from 0 to 10"),
                ("/list/1", "must be a string"),
                ("/list/2", "is long"),
                ("/in/flag", "must be true or false"),
                ("/in/a~1b", "is not a known member"),
                ("/~0x", "is not a known member"),
            ]
        );
    }

    #[test]
    fn an_exact_code_stands_only_if_nothing_else_is_wrong() {
        let exact = |_: &str| Err::<(), _>(Wrong::with_code(Code::InvalidEmail, "no"));
        let mut body = reader(json!({"email": "x"}));
        let _ = body.text("email", exact);
        assert_eq!(body.finish(Some(())).unwrap_err().code, Code::InvalidEmail);
        let mut body = reader(json!({"email": "x", "other": 1}));
        let _ = body.text("email", exact);
        assert_eq!(body.finish(Some(())).unwrap_err().code, Code::InvalidRequest);
    }

    #[test]
    fn lists_of_objects_point_into_their_elements() {
        let mut body =
            reader(json!({"keys": [{"id": "a"}, 5, {"id": 7}, {"id": "b", "x": 1}], "many": [{}, {}]}));
        let mut read = |inner: &mut Reader| {
            let id = inner.text("id", |text| Ok(text.to_owned()));
            inner.need("id", id)
        };
        assert_eq!(body.objects("keys", 4, &mut read), Patch::Value(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(body.objects("many", 1, &mut read), Patch::Absent);
        assert_eq!(body.objects("none", 1, &mut read), Patch::Absent);
        assert!(body.flag_or("on", true));
        let problem = body.finish(Some(())).unwrap_err();
        assert_eq!(
            told(&problem),
            [
                ("/keys/1", "must be an object"),
                ("/keys/2/id", "must be a string"),
                ("/keys/3/x", "is not a known member"),
                ("/many", "must have at most 1 elements"),
            ]
        );
    }

    #[test]
    fn null_absent_and_value_differ() {
        let mut body = reader(json!({"a": null, "b": 0.5}));
        assert_eq!(body.share("a"), Patch::Null);
        assert_eq!(body.share("b"), Patch::Value(0.5));
        assert_eq!(body.share("c"), Patch::Absent);
        assert!(body.finish(Some(())).is_ok());
    }
}
