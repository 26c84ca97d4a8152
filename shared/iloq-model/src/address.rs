//! Addresses of services.

use std::{cell::Cell, fmt, str::FromStr};

use url::{Host, Position, Url};

/// A base address: scheme, host with an optional port, and a path without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// Not of the form of an address.
    #[error("not an address such as https://s5.iloq.com/iloqws")]
    Form,
    /// Neither `https` nor `http`.
    #[error("an address begins with https:// or http://")]
    Scheme,
}

impl Address {
    /// Whether TLS is used.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host in lower case; an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port, given or by default.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    /// Host and port as they go into the `Host` header: without the scheme's default port.
    #[must_use]
    pub fn authority(&self) -> String {
        self.0[Position::BeforeHost..Position::AfterPort].to_owned()
    }

    /// Scheme, host and port, without the path: `https://s5.iloq.com`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0[..Position::BeforePath].to_owned()
    }

    /// The path of a call below the base: `base/api/v2/rest`, with one slash between them.
    #[must_use]
    pub fn path_of(&self, rest: &str) -> String {
        format!("{}/api/v2/{}", self.path(), rest.trim_start_matches('/'))
    }

    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
    }

    fn path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }
}

/// Scheme, host and port of an address; `None` if it is none.
#[must_use]
pub fn origin_of(address: &str) -> Option<String> {
    address.parse().ok().map(|address: Address| address.origin())
}

impl FromStr for Address {
    type Err = InvalidAddress;

    /// Reads an address strictly: a text that URL parsing would repair or rewrite (`\`, `..`, a user name, `2130706433`
    /// or `hä.com` as the host) could lead elsewhere than it seems to, so it is refused.
    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").ok_or(InvalidAddress::Form)?;
        if !["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err(InvalidAddress::Scheme);
        }
        let repaired = Cell::new(false);
        let url = Url::options().syntax_violation_callback(Some(&|_| repaired.set(true))).parse(text);
        let mut url = url.map_err(|_| InvalidAddress::Form)?;
        if repaired.get() || url.query().or(url.fragment()).is_some() || !is_unchanged(&url, rest) {
            return Err(InvalidAddress::Form);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }
}

/// Whether host, port and path of `url` are those in its text, which is `rest` after the scheme.
fn is_unchanged(url: &Url, rest: &str) -> bool {
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let same_host = match url.host() {
        Some(Host::Ipv6(_)) => true,
        Some(host) => {
            let host = host.to_string();
            host.split('.').all(is_label)
                && authority.split(':').next().is_some_and(|name| name.eq_ignore_ascii_case(&host))
        }
        None => false,
    };
    same_host && url.port() != Some(0) && !authority.ends_with(':') && (path.is_empty() || path == url.path())
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", &self.0[..Position::BeforePath], self.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn one_slash_remains_between_base_and_path() {
        for base in [
            "https://s5.iloq.com/iloqwspool2",
            "https://S5.iLOQ.com/iloqwspool2/",
            " HTTPS://s5.iloq.com:443/iloqwspool2//",
        ] {
            assert_eq!(address(base).path_of("Persons"), "/iloqwspool2/api/v2/Persons");
            assert_eq!(address(base).to_string(), "https://s5.iloq.com/iloqwspool2");
            assert_eq!(origin_of(base).as_deref(), Some("https://s5.iloq.com"));
            assert_eq!(address(base), address("https://s5.iloq.com/iloqwspool2"));
        }
        assert_eq!(address("https://h").path_of("/Url/GetUrl"), "/api/v2/Url/GetUrl");
        assert_eq!(address("https://h/").to_string(), "https://h");
    }

    #[test]
    fn ports_and_loopback_hosts_are_known() {
        assert_eq!(address("http://127.0.0.1:8080/x").authority(), "127.0.0.1:8080");
        assert_eq!(address("http://[0:0::1]:8080/x").authority(), "[::1]:8080");
        assert_eq!((address("https://h").port(), address("http://h").port()), (443, 80));
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(address(&format!("http://{host}:1")).is_loopback(), "{host}");
        }
        assert!(!address("http://localhost.example.com").is_loopback());
        assert!(!address("http://127.0.0.1.example.com").is_loopback());
    }

    #[test]
    fn tricks_are_refused() {
        for text in [
            "",
            "s5.iloq.com",
            "localhost:80",
            "https:s5.iloq.com",
            "https://",
            "https:///x",
            "https://evil.com#@s5.iloq.com",
            "https://s5.iloq.com@evil.com/",
            "https://user:secret@s5.iloq.com/",
            "https://@s5.iloq.com/",
            "https://evil.com\\.iloq.com",
            "https://evil.com\\@s5.iloq.com",
            "https://s5.iloq.com\\x",
            "https://s5.iloq.com/?x",
            "https://s5.iloq.com?",
            "https://s5.iloq.com#",
            "https://s5.iloq.com.",
            "https://s5..iloq.com",
            "https://*.iloq.com",
            "https://s5.iloq.com/a b",
            "https://s5.iloq\t.com",
            "https://s5.iloq\u{200b}.com",
            "https://h:0",
            "https://h:99999",
            "https://h:+1",
            "https://h:x",
            "https://a b",
            "https://h/a/../b",
            "https://h/./b",
            "https://h/%2e%2E/b",
            "https://h/ä",
            "https://h/%zz",
            "https://[::1",
            "https://[x]",
            "https://[::1]x",
            "https://hä.com",
            "https://%68.com",
            "http://2130706433",
            "http://127.1",
            "http://0x7f.0.0.1",
            "https://h:",
            "https://[::1]:",
        ] {
            assert_eq!(text.parse::<Address>(), Err(InvalidAddress::Form), "{text}");
        }
        assert_eq!("ftp://s5.iloq.com".parse::<Address>(), Err(InvalidAddress::Scheme));
    }
}
