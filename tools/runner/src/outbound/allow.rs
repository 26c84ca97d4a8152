//! `allowed_outbound_hosts`, with Spin's meaning.

use anyhow::{Context, Result};
use iloq_model::{Address, OriginPatterns};

/// The addresses that one component may call.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedHosts(OriginPatterns);

impl AllowedHosts {
    /// Parses all patterns; their variables are already put in.
    ///
    /// # Errors
    /// A pattern that Spin would refuse, or of a kind that this host does not know (`self`, CIDR).
    pub(crate) fn parse(patterns: &[String]) -> Result<Self> {
        let patterns = OriginPatterns::parse(patterns.iter().map(String::as_str));
        patterns.context("allowed_outbound_hosts").map(Self)
    }

    /// Whether a request to this URI may go out.
    pub(crate) fn allows(&self, uri: &http::Uri) -> bool {
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
        let origin = format!("{scheme}://{authority}").parse::<Address>();
        origin.is_ok_and(|origin| self.0.matches(&origin))
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
        assert!(!allows("https://a.example", "https://a.example@evil.test/"));
        assert!(!allows("https://a.example", "https://user@a.example/"));
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
