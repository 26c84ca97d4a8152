//! Which addresses may be called: patterns as in Spin's `allowed_outbound_hosts`.

use std::ops::RangeInclusive;

use crate::Address;

/// iLOQ's own hosts.
const ILOQ: [&str; 2] = ["https://*.iloq.com", "https://*.iloq.de"];

/// A set of patterns, each `scheme://host:port` where the scheme, the host, its first labels and the port may be `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OriginPatterns(Vec<Pattern>);

/// A text that is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a pattern such as https://*.iloq.com or http://127.0.0.1:*: {reason}")]
pub struct InvalidPattern {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    /// `None` for any.
    https: Option<bool>,
    host: Host,
    ports: RangeInclusive<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Any,
    /// With the leading dot: any depth below, not the domain itself.
    Below(String),
    Exactly(String),
}

impl OriginPatterns {
    /// iLOQ's own hosts and one more pattern; an `extra` that is no pattern allows nothing more.
    #[must_use]
    pub fn iloq_and(extra: &str) -> Self {
        Self([ILOQ[0], ILOQ[1], extra].into_iter().filter_map(|text| Pattern::parse(text).ok()).collect())
    }

    /// These patterns.
    ///
    /// # Errors
    /// [`InvalidPattern`] for the first that is none, or is of a kind that Spin knows and this does not (`self`, a
    /// block of IP addresses).
    pub fn parse<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidPattern> {
        let parse = |text: &str| {
            Pattern::parse(text).map_err(|reason| InvalidPattern { text: text.to_owned(), reason })
        };
        patterns.into_iter().map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether the address may be called. Whatever the patterns say, only this machine is called without TLS.
    #[must_use]
    pub fn allows(&self, address: &Address) -> bool {
        (address.is_https() || address.is_loopback()) && self.matches(address)
    }

    /// Whether one of the patterns matches the address, also without TLS: Spin's own meaning.
    #[must_use]
    pub fn matches(&self, address: &Address) -> bool {
        self.0.iter().any(|pattern| pattern.matches(address))
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = text.trim().split_once("://").ok_or("it must be scheme://host")?;
        let (https, default_port) = match scheme {
            "*" => (None, None),
            "https" => (Some(true), Some(443)),
            "http" => (Some(false), Some(80)),
            _ => return Err("the scheme must be http, https or *"),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@']) {
            return Err("it may have no path, query, user or block of addresses");
        }
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let ports = match (port, default_port) {
            (Some(port), _) => {
                ports(port).ok_or("the port must be a number, a range such as 80..90, or *")?
            }
            (None, Some(port)) => port..=port,
            (None, None) => return Err("with the scheme * it needs a port"),
        };
        let host = match host.strip_prefix('*') {
            Some("") => Host::Any,
            Some(suffix) => {
                let domain =
                    suffix.strip_prefix('.').ok_or("* may only stand for the host or its first labels")?;
                Host::Below(format!(".{}", plain_host(domain)?))
            }
            None => Host::Exactly(plain_host(host)?),
        };
        Ok(Self { https, host, ports })
    }

    fn matches(&self, address: &Address) -> bool {
        let host = match &self.host {
            Host::Any => true,
            Host::Below(suffix) => address.host().len() > suffix.len() && address.host().ends_with(suffix),
            Host::Exactly(host) => address.host() == host,
        };
        host && self.https.is_none_or(|https| https == address.is_https())
            && self.ports.contains(&address.port())
    }
}

fn ports(text: &str) -> Option<RangeInclusive<u16>> {
    match text.split_once("..") {
        None if text == "*" => Some(0..=u16::MAX),
        None => text.parse().ok().map(|port| port..=port),
        // As in Spin the end of a range is left out.
        Some((first, end)) => Some(first.parse().ok()?..=end.parse::<u16>().ok()?.checked_sub(1)?),
    }
}

/// The host as an [`Address`] spells it.
fn plain_host(host: &str) -> Result<String, &'static str> {
    if host == "self" || host.ends_with(".alt") {
        return Err("the hosts self and *.alt are not supported");
    }
    match format!("http://{host}").parse::<Address>() {
        Ok(address) if address.authority() == address.host() => Ok(address.host().to_owned()),
        _ => Err("the host must be a name, an IPv4 address, or an IPv6 address in brackets"),
    }
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
            ("https://Host", "https://hOST", true),
            ("*://*.x:*", "https://a.x:9", true),
            ("*://*:*", "https://anything.org", true),
            ("http://[::1]:*", "http://[::1]:5", true),
            ("http://[0:0::1]/", "http://[::1]", true),
        ] {
            assert_eq!(allows(extra, address), allowed, "{extra} {address}");
        }
    }

    #[test]
    fn without_tls_only_this_machine_is_called() {
        assert!(!allows("*://*:*", "http://anything.org"));
        assert!(!allows("http://10.0.0.1:*", "http://10.0.0.1:80"));
        assert!(allows("*://*:*", "http://localhost:3000"));
        let any = OriginPatterns::parse(["*://*:*"]).unwrap();
        assert!(any.matches(&"http://anything.org".parse().unwrap()));
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
            "https://*.",
            "https://*.*.x",
            "https://a.*.b",
            "https://x/y",
            "https://10.0.0.0/8",
            "https://self",
            "https://x.alt",
            "*://x",
            "https://x:y",
            "https://x:",
            "https://x:1:2",
            "https://[::1]x",
            "https://x:5..0",
            "https://u@x",
            "https://hä.com",
        ] {
            assert_eq!(OriginPatterns::parse([text]).unwrap_err().text, text);
            assert_eq!(OriginPatterns::iloq_and(text), OriginPatterns::parse(ILOQ).unwrap(), "{text}");
        }
    }
}
