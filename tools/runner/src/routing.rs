//! Which component answers a path: the rules of `routefinder`, which Spin uses, too. Fixed segments win over
//! parameters, and those over `/...`; methods play no part.

use anyhow::{Result, anyhow};
use routefinder::Router;

/// The component for a path among `(route, component)` pairs, whose routes are written as in a manifest.
#[must_use]
pub fn owner<'a>(routes: impl IntoIterator<Item = (&'a str, &'a str)>, path: &str) -> Option<&'a str> {
    router(routes).ok()?.best_match(path).map(|found| *found.handler())
}

/// A router over a manifest's routes.
pub(crate) fn router<'a, T>(routes: impl IntoIterator<Item = (&'a str, T)>) -> Result<Router<T>> {
    let mut router = Router::new();
    for (route, handler) in routes {
        // A manifest writes `/...` for what the crate writes `/*`.
        let pattern =
            route.strip_suffix("/...").map_or_else(|| route.to_owned(), |start| format!("{start}/*"));
        router.add(pattern, handler).map_err(|error| anyhow!("route `{route}`: {error}"))?;
    }
    Ok(router)
}
