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

#[cfg(test)]
mod tests {
    use super::{find, find_among};
    use crate::auth::Scope;
    use crate::routes::{Access, Component, Job};

    const GUID: &str = "0F8FAD5B-D9CB-469F-A165-70867728950E";

    fn template(path: &str) -> Option<&'static str> {
        find_among(path, Component::ALL, Job::ALL).map(|found| found.route.template)
    }

    #[test]
    fn paths_find_their_template() {
        for (path, wanted) in [
            ("/v1/systems", "/v1/systems"),
            ("/v1/systems/demo", "/v1/systems/{system}"),
            ("/v1/systems/demo/users/sync", "/v1/systems/{system}/users/sync"),
            ("/v1/systems/demo/users/anna", "/v1/systems/{system}/users/{user}"),
            ("/v1/systems/demo/users/a%6Ena", "/v1/systems/{system}/users/{user}"),
            ("/v1/systems/demo/users/anna/resolve", "/v1/systems/{system}/users/{user}/resolve"),
            ("/v1/systems/demo/keys/refresh", "/v1/systems/{system}/keys/refresh"),
            ("/v1/jobs/sync-users", "/v1/jobs/{job}"),
            ("/openapi.json", "/openapi.json"),
        ] {
            assert_eq!(template(path), Some(wanted), "{path}");
        }
    }

    #[test]
    fn what_is_not_exact_is_nothing() {
        for path in [
            "",
            "/",
            "v1/systems",
            "/v1",
            "/v2/systems",
            "/v1/systems/",
            "//v1/systems",
            "/v1//systems",
            "/v1/systems//users",
            "/v1/systems/demo/users/",
            "/V1/systems",
            "/v1/%73ystems",
            "/v1/systems/demo/users/%73ync",
            "/v1/systems/sync",
            "/v1/systems/demo/users/a%2Fb",
            "/v1/systems/demo/users/a%252Fb",
            "/v1/systems/demo/users/a%",
            "/v1/systems/demo/users/.a",
            "/v1/systems/demo/users/a%20b",
            "/v1/systems/demo/users/%C3%A5",
            "/v1/systems/demo/users/anna/nothing",
            "/v1/jobs/nothing",
            "/v1/systems/demo/keys/not-a-guid",
            "/v1/systems/demo/users/sync/resolve",
            "/healthz/",
        ] {
            assert_eq!(template(path), None, "{path}");
        }
        let long = format!("/v1/systems/{}", "a".repeat(65));
        assert_eq!(template(&long), None);
    }

    #[test]
    fn parameters_are_decoded_and_ids_of_iloq_lower_case() {
        let found =
            find_among(&format!("/v1/systems/De%6Do/keys/{GUID}/limits"), Component::ALL, Job::ALL).unwrap();
        assert_eq!(found.system(), Some("Demo"));
        assert_eq!(found.parameter("key"), Some(GUID.to_lowercase().as_str()));
        assert_eq!(found.parameter("user"), None);
        assert_eq!(found.route.component, Component::LimitKey);
    }

    #[test]
    fn what_is_not_built_does_not_exist() {
        let built = |path| find_among(path, &[Component::Users, Component::Jobs], &[Job::Retry]).is_some();
        assert!(!built("/v1/systems/demo/keys"));
        assert!(!built("/v1/jobs/housekeeping"));
        assert!(built("/v1/jobs/retry"));
        assert!(built("/v1/systems/demo/users"));
    }

    #[test]
    fn methods_and_who_may_learn_of_them() {
        let system = find("/v1/systems/demo").unwrap();
        assert_eq!(system.allow(false), "GET, PUT, DELETE");
        assert_eq!(system.operation("PUT", false).unwrap().access, Access::Token(Scope::Admin));
        for missing in ["POST", "PATCH", "HEAD", "OPTIONS", "put", ""] {
            assert!(system.operation(missing, false).is_none(), "{missing}");
        }
        assert_eq!(system.least_access(), Access::Token(Scope::Read));
        assert_eq!(
            find("/v1/systems/demo/users/sync").unwrap().least_access(),
            Access::Token(Scope::Operate)
        );
        assert_eq!(find("/v1/jobs/retry").unwrap().least_access(), Access::Token(Scope::Jobs));
        assert_eq!(find("/healthz").unwrap().least_access(), Access::Public);
        assert_eq!(find("/v1/systems/demo/doors").unwrap().allow(false), "GET");
    }

    #[test]
    fn jobs_by_get_only_where_it_is_switched_on() {
        let job = find("/v1/jobs/retry").unwrap();
        assert_eq!((job.allow(false), job.allow(true)), ("POST".to_owned(), "POST, GET".to_owned()));
        assert!(job.operation("GET", false).is_none() && job.operation("GET", true).is_some());
        assert!(!job.allows_query_token("GET", false));
        assert!(job.allows_query_token("GET", true));
        assert!(!job.allows_query_token("POST", true));
        assert!(!find("/v1/systems").unwrap().allows_query_token("GET", true));
        assert_eq!(job.job(), Some(Job::Retry));
    }
}
