//! The query of a request, checked against what the operation takes.

use crate::percent;
use crate::problem::{Code, Problem};
use crate::routes::{Form, Operation};
use crate::time::Time;

/// How many items a page has when the caller does not say.
pub const DEFAULT_LIMIT: usize = 100;
/// The most items a page can have.
pub const MAX_LIMIT: usize = 1000;
/// The most characters of a parameter of free text.
const MAX_TEXT: usize = 200;
/// The most characters of a cursor: none that we make is longer.
const MAX_CURSOR: usize = 1024;

/// Splits a request target into path and query.
#[must_use]
pub fn split(path_and_query: &str) -> (&str, Option<&str>) {
    match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    }
}

/// The value of `?token=`, before anything else of the query is looked at. `None` if it is absent,
/// repeated or broken.
#[must_use]
pub fn token(query: Option<&str>) -> Option<String> {
    let mut values = pairs(query?).filter(|(name, _)| *name == "token").map(|(_, value)| value);
    let value = values.next()?;
    if values.next().is_some() { None } else { percent::decode_query(value) }
}

/// The parameters of a query, each at most once and each known to the operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    values: Vec<(&'static str, String)>,
}

impl Query {
    /// Checks the whole query: names, repetition, escapes, and the form of each value.
    ///
    /// # Errors
    /// 422 `invalid-request` with one error for each wrong parameter, its pointer written `?name`.
    pub fn parse(query: Option<&str>, operation: &Operation) -> Result<Self, Problem> {
        let mut parsed = Self::default();
        let mut problem = Problem::of(Code::InvalidRequest);
        for (name, value) in pairs(query.unwrap_or_default()) {
            let Some(name) = percent::decode_query(name) else {
                problem = problem.with_error("?", "a parameter's name has a broken percent escape");
                continue;
            };
            if name == "token" && operation.by_get {
                continue;
            }
            let pointer = format!("?{}", crate::json::shorten(&name));
            let Some(parameter) = operation.query.iter().find(|parameter| parameter.name == name) else {
                problem = problem.with_error(pointer, "this operation has no such parameter");
                continue;
            };
            if parsed.text(parameter.name).is_some() {
                problem = problem.with_error(pointer, "give it once");
                continue;
            }
            let Some(value) = percent::decode_query(value) else {
                problem = problem.with_error(pointer, "it has a broken percent escape");
                continue;
            };
            match check(parameter.form, &value) {
                Ok(()) => parsed.values.push((parameter.name, value)),
                Err(wrong) => problem = problem.with_error(pointer, wrong),
            }
        }
        if problem.errors.is_empty() { Ok(parsed) } else { Err(problem) }
    }

    /// The text of a parameter, if it was given.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    /// A flag; absent is `false`.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// How many items to answer: 1 to [`MAX_LIMIT`], or [`DEFAULT_LIMIT`].
    #[must_use]
    pub fn limit(&self) -> usize {
        self.text("limit").and_then(|text| text.parse().ok()).unwrap_or(DEFAULT_LIMIT)
    }

    /// The cursor of a list (`?cursor=`) or of a feed (`?after=`).
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.text("cursor").or_else(|| self.text("after"))
    }

    /// A moment in time.
    #[must_use]
    pub fn moment(&self, name: &str) -> Option<Time> {
        self.text(name).and_then(moment)
    }

    /// One of some words.
    ///
    /// # Errors
    /// 422 `invalid-request` that lists the words.
    pub fn word<T: Copy>(
        &self,
        name: &str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Result<Option<T>, Problem> {
        let Some(given) = self.text(name) else { return Ok(None) };
        if let Some(found) = all.iter().find(|value| word(**value) == given) {
            return Ok(Some(*found));
        }
        let words: Vec<&str> = all.iter().map(|value| word(*value)).collect();
        Err(Problem::invalid(format!("?{name}"), format!("it must be one of {}", words.join(", "))))
    }
}

fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn check(form: Form, value: &str) -> Result<(), &'static str> {
    let fits = match form {
        Form::Limit => {
            value.len() <= 4
                && value.parse().is_ok_and(|n| (1..=MAX_LIMIT).contains(&n))
                && !value.starts_with('+')
        }
        Form::Cursor => !value.is_empty() && value.len() <= MAX_CURSOR,
        Form::Flag => matches!(value, "true" | "false"),
        Form::Text => value.chars().count() <= MAX_TEXT && !value.chars().any(char::is_control),
        Form::Word => !value.is_empty(),
        Form::Moment => moment(value).is_some(),
    };
    if fits { Ok(()) } else { Err(wrong(form)) }
}

/// A moment has no space: where there is one, the `+` of its offset was not escaped.
fn moment(value: &str) -> Option<Time> {
    Time::parse(&value.replace(' ', "+"))
}

fn wrong(form: Form) -> &'static str {
    match form {
        Form::Limit => "it must be a whole number from 1 to 1000",
        Form::Cursor => "it must be a cursor from next of an earlier answer",
        Form::Flag => "it must be true or false",
        Form::Text => "it must be text of at most 200 characters",
        Form::Word => "it must not be empty",
        Form::Moment => "it must be a time like 2026-11-24T08:00:00Z",
    }
}

#[cfg(test)]
mod tests {
    use super::{Query, split, token};
    use crate::routes::{Match, Operation, find, find_among};

    fn operation(path: &str) -> &'static Operation {
        find(path).unwrap().operation("GET", true).unwrap()
    }

    fn pointers(path: &str, query: &str) -> Vec<String> {
        let problem = Query::parse(Some(query), operation(path)).unwrap_err();
        assert_eq!(problem.code, crate::Code::InvalidRequest);
        problem.errors.clone().into_iter().map(|error| error.pointer).collect()
    }

    const USERS: &str = "/v1/systems/s/users";

    #[test]
    fn values_and_defaults() {
        let query = Query::parse(None, operation(USERS)).unwrap();
        assert_eq!((query.limit(), query.cursor(), query.text("q")), (100, None, None));
        let query =
            Query::parse(Some("limit=1000&cursor=abc&q=%C3%85sa+B%2B&state=linked&&"), operation(USERS))
                .unwrap();
        assert_eq!((query.limit(), query.cursor(), query.text("q")), (1000, Some("abc"), Some("Åsa B+")));
        let query = Query::parse(Some("all=true"), operation("/v1/systems/s/access-rights")).unwrap();
        assert!(query.flag("all") && !query.flag("other"));
        let query = Query::parse(Some("after=x"), operation("/v1/systems/s/changes")).unwrap();
        assert_eq!(query.cursor(), Some("x"));
    }

    #[test]
    fn each_wrong_parameter_is_named() {
        for (query, wrong) in [
            ("limit=0", vec!["?limit"]),
            ("limit=1001", vec!["?limit"]),
            ("limit=", vec!["?limit"]),
            ("limit=+5", vec!["?limit"]),
            ("limit=5.0", vec!["?limit"]),
            ("limit=5&limit=5", vec!["?limit"]),
            ("Limit=5&colour=red", vec!["?Limit", "?colour"]),
            ("token=abc", vec!["?token"]),
            ("q=%zz", vec!["?q"]),
            ("%zz=1", vec!["?"]),
            ("cursor=", vec!["?cursor"]),
            ("q=%00", vec!["?q"]),
            ("after=x", vec!["?after"]),
        ] {
            assert_eq!(pointers(USERS, query), wrong, "{query}");
        }
        assert_eq!(pointers("/v1/systems/s/access-rights", "all=yes"), ["?all"]);
        assert_eq!(pointers("/healthz", "x"), ["?x"]);
    }

    #[test]
    fn words_are_listed_when_wrong() {
        let query = Query::parse(Some("state=linked"), operation(USERS)).unwrap();
        let states = crate::LinkState::ALL;
        assert_eq!(
            query.word("state", states, crate::LinkState::name).unwrap(),
            Some(crate::LinkState::Linked)
        );
        let query = Query::parse(Some("state=Linked"), operation(USERS)).unwrap();
        let problem = query.word("state", states, crate::LinkState::name).unwrap_err();
        assert!(problem.errors[0].detail.contains("linked, pending, conflict"), "{:?}", problem.errors);
    }

    #[test]
    fn the_token_in_the_query() {
        assert_eq!(split("/v1/jobs/retry?token=a%2Bb"), ("/v1/jobs/retry", Some("token=a%2Bb")));
        assert_eq!(token(Some("x=1&token=a%2Bb")).as_deref(), Some("a+b"));
        assert_eq!(token(Some("token=a&token=a")), None);
        assert_eq!(token(Some("x=token")), None);
        assert_eq!(token(None), None);
        let jobs: Match =
            find_among("/v1/jobs/retry", crate::routes::BUILT, crate::routes::BUILT_JOBS).unwrap();
        assert!(Query::parse(Some("token=a"), jobs.operation("GET", true).unwrap()).is_ok());
        assert!(Query::parse(Some("token=a"), jobs.operation("POST", true).unwrap()).is_err());
    }
}
