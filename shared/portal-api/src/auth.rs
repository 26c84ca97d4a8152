//! Who may call: tokens, scopes and the systems they cover.

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::names::PortalId;
use crate::problem::{Code, Problem};
use crate::routes::Access;
use crate::words::words;

words! {
    /// What a token may do. `read` < `operate` < `admin`; `jobs` may call `/v1/jobs/*` only.
    Scope {
        /// Scheduled work only.
        Jobs = "jobs",
        /// Reads.
        Read = "read",
        /// Reads, writes, and scheduled work.
        Operate = "operate",
        /// Everything, also systems and their settings.
        Admin = "admin",
    }
}

impl Scope {
    /// Whether a token of this scope may call what needs `needed`.
    #[must_use]
    pub fn may(self, needed: Self) -> bool {
        match needed {
            Self::Jobs => matches!(self, Self::Jobs | Self::Operate | Self::Admin),
            Self::Read | Self::Operate | Self::Admin => self != Self::Jobs && self >= needed,
        }
    }
}

/// The systems that a token covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Systems {
    /// All of them, also those to come.
    All,
    /// These.
    Only(Vec<PortalId>),
}

/// The caller, once the token is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The entry's name: it goes into the audit trail in place of the token.
    pub name: String,
    /// What it may do.
    pub scope: Scope,
    /// Where.
    pub systems: Systems,
}

impl Principal {
    /// Whether the token covers the system. If not, the system does not exist for this caller.
    #[must_use]
    pub fn covers(&self, system: &str) -> bool {
        match &self.systems {
            Systems::All => true,
            Systems::Only(ids) => ids.iter().any(|id| id.as_str() == system),
        }
    }

    /// 403 `insufficient-scope` unless the scope reaches `needed`.
    ///
    /// # Errors
    /// The problem, which names the scope that is needed.
    pub fn require(&self, needed: Access) -> Result<(), Problem> {
        match needed {
            Access::Token(scope) if !self.scope.may(scope) => Err(Problem::because(
                Code::InsufficientScope,
                &format!("This needs the scope {scope}; the token has {}.", self.scope),
            )),
            _ => Ok(()),
        }
    }

    /// 404 `unknown-system` unless the token covers the system.
    ///
    /// # Errors
    /// The same problem as for a system that does not exist.
    pub fn require_system(&self, system: &str) -> Result<(), Problem> {
        if self.covers(system) { Ok(()) } else { Err(Problem::of(Code::UnknownSystem)) }
    }
}

/// An entry of `access_tokens` that can't be read; the others still work.
///
/// It tells where, never what: the entry may hold a secret in the wrong place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("access_tokens: entry {position} is not valid: {reason}; the form is name:scope:systems:sha256hex")]
pub struct EntryFault {
    /// Which entry, counted from 1.
    pub position: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// The configured tokens, as hashes.
#[derive(Debug, Default)]
pub struct Tokens {
    entries: Vec<Entry>,
    faults: Vec<EntryFault>,
}

#[derive(Debug)]
struct Entry {
    principal: Principal,
    hash: [u8; 32],
}

impl Tokens {
    /// Reads the variable `access_tokens`: entries `name:scope:systems:sha256hex` between white space.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut tokens = Self::default();
        for (index, entry) in text.split_whitespace().enumerate() {
            match read_entry(entry) {
                Ok(entry) => tokens.entries.push(entry),
                Err(reason) => tokens.faults.push(EntryFault { position: index + 1, reason }),
            }
        }
        tokens
    }

    /// The entries that can't be read, for the log.
    #[must_use]
    pub fn faults(&self) -> &[EntryFault] {
        &self.faults
    }

    /// Who calls.
    ///
    /// `header` is the value of `Authorization`. `query_token` is the value of `?token=` where the
    /// operation allows one; it is looked at only without a header, and only a token of scope `jobs` is
    /// taken there, because addresses end up in logs.
    ///
    /// # Errors
    /// 401 `unauthenticated`; the detail never repeats what was sent.
    pub fn authenticate(
        &self,
        header: Option<&str>,
        query_token: Option<&str>,
    ) -> Result<Principal, Problem> {
        let found = match header {
            Some(header) => bearer(header).and_then(|token| self.find(token)),
            None => query_token.and_then(|token| self.find(token)).filter(|found| found.scope == Scope::Jobs),
        };
        found.cloned().ok_or_else(|| Problem::of(Code::Unauthenticated))
    }

    /// Looks at every entry, so that the time tells nothing about which one came close.
    fn find(&self, token: &str) -> Option<&Principal> {
        if token.is_empty() {
            return None;
        }
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let mut found = u32::MAX;
        for (index, entry) in (0u32..).zip(&self.entries) {
            let same: Choice = entry.hash.ct_eq(&hash);
            found = u32::conditional_select(&found, &index, same);
        }
        self.entries.get(usize::try_from(found).ok()?).map(|entry| &entry.principal)
    }
}

/// The token of `Bearer <token>`; the scheme's case does not matter.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn read_entry(text: &str) -> Result<Entry, &'static str> {
    let mut parts = text.split(':');
    let (Some(name), Some(scope), Some(systems), Some(hash), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("it does not have four parts");
    };
    if !crate::names::is_token(name) {
        return Err("the name is not made of letters, digits and ._~-");
    }
    let scope = Scope::parse(scope).ok_or("the scope is none of read, operate, admin, jobs")?;
    let systems = if systems == "*" {
        Systems::All
    } else {
        let ids: Option<Vec<PortalId>> = systems.split(',').map(PortalId::parse).collect();
        Systems::Only(ids.ok_or("the systems are neither * nor a comma list of ids")?)
    };
    let hash = read_hash(hash).ok_or("the hash is not 64 hexadecimal digits")?;
    Ok(Entry { principal: Principal { name: name.to_owned(), scope, systems }, hash })
}

fn read_hash(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).ok()?;
    Some(hash)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::{Principal, Scope, Systems, Tokens};
    use crate::problem::Code;
    use crate::routes::Access;

    fn hash(token: &str) -> String {
        Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn tokens() -> Tokens {
        let upper = hash("reader").to_uppercase();
        let text = format!(
            "portal:operate:*:{}\n  viewer:read:a,b:{upper}\tcron:jobs:*:{} root:admin:*:{} portal:operate:*:{}",
            hash("one"),
            hash("tick"),
            hash("top"),
            hash("two")
        );
        Tokens::parse(&text)
    }

    #[test]
    fn a_token_is_who_its_entry_says() {
        let tokens = tokens();
        assert!(tokens.faults().is_empty());
        for (header, name, scope) in [
            ("Bearer one", "portal", Scope::Operate),
            ("bearer  two ", "portal", Scope::Operate),
            ("BEARER reader", "viewer", Scope::Read),
            ("Bearer tick", "cron", Scope::Jobs),
            ("Bearer top", "root", Scope::Admin),
        ] {
            let principal = tokens.authenticate(Some(header), None).unwrap();
            assert_eq!((principal.name.as_str(), principal.scope), (name, scope), "{header}");
        }
    }

    #[test]
    fn anything_else_is_no_token() {
        let tokens = tokens();
        for header in
            ["", "one", "Bearer", "Bearer ", "Bearer nine", "Basic one", "Bearer one two", "Bearerone"]
        {
            let problem = tokens.authenticate(Some(header), None).unwrap_err();
            assert_eq!(problem.code, Code::Unauthenticated, "{header}");
            assert!(!problem.detail.contains("nine"));
        }
        assert!(tokens.authenticate(None, None).is_err());
        assert!(Tokens::parse("").authenticate(Some("Bearer one"), None).is_err());
    }

    #[test]
    fn in_the_query_only_a_jobs_token_counts_and_a_header_goes_first() {
        let tokens = tokens();
        assert_eq!(tokens.authenticate(None, Some("tick")).unwrap().name, "cron");
        assert!(tokens.authenticate(None, Some("top")).is_err());
        assert!(tokens.authenticate(Some("Bearer nine"), Some("tick")).is_err());
        assert_eq!(tokens.authenticate(Some("Bearer top"), Some("tick")).unwrap().name, "root");
    }

    #[test]
    fn a_wrong_entry_is_told_by_its_place_and_hurts_no_other() {
        let good = hash("good");
        let text = format!(
            "a:read:*:{good} secret-token b:write:*:{good} c:read::{good} d:read:*:abc e:read:*:{good}:x :read:*:{good} f:read:sync:{good}"
        );
        let tokens = Tokens::parse(&text);
        let places: Vec<usize> = tokens.faults().iter().map(|fault| fault.position).collect();
        assert_eq!(places, [2, 3, 4, 5, 6, 7, 8]);
        for fault in tokens.faults() {
            let text = fault.to_string();
            assert!(!text.contains("secret-token") && !text.contains(&good), "{text}");
        }
        assert_eq!(tokens.authenticate(Some("Bearer good"), None).unwrap().name, "a");
    }

    #[test]
    fn scopes_and_what_they_reach() {
        use Scope::{Admin, Jobs, Operate, Read};
        let reach = |scope: Scope| -> Vec<Scope> {
            [Read, Operate, Admin, Jobs].into_iter().filter(|needed| scope.may(*needed)).collect()
        };
        assert_eq!(reach(Read), [Read]);
        assert_eq!(reach(Operate), [Read, Operate, Jobs]);
        assert_eq!(reach(Admin), [Read, Operate, Admin, Jobs]);
        assert_eq!(reach(Jobs), [Jobs]);
    }

    #[test]
    fn a_system_outside_the_token_is_unknown() {
        let viewer = tokens().authenticate(Some("Bearer reader"), None).unwrap();
        assert!(viewer.covers("a") && viewer.covers("b") && !viewer.covers("c"));
        assert_eq!(viewer.require_system("c").unwrap_err().code, Code::UnknownSystem);
        let problem = viewer.require(Access::Token(Scope::Operate)).unwrap_err();
        assert_eq!(problem.code, Code::InsufficientScope);
        assert!(problem.detail.contains("operate"), "{}", problem.detail);
        assert!(viewer.require(Access::Public).is_ok());
        let all = Principal { name: "x".into(), scope: Scope::Read, systems: Systems::All };
        assert!(all.covers("anything"));
    }
}
