//! Which addresses may be called: patterns as in Spin's `allowed_outbound_hosts`.

use crate::Address;

/// iLOQ's own hosts.
const ILOQ: [&str; 2] = ["https://*.iloq.com", "https://*.iloq.de"];

/// A set of patterns, each `scheme://host:port` where the scheme, the host, its first labels and the port may be `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginPatterns(Vec<Pattern>);

/// A text that is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a pattern such as https://*.iloq.com or http://127.0.0.1:*")]
pub struct InvalidPattern(String);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    /// `None` for any.
    https: Option<bool>,
    host: Host,
    /// Inclusive.
    ports: (u16, u16),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Any,
    /// With the leading dot.
    Below(String),
    Exactly(String),
}

impl OriginPatterns {
    /// iLOQ's own hosts and one more pattern; an `extra` that is no pattern allows nothing more.
    #[must_use]
    pub fn iloq_and(extra: &str) -> Self {
        let mut patterns = Vec::new();
        for text in [ILOQ[0], ILOQ[1], extra] {
            patterns.extend(pattern(text.trim()));
        }
        Self(patterns)
    }

    /// These patterns.
    ///
    /// # Errors
    /// [`InvalidPattern`] for the first that is none.
    pub fn parse<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidPattern> {
        let parsed = patterns
            .into_iter()
            .map(|text| pattern(text.trim()).ok_or_else(|| InvalidPattern(text.to_owned())));
        parsed.collect::<Result<_, _>>().map(Self)
    }

    /// Whether the address may be called. Whatever the patterns say, only this machine is called without TLS.
    #[must_use]
    pub fn allows(&self, address: &Address) -> bool {
        (address.is_https() || address.is_loopback()) && self.0.iter().any(|pattern| pattern.matches(address))
    }
}

impl Pattern {
    fn matches(&self, address: &Address) -> bool {
        let host = match &self.host {
            Host::Any => true,
            Host::Below(suffix) => address.host().len() > suffix.len() && address.host().ends_with(suffix),
            Host::Exactly(host) => address.host() == host,
        };
        host && self.https.is_none_or(|https| https == address.is_https())
            && (self.ports.0..=self.ports.1).contains(&address.port())
    }
}

fn pattern(text: &str) -> Option<Pattern> {
    let (scheme, rest) = text.split_once("://")?;
    let https = match scheme {
        "*" => None,
        "https" => Some(true),
        "http" => Some(false),
        _ => return None,
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let ports = match (port, https) {
        (Some("*"), _) => (0, u16::MAX),
        (Some(range), _) => match range.split_once("..") {
            // As in Spin the end of a range is left out.
            Some((first, end)) => (first.parse().ok()?, end.parse::<u16>().ok()?.checked_sub(1)?),
            None => (range.parse().ok()?, range.parse().ok()?),
        },
        (None, Some(true)) => (443, 443),
        (None, Some(false)) => (80, 80),
        (None, None) => return None,
    };
    let host = match host.strip_prefix('*') {
        Some("") => Host::Any,
        Some(suffix) if suffix.starts_with('.') => Host::Below(plain_host(suffix)?),
        Some(_) => return None,
        None => Host::Exactly(plain_host(host)?),
    };
    Some(Pattern { https, host, ports })
}

fn plain_host(host: &str) -> Option<String> {
    let fine =
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte));
    fine.then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(extra: &str, address: &str) -> bool {
        OriginPatterns::iloq_and(extra).allows(&address.parse().unwrap())
    }

    #[test]
    fn patterns_match_as_in_spin() {
        for (extra, address, allowed) in [
            ("https://*.iloq.com", "https://s5.iloq.com/iloqws", true),
            ("https://*.iloq.com", "https://s5.iloq.de", true),
            ("https://*.iloq.com", "https://a.b.iloq.com:443", true),
            ("https://*.iloq.com", "https://iloq.com", false),
            ("https://*.iloq.com", "https://evililoq.com", false),
            ("https://*.iloq.com", "https://s5.iloq.com.evil.com", false),
            ("https://*.iloq.com", "https://s5.iloq.com:8443", false),
            ("http://127.0.0.1:*", "http://127.0.0.1:8080/iloqws", true),
            ("http://127.0.0.1:*", "https://127.0.0.1:8080", false),
            ("http://127.0.0.1:8000..9000", "http://127.0.0.1:8999", true),
            ("http://127.0.0.1:8000..9000", "http://127.0.0.1:9000", false),
            ("https://host:8443", "https://host:8443/x", true),
            ("https://host:8443", "https://host", false),
            ("*://*.x:*", "https://a.x:9", true),
            ("*://*:*", "https://anything.org", true),
            ("http://[::1]:*", "http://[::1]:5", true),
        ] {
            assert_eq!(allows(extra, address), allowed, "{extra} {address}");
        }
    }

    #[test]
    fn without_tls_only_this_machine_is_called() {
        assert!(!allows("*://*:*", "http://anything.org"));
        assert!(!allows("http://10.0.0.1:*", "http://10.0.0.1:80"));
        assert!(allows("*://*:*", "http://localhost:3000"));
    }

    #[test]
    fn other_texts_are_no_patterns() {
        for text in [
            "",
            "*",
            "s5.iloq.com",
            "ftp://x",
            "https://",
            "https://*iloq.com",
            "https://x/y",
            "*://x",
            "https://x:y",
            "https://u@x",
        ] {
            assert_eq!(OriginPatterns::parse([text]), Err(InvalidPattern(text.to_owned())));
            assert_eq!(OriginPatterns::iloq_and(text), OriginPatterns::parse(ILOQ).unwrap(), "{text}");
        }
    }
}
