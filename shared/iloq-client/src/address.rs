//! Addresses of iLOQ's service. By hand, since a URL crate would double the size of a guest.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// A base address: scheme, host with an optional port, and a path without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    https: bool,
    host: String,
    port: Option<u16>,
    path: String,
}

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address such as https://s5.iloq.com/iloqws")]
pub struct InvalidAddress;

impl Address {
    /// Whether TLS is used.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The host in lower case; an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, given or by default.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.https { 443 } else { 80 })
    }

    /// Host and port as they go into the `Host` header.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Scheme, host and port, without the path: `https://s5.iloq.com`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.https { "https" } else { "http" }, self.authority())
    }

    /// The path of a call below the base: `base/api/v2/rest`, with one slash between them.
    #[must_use]
    pub fn path_of(&self, rest: &str) -> String {
        format!("{}/api/v2/{}", self.path, rest.trim_start_matches('/'))
    }

    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let ip = self.host.trim_start_matches('[').trim_end_matches(']');
        self.host == "localhost" || ip.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

/// Scheme, host and port of an address; `None` if it is none.
#[must_use]
pub fn origin_of(address: &str) -> Option<String> {
    address.parse().ok().map(|address: Address| address.origin())
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").ok_or(InvalidAddress)?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(InvalidAddress),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        // A user name, a query or a fragment could make an allowed address out of another one.
        if !path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~%+,=:!".contains(&byte)) {
            return Err(InvalidAddress);
        }
        let (host, port) = split_port(authority)?;
        let path = path.trim_end_matches('/');
        if path.split('/').any(|segment| segment == "." || segment == "..") {
            return Err(InvalidAddress);
        }
        let path = if path.is_empty() { String::new() } else { format!("/{path}") };
        Ok(Self { https, host, port, path })
    }
}

fn split_port(authority: &str) -> Result<(String, Option<u16>), InvalidAddress> {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((ip, rest)) => {
            ip.parse::<Ipv6Addr>().map_err(|_| InvalidAddress)?;
            (
                format!("[{ip}]"),
                if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or(InvalidAddress)?) },
            )
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host.to_owned(), Some(port)),
            None => (authority.to_owned(), None),
        },
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    if host.is_empty() || !(host.starts_with('[') || host.bytes().all(plain)) {
        return Err(InvalidAddress);
    }
    let port = match port {
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(port.parse().ok().filter(|port| *port != 0).ok_or(InvalidAddress)?)
        }
        Some(_) => return Err(InvalidAddress),
        None => None,
    };
    Ok((host.to_ascii_lowercase(), port))
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.origin(), self.path)
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
            "https://s5.iloq.com/iloqwspool2//",
        ] {
            assert_eq!(address(base).path_of("Persons"), "/iloqwspool2/api/v2/Persons");
            assert_eq!(address(base).to_string(), "https://s5.iloq.com/iloqwspool2");
            assert_eq!(origin_of(base).as_deref(), Some("https://s5.iloq.com"));
        }
        assert_eq!(address("https://h").path_of("/Url/GetUrl"), "/api/v2/Url/GetUrl");
    }

    #[test]
    fn ports_and_loopback_hosts_are_known() {
        assert_eq!(address("http://127.0.0.1:8080/x").authority(), "127.0.0.1:8080");
        assert_eq!((address("https://h").port(), address("http://h").port()), (443, 80));
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(address(&format!("http://{host}:1")).is_loopback(), "{host}");
        }
        assert!(!address("http://localhost.example.com").is_loopback());
    }

    #[test]
    fn tricks_are_refused() {
        for text in [
            "",
            "s5.iloq.com",
            "ftp://s5.iloq.com",
            "https://",
            "https:///x",
            "https://evil.com#@s5.iloq.com",
            "https://s5.iloq.com@evil.com/",
            "https://evil.com\\.iloq.com",
            "https://s5.iloq.com/?x",
            "https://h:0",
            "https://h:99999",
            "https://h:+1",
            "https://a b",
            "https://h/a/../b",
            "https://[::1",
            "https://[x]",
            "https://hä.com",
            "https://h:",
        ] {
            assert_eq!(text.parse::<Address>(), Err(InvalidAddress), "{text}");
        }
    }
}
