//! `PUT /v1/systems/{system}`.

use iloq_client::{Address, OriginPatterns, Secret, io::Clock, origin_of};
use portal_api::{
    Code, Patch, Problem,
    types::{Settings, SettingsInput},
};

use super::view;
use crate::{
    http::{Answer, Call, new_id},
    platform::Platform,
    problem::Stop,
    seal::KeyRing,
    state::{Registry, SystemRecord},
    system::System,
};

/// Characters of an incarnation: 32 random bits tell a system from the earlier ones of its name.
const INCARNATION: usize = 8;

/// Stores the settings. Makes no call to iLOQ: a suspension ends because the revision rises, and a session that was
/// kept under the older settings is used no more; it ends by itself.
///
/// # Errors
/// `address-not-allowed`, `invalid-request`, or the store's failure.
pub(super) fn put<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    let SettingsInput { settings, password, api_key } = SettingsInput::read(call.members.clone())?;
    let id = call.parameter("system");
    let before = call.system.as_ref().map(|system| &*system.record);
    let origin = allowed_origin(call.config.origins(), &settings.service_address)?;
    let kept = Kept::of(before, &settings, &origin);
    kept.check(password.is_some(), &api_key)?;

    let seal = |field, secret: &Secret| {
        let binding = System::<P>::binding(id, field, &origin);
        seal(call.config.key_ring()?, call.platform, binding, secret)
    };
    let password = match password {
        Some(password) => seal("password", &password)?,
        None => kept.password.unwrap_or_default().to_owned(),
    };
    let api_key = match api_key {
        Patch::Value(key) => Some(seal("apiKey", &key)?),
        Patch::Null => None,
        Patch::Absent => kept.api_key.map(str::to_owned),
    };
    let now = call.platform.clock().now().timestamp_millis();
    let record = SystemRecord {
        incarnation: before.map_or_else(|| incarnation(call.platform), |record| record.incarnation.clone()),
        revision: before.map_or(0, |record| record.revision) + 1,
        settings,
        password,
        api_key,
        created_at: before.map_or(now, |record| record.created_at),
        updated_at: now,
    };
    let store = call.platform.store();
    Registry::new(store).put(id, &record)?;
    let status = if before.is_some() { 200 } else { 201 };
    Ok(Answer::json(status, &view::system(store, id, &record)?))
}

fn seal(
    key_ring: &KeyRing,
    platform: &impl Platform,
    binding: crate::seal::Binding<'_>,
    secret: &Secret,
) -> Result<String, Stop> {
    Ok(key_ring.seal(platform.random(), binding, secret)?)
}

fn incarnation(platform: &impl Platform) -> String {
    let mut id = new_id(platform.random());
    id.truncate(INCARNATION);
    id
}

/// The origin of `address`, if iLOQ may be there.
fn allowed_origin(origins: &OriginPatterns, address: &str) -> Result<String, Problem> {
    let allowed = address.parse::<Address>().ok().filter(|address| origins.allows(address));
    allowed.map(|address| address.origin()).ok_or_else(|| {
        Problem::of(Code::AddressNotAllowed).with_error(
            "/serviceAddress",
            "must lie at https://*.iloq.com, https://*.iloq.de or the origin in the variable iloq_extra_origin",
        )
    })
}

/// What is left of the sealed secrets under new settings.
#[derive(Debug, PartialEq)]
struct Kept<'a> {
    /// `None` if the password has to be given.
    password: Option<&'a str>,
    /// `None` if there is none that could stay.
    api_key: Option<&'a str>,
    /// Whether there was a key that is bound to another origin.
    api_key_lost: bool,
    new: bool,
}

impl<'a> Kept<'a> {
    fn of(before: Option<&'a SystemRecord>, settings: &Settings, origin: &str) -> Self {
        let Some(before) = before else {
            return Self { password: None, api_key: None, api_key_lost: false, new: true };
        };
        let old = &before.settings;
        // Whoever may write settings must not learn the password by sending it to an address of their own.
        let same_login = same_address(&old.service_address, &settings.service_address)
            && old.service_code == settings.service_code
            && old.user_name == settings.user_name;
        let same_origin = origin_of(&old.service_address).as_deref() == Some(origin);
        let api_key = before.api_key.as_deref();
        Self {
            password: same_login.then_some(&before.password),
            api_key: api_key.filter(|_| same_origin),
            api_key_lost: api_key.is_some() && !same_origin,
            new: false,
        }
    }

    fn check(&self, password_given: bool, api_key: &Patch<Secret>) -> Result<(), Problem> {
        let mut problem = Problem::of(Code::InvalidRequest);
        if self.password.is_none() && !password_given {
            problem = problem.with_error(
                "/password",
                if self.new {
                    "is required for a new system"
                } else {
                    "is required because serviceAddress, serviceCode or userName changes"
                },
            );
        }
        if self.api_key_lost && api_key.is_absent() {
            problem = problem.with_error(
                "/apiKey",
                "must be given again because serviceAddress leads to another host; null does without a key",
            );
        }
        if problem.errors.is_empty() { Ok(()) } else { Err(problem) }
    }
}

/// The whole address counts, also its path: another path may belong to somebody else.
fn same_address(one: &str, other: &str) -> bool {
    match (one.parse::<Address>(), other.parse::<Address>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::system_record;

    fn settings(address: &str, code: &str, user: &str) -> Settings {
        Settings {
            service_address: address.to_owned(),
            service_code: code.to_owned(),
            user_name: user.to_owned(),
            ..system_record().settings
        }
    }

    fn record(api_key: Option<&str>) -> SystemRecord {
        SystemRecord { api_key: api_key.map(str::to_owned), ..system_record() }
    }

    fn pointers(result: Result<(), Problem>) -> Vec<String> {
        let errors = result.err().map(|problem| problem.errors.clone()).unwrap_or_default();
        errors.into_iter().map(|error| error.pointer).collect()
    }

    fn wrong(before: Option<&SystemRecord>, after: &Settings, api_key: &Patch<Secret>) -> Vec<String> {
        let origin = origin_of(&after.service_address).unwrap();
        pointers(Kept::of(before, after, &origin).check(false, api_key))
    }

    #[test]
    fn the_password_is_kept_only_for_the_same_login() {
        let before = record(None);
        for (address, code, user, kept) in [
            ("https://s5.iloq.com/iloqws", "123", "api", true),
            ("https://S5.iloq.com/iloqws/", "123", "api", true),
            ("https://s5.iloq.com/other", "123", "api", false),
            ("https://s5.iloq.de/iloqws", "123", "api", false),
            ("https://s5.iloq.com/iloqws", "124", "api", false),
            ("https://s5.iloq.com/iloqws", "123", "API", false),
        ] {
            let wrong = wrong(Some(&before), &settings(address, code, user), &Patch::Absent);
            assert_eq!(wrong.is_empty(), kept, "{address} {code} {user}: {wrong:?}");
        }
        assert_eq!(wrong(None, &before.settings, &Patch::Absent), ["/password"]);
    }

    #[test]
    fn the_api_key_goes_to_no_other_host() {
        let before = record(Some("sealed"));
        let same_host = settings("https://s5.iloq.com/other", "123", "api");
        assert_eq!(wrong(Some(&before), &same_host, &Patch::Absent), ["/password"]);
        let moved = settings("https://s5.iloq.de/iloqws", "123", "api");
        assert_eq!(wrong(Some(&before), &moved, &Patch::Absent), ["/password", "/apiKey"]);
        assert_eq!(wrong(Some(&before), &moved, &Patch::Null), ["/password"]);
        assert_eq!(wrong(Some(&record(None)), &moved, &Patch::Absent), ["/password"]);
        assert_eq!(Kept::of(Some(&before), &same_host, "https://s5.iloq.com").api_key, Some("sealed"));
    }

    #[test]
    fn addresses_elsewhere_are_refused() {
        let origins = OriginPatterns::iloq_and("http://127.0.0.1:*");
        assert_eq!(allowed_origin(&origins, "http://127.0.0.1:99/x").as_deref(), Ok("http://127.0.0.1:99"));
        for address in ["https://iloq.com.evil.example", "http://localhost:99", "https://s5.iloq.com:8443"] {
            let problem = allowed_origin(&origins, address).unwrap_err();
            assert_eq!(problem.code, Code::AddressNotAllowed, "{address}");
            assert_eq!(problem.errors[0].pointer, "/serviceAddress");
            assert!(!json!(problem).to_string().contains("evil"));
        }
    }
}
