//! One locking system during one call.

use std::{rc::Rc, time::Duration};

use iloq_client::{Client, Credentials, Deadline, io::Clock, origin_of};
use iloq_model::TimeZone;
use portal_api::{Problem, types::User};

use crate::{
    config::Config,
    platform::Platform,
    problem::{self, Stop},
    seal::Binding,
    state::{Space, StoredSession, Suspension, SystemRecord},
    traffic::Traffic,
    users::{UserRecord, UserStore, changes::Changes, view},
    zone::zone_of,
};

/// iLOQ's client with this platform beneath.
pub type Iloq<'a, P> = Client<
    &'a <P as Platform>::Http,
    &'a <P as Platform>::Clock,
    &'a <P as Platform>::Random,
    StoredSession<'a, <P as Platform>::Store, <P as Platform>::Random>,
>;

/// The most that is kept back at the end of a call for writing down what was done.
const RESERVE: Duration = Duration::from_secs(3);

/// A locking system with what a call on it needs.
pub struct System<'a, P: Platform> {
    /// Everything outside.
    pub platform: &'a P,
    /// The application's variables.
    pub config: &'a Config<'a>,
    /// The portal's id.
    pub id: &'a str,
    /// Its settings.
    pub record: Rc<SystemRecord>,
    /// Its part of the store.
    pub space: Space<'a, P::Store>,
    /// What the call asks this system's iLOQ for.
    pub traffic: Rc<Traffic>,
    /// When the work on it began, on the monotonic clock.
    began: Duration,
    /// When it has to end, if that is before the end of the call.
    limit: Option<Duration>,
    traceparent: Option<&'a str>,
}

impl<'a, P: Platform> System<'a, P> {
    /// The system `id` until the end of the call, or until `limit`, if that comes before.
    pub fn new(
        platform: &'a P,
        config: &'a Config<'a>,
        id: &'a str,
        record: impl Into<Rc<SystemRecord>>,
        limit: Option<Duration>,
        traceparent: Option<&'a str>,
    ) -> Self {
        let record = record.into();
        let space = Space::system(platform.store(), id, &record.incarnation);
        let began = platform.clock().monotonic();
        Self { platform, config, id, record, space, began, limit, traceparent, traffic: Rc::default() }
    }

    /// Time.
    pub fn clock(&self) -> &'a P::Clock {
        self.platform.clock()
    }

    /// Now, in milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        self.clock().now().timestamp_millis()
    }

    /// When the work on it has to end (on the monotonic clock).
    fn end(&self) -> Duration {
        let end = self.config.end();
        self.limit.map_or(end, |limit| limit.min(end))
    }

    /// What is left of the call.
    pub fn left(&self) -> Duration {
        self.end().saturating_sub(self.clock().monotonic())
    }

    /// What is kept back of the time up to `end`.
    fn reserve(&self, end: Duration) -> Duration {
        (end.saturating_sub(self.began) / 5).min(RESERVE)
    }

    /// Whether no further step is begun: what is left is for writing down what was done.
    pub fn is_over(&self) -> bool {
        let now = self.clock().monotonic();
        let is_over = |end: Duration| end.saturating_sub(now) < self.reserve(end);
        // Most calls are done before the shortest slice would be over, and need not know theirs.
        let earliest = self.config.earliest_end();
        is_over(self.limit.map_or(earliest, |limit| limit.min(earliest))) && is_over(self.end())
    }

    /// The zone of the locks' clocks.
    ///
    /// # Errors
    /// Those of [`zone_of`].
    pub fn zone(&self) -> Result<TimeZone, Problem> {
        zone_of(&self.record.settings)
    }

    /// The users.
    pub fn users(&self) -> UserStore<'_, P::Store> {
        UserStore::new(&self.space)
    }

    /// What the portal has to apply.
    pub fn changes(&self) -> Changes<'_, 'a, P> {
        Changes::new(self)
    }

    /// A user as the portal sees it.
    pub fn user_view(&self, id: &str, user: &UserRecord) -> User {
        view::user(&self.record.settings, id, user)
    }

    /// Where the secrets of this system may be used: they are sealed for nowhere else.
    #[must_use]
    pub fn binding<'b>(id: &'b str, field: &'b str, origin: &'b str) -> Binding<'b> {
        Binding { system: id, field, origin }
    }

    /// The suspension that keeps calls away from iLOQ, if any.
    ///
    /// # Errors
    /// The store's failure.
    pub fn suspension(&self) -> Result<Option<Suspension>, Stop> {
        Ok(Suspension::of(&self.space, self.record.revision)?)
    }

    /// iLOQ.
    ///
    /// # Errors
    /// `system-suspended`, or secrets that can't be opened.
    pub fn iloq(&self) -> Result<Iloq<'_, P>, Stop> {
        if let Some(suspension) = self.suspension()? {
            return Err(problem::suspended(&suspension).into());
        }
        let key_ring = self.config.key_ring()?;
        let settings = &self.record.settings;
        let origin = origin_of(&settings.service_address).unwrap_or_default();
        let password = key_ring.open(Self::binding(self.id, "password", &origin), &self.record.password)?;
        let api_key = match &self.record.api_key {
            Some(sealed) => Some(key_ring.open(Self::binding(self.id, "apiKey", &origin), sealed)?),
            None => None,
        };
        let credentials = Credentials {
            service_address: settings.service_address.clone(),
            service_code: settings.service_code.clone(),
            user_name: settings.user_name.clone(),
            password,
            api_key,
            lock_group: settings.lock_group_id,
        };
        let keeper = StoredSession::new(
            self.space.clone(),
            self.platform.random(),
            key_ring,
            self.id,
            origin,
            self.record.revision,
        );
        let client = Client::new(
            credentials,
            self.config.origins().clone(),
            self.platform.http(),
            self.platform.clock(),
            self.platform.random(),
            keeper,
            Deadline::at(self.end()),
        );
        let (own, all) = (Rc::clone(&self.traffic), Rc::clone(&self.config.traffic));
        let client = client.on_request(move |note| {
            own.add(note.duration);
            all.add(note.duration);
        });
        Ok(match self.traceparent {
            Some(traceparent) => client.with_traceparent(traceparent),
            None => client,
        })
    }

    /// What the caller is told; a refused login suspends the system.
    pub fn problem(&self, stop: Stop) -> Problem {
        self.note(&stop);
        stop.into_problem()
    }

    /// Suspends the system if the login was refused: each further one could lengthen a lock-out.
    pub fn note(&self, stop: &Stop) {
        if let Stop::Iloq(error) = stop
            && let Some(result) = error.login_refused()
            && Suspension::is_due_to(result)
        {
            let suspension = Suspension {
                result: result.code(),
                at: self.now_ms(),
                settings_revision: self.record.revision,
            };
            // If this can't be stored, the next call tries one login more; nothing else is lost.
            let _ = suspension.store(&self.space);
        }
    }

    /// Passes a result on, and suspends the system if the login was refused.
    ///
    /// # Errors
    /// The same.
    pub fn noted<T>(&self, result: Result<T, Stop>) -> Result<T, Stop> {
        result.inspect_err(|stop| self.note(stop))
    }
}
