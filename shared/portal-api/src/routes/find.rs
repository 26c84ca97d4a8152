//! From a request's path to the route.

use super::{Access, BUILT, BUILT_JOBS, Component, Job, Method, Operation, ROUTES, Route};
use crate::auth::Scope;
use crate::names::{PortalId, guid, is_token};
use crate::percent;

/// A path that exists, with the values of its parameters.
#[derive(Debug)]
pub struct Match {
    /// The route.
    pub route: &'static Route,
    parameters: Vec<(&'static str, String)>,
}

/// The route of `path` (without the query) among what is built. `None` is 404 `not-found`.
///
/// Segments match exactly and undecoded; a parameter is decoded once and must be a legal id, so a
/// trailing slash, an empty segment or a broken escape matches nothing.
#[must_use]
pub fn find(path: &str) -> Option<Match> {
    find_among(path, BUILT, BUILT_JOBS)
}

/// The same among these components and jobs.
#[must_use]
pub fn find_among(path: &str, components: &[Component], jobs: &[Job]) -> Option<Match> {
    let path = path.strip_prefix('/')?;
    let mut best: Option<Match> = None;
    for route in ROUTES.iter().filter(|route| components.contains(&route.component)) {
        let Some(parameters) = fit(route, path, jobs) else { continue };
        if parameters.is_empty() {
            return Some(Match { route, parameters });
        }
        // A fixed segment beats a parameter: `users/sync` is no user. The route with fewer parameters is
        // the more fixed one, and no two routes of this table fit one path with the same number.
        if best.as_ref().is_none_or(|found| parameters.len() < found.parameters.len()) {
            best = Some(Match { route, parameters });
        }
    }
    best
}

fn fit(route: &'static Route, path: &str, jobs: &[Job]) -> Option<Vec<(&'static str, String)>> {
    let mut parameters = Vec::new();
    let mut given = path.split('/');
    let mut wanted = route.template.strip_prefix('/')?.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(wanted), Some(given)) => {
                match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                    None if wanted == given => {}
                    None => return None,
                    Some(name) => parameters.push((name, value(name, given, jobs)?)),
                }
            }
            _ => return None,
        }
    }
}

/// The parameter's value if it is legal for its name. iLOQ's ids become lower case.
fn value(name: &str, segment: &str, jobs: &[Job]) -> Option<String> {
    let text = percent::decode(segment)?;
    match name {
        "key" => guid(&text),
        "job" => Job::parse(&text).filter(|job| jobs.contains(job)).map(|_| text),
        "system" | "user" => PortalId::parse(&text).map(|_| text),
        _ => is_token(&text).then_some(text),
    }
}

impl Match {
    /// The value of a parameter of the template.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }

    /// The system, if the path has one.
    #[must_use]
    pub fn system(&self) -> Option<&str> {
        self.parameter("system")
    }

    /// The job, if the path has one.
    #[must_use]
    pub fn job(&self) -> Option<Job> {
        self.parameter("job").and_then(Job::parse)
    }

    /// The operation of `method`; `None` is 405. `jobs_by_get` is the variable of that name.
    #[must_use]
    pub fn operation(&self, method: &str, jobs_by_get: bool) -> Option<&'static Operation> {
        let method = Method::parse(method)?;
        self.operations(jobs_by_get).find(|operation| operation.method == method)
    }

    /// The value of the `Allow` header, for example `GET, PUT, DELETE`.
    #[must_use]
    pub fn allow(&self, jobs_by_get: bool) -> String {
        let names: Vec<&str> =
            self.operations(jobs_by_get).map(|operation| operation.method.name()).collect();
        names.join(", ")
    }

    /// Who may learn that the path lacks a method: whoever may call the least of those it has.
    #[must_use]
    pub fn least_access(&self) -> Access {
        let mut least: Option<Scope> = None;
        for operation in self.route.operations {
            match operation.access {
                Access::Token(scope) => least = Some(least.map_or(scope, |found| found.min(scope))),
                open => return open,
            }
        }
        least.map_or(Access::Public, Access::Token)
    }

    /// Whether `?token=` is a token for this method.
    #[must_use]
    pub fn allows_query_token(&self, method: &str, jobs_by_get: bool) -> bool {
        self.operation(method, jobs_by_get).is_some_and(|operation| operation.by_get)
    }

    fn operations(&self, jobs_by_get: bool) -> impl Iterator<Item = &'static Operation> + use<> {
        self.route.operations.iter().filter(move |operation| jobs_by_get || !operation.by_get)
    }
}
