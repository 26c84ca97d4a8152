//! `allowed_outbound_hosts`, with Spin's meaning.

use anyhow::{Context, Result, bail, ensure};

/// The addresses that one component may call.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedHosts(Vec<Pattern>);

/// One entry: `scheme://host[:port]`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    /// `None` is `*`.
    scheme: Option<String>,
    host: Host,
    /// First and last port; `None` is `*`.
    ports: Option<(u16, u16)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Any,
    /// With the leading dot: any depth below, not the domain itself.
    Below(String),
    Exact(String),
}

impl AllowedHosts {
    /// Parses all patterns; their variables are already put in.
    ///
    /// # Errors
    /// A pattern that Spin would refuse, or of a kind that this host does not know (`self`, CIDR).
    pub(crate) fn parse(patterns: &[String]) -> Result<Self> {
        let parse =
            |text: &String| Pattern::parse(text).with_context(|| format!("allowed_outbound_hosts: `{text}`"));
        patterns.iter().map(parse).collect::<Result<_>>().map(Self)
    }

    /// Whether a request to this URI may go out.
    pub(crate) fn allows(&self, uri: &http::Uri) -> bool {
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else { return false };
        let Some(port) = uri.port_u16().or_else(|| default_port(scheme)) else { return false };
        let host = host.to_ascii_lowercase();
        self.0.iter().any(|pattern| pattern.matches(scheme, &host, port))
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self> {
        let (scheme, rest) = text.trim().split_once("://").context("must be `scheme://host`")?;
        let scheme = match scheme {
            "*" => None,
            "http" | "https" => Some(scheme.to_owned()),
            other => bail!("scheme `{other}` is not supported (http, https, *)"),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        ensure!(!rest.contains(['/', '?', '#', '@']), "no path, query, CIDR or user is supported");
        let (host, port) = split_port(rest)?;
        ensure!(!host.is_empty(), "the host is missing");
        ensure!(host != "self" && !host.ends_with(".alt"), "`{host}` is not supported");
        let host = match host.strip_prefix('*') {
            Some("") => Host::Any,
            Some(suffix) if suffix.len() > 1 && suffix.starts_with('.') && !suffix.contains('*') => {
                Host::Below(suffix.to_ascii_lowercase())
            }
            None if !host.contains('*') => Host::Exact(host.to_ascii_lowercase()),
            _ => bail!("`*` may only stand for the whole host or its first labels"),
        };
        let ports = match (port, &scheme) {
            (Some("*"), _) => None,
            (Some(range), _) => Some(parse_ports(range)?),
            (None, Some(scheme)) => default_port(scheme).map(|port| (port, port)),
            (None, None) => bail!("scheme `*` needs a port"),
        };
        Ok(Self { scheme, host, ports })
    }

    fn matches(&self, scheme: &str, host: &str, port: u16) -> bool {
        let host_fits = match &self.host {
            Host::Any => true,
            Host::Below(suffix) => host.len() > suffix.len() && host.ends_with(suffix.as_str()),
            Host::Exact(name) => host == name,
        };
        host_fits
            && self.scheme.as_deref().is_none_or(|wanted| wanted == scheme)
            && self.ports.is_none_or(|(first, last)| (first..=last).contains(&port))
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>)> {
    if authority.starts_with('[') {
        let end = authority.find(']').context("`[` without `]`")?;
        let (host, tail) = authority.split_at(end + 1);
        return match tail.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if tail.is_empty() => Ok((host, None)),
            None => bail!("`{tail}` after the address"),
        };
    }
    Ok(authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))))
}

fn parse_ports(text: &str) -> Result<(u16, u16)> {
    let number = |text: &str| text.parse::<u16>().with_context(|| format!("port `{text}`"));
    match text.split_once("..") {
        // As in Spin, the end is not part of the range.
        Some((first, end)) => Ok((number(first)?, number(end)?.saturating_sub(1))),
        None => number(text).map(|port| (port, port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(pattern: &str, uri: &str) -> bool {
        AllowedHosts::parse(&[pattern.to_owned()]).unwrap().allows(&uri.parse().unwrap())
    }

    #[test]
    fn the_default_port_follows_the_scheme() {
        assert!(allows("https://a.example", "https://a.example/x?y"));
        assert!(allows("https://a.example", "https://A.EXAMPLE:443/"));
        assert!(!allows("https://a.example", "https://a.example:8443/"));
        assert!(!allows("https://a.example", "http://a.example/"));
        assert!(!allows("https://a.example", "https://a.example.evil.test/"));
    }

    #[test]
    fn a_star_label_is_any_depth_below_but_not_the_domain_itself() {
        assert!(allows("https://*.iloq.com", "https://s5.iloq.com/"));
        assert!(allows("https://*.iloq.com", "https://a.b.iloq.com/"));
        assert!(!allows("https://*.iloq.com", "https://iloq.com/"));
        assert!(!allows("https://*.iloq.com", "https://evililoq.com/"));
    }

    #[test]
    fn ports_may_be_any_one_or_a_range() {
        assert!(allows("http://127.0.0.1:*", "http://127.0.0.1:4788/"));
        assert!(allows("http://[::1]:81", "http://[::1]:81/"));
        assert!(allows("*://*:*", "http://anything:1/"));
        assert!(allows("http://h:80..82", "http://h:81/") && !allows("http://h:80..82", "http://h:82/"));
    }

    #[test]
    fn what_is_not_supported_is_refused() {
        for bad in [
            "iloq.com",
            "ftp://x",
            "*://x",
            "http://x/path",
            "http://10.0.0.0/8",
            "http://a.*.b",
            "http://",
            "http://self",
        ] {
            assert!(AllowedHosts::parse(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
