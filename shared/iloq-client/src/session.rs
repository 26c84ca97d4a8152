//! The session: `GetUrl` → `CreateSession` → `LockGroups` → `SetLockgroup`, kept, shared, and renewed.

use std::cell::RefCell;
use std::time::Duration;

use iloq_model::{
    CreateSessionAnswer, CreateSessionResult, LockGroup, LockGroupId, RightsMask, SetLockGroupAnswer,
};

use crate::bodies::{Login, Wrapped};
use crate::call::Call;
use crate::decode::decode;
use crate::io::{Clock, Random, SessionKeeper, Transport};
use crate::{Address, Client, Error, ErrorKind, KeptSession, Secret, SignIn};

const GET_URL: &str = "Url_GetUrl";
const CREATE_SESSION: &str = "Authentication_CreateSession";
const LOCK_GROUPS: &str = "LockGroups_GetAllLockGroups";
const SET_LOCK_GROUP: &str = "Authentication_SetLockgroup";
const KILL_SESSION: &str = "Authentication_KillSession";

/// How often a call looks whether the login that another call makes is over. A timer, not a waker: when
/// the other call is dropped, a guest's executor would find nothing left to wait for, and panic.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What the client knows of its session.
#[derive(Default)]
pub(crate) struct SessionState {
    /// The session in use.
    current: Option<KeptSession>,
    /// Whether the keeper has been asked.
    asked: bool,
    /// Sessions that this client opened: where, and which.
    opened: Vec<(Address, Secret)>,
    /// Whether a login is on its way, and how many there have been.
    busy: bool,
    logins: u64,
    /// Why the last login failed, and which one it was.
    failure: Option<(u64, Error)>,
    /// The locking system that the last login chose, whether or not iLOQ opened it.
    chosen: Option<LockGroup>,
}

/// Marks a login as on its way; however it ends, also dropped halfway, the next one may begin.
struct Underway<'a>(&'a RefCell<SessionState>);

impl<'a> Underway<'a> {
    fn begin(state: &'a RefCell<SessionState>) -> Option<Self> {
        let mut now = state.borrow_mut();
        if now.busy {
            return None;
        }
        now.busy = true;
        now.logins += 1;
        Some(Self(state))
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().busy = false;
    }
}

impl<T: Transport, C: Clock, R: Random, K: SessionKeeper> Client<T, C, R, K> {
    /// Sends `call` within the session. When iLOQ does not know the session any more, once more within
    /// another one: a refused session means that the call had no effect.
    pub(crate) async fn call(&self, call: &Call) -> Result<Vec<u8>, Error> {
        let session = self.current().await?;
        let answer = self.within(&session, call).await;
        match answer {
            Err(error) if error.is_session_lost() => {
                let session = self.renewed(&session).await?;
                let answer = self.within(&session, call).await;
                if answer.as_ref().is_err_and(|error| error.is_session_lost()) {
                    self.forget(&session);
                }
                answer
            }
            answer => answer,
        }
    }

    async fn within(&self, session: &KeptSession, call: &Call) -> Result<Vec<u8>, Error> {
        self.exchange(&self.allowed(&session.address)?, Some(&session.session_id), call).await
    }

    /// The session in use, the kept one, or a new one.
    pub(crate) async fn current(&self) -> Result<KeptSession, Error> {
        match self.known() {
            Some(session) => Ok(session),
            None => self.shared_login().await,
        }
    }

    fn known(&self) -> Option<KeptSession> {
        let mut state = self.state.borrow_mut();
        if !state.asked {
            state.asked = true;
            state.current = self.kept();
        }
        state.current.clone()
    }

    /// The kept session, if these settings would have led to it.
    fn kept(&self) -> Option<KeptSession> {
        let wanted = self.credentials.lock_group;
        self.keeper.load().filter(|kept| {
            wanted.is_none_or(|wanted| wanted == kept.lock_group) && self.allowed(&kept.address).is_ok()
        })
    }

    /// Another session than the dead one: of another call, of another run, or a new one.
    async fn renewed(&self, dead: &KeptSession) -> Result<KeptSession, Error> {
        {
            let mut state = self.state.borrow_mut();
            match &state.current {
                Some(current) if current.session_id != dead.session_id => return Ok(current.clone()),
                _ => state.current = None,
            }
        }
        let newer =
            |kept: &KeptSession| kept.session_id != dead.session_id && kept.opened_at >= dead.opened_at;
        if let Some(kept) = self.kept().filter(newer) {
            self.state.borrow_mut().current = Some(kept.clone());
            return Ok(kept);
        }
        self.shared_login().await
    }

    fn forget(&self, dead: &KeptSession) {
        let same = |session: &KeptSession| session.session_id == dead.session_id;
        let mut state = self.state.borrow_mut();
        if state.current.as_ref().is_some_and(same) {
            state.current = None;
        }
        if self.keeper.load().as_ref().is_some_and(same) {
            self.keeper.clear();
        }
    }

    /// Logs in, or waits for the login that another call makes and takes its outcome, whatever it is:
    /// trying again what was just refused could lock the account.
    async fn shared_login(&self) -> Result<KeptSession, Error> {
        let mut waited_for = None;
        loop {
            if let Some(underway) = Underway::begin(&self.state) {
                return self.login(underway).await.map(|(session, _)| session);
            }
            let login = *waited_for.get_or_insert(self.state.borrow().logins);
            self.clock.sleep(LOOK_AGAIN).await;
            let state = self.state.borrow();
            if let Some(current) = &state.current {
                return Ok(current.clone());
            }
            match &state.failure {
                Some((failed, error)) if *failed == login => return Err(error.clone()),
                _ if self.deadline.has_passed(&self.clock) => {
                    return Err(ErrorKind::Deadline { operation: CREATE_SESSION, sent: false }.into());
                }
                _ => {}
            }
        }
    }

    /// Opens a fresh session, whether or not there is one.
    pub(crate) async fn fresh(&self) -> Result<SignIn, Error> {
        let underway = loop {
            match Underway::begin(&self.state) {
                Some(underway) => break underway,
                None => self.clock.sleep(LOOK_AGAIN).await,
            }
        };
        let (session, lock_group) = self.login(underway).await?;
        Ok(SignIn { address: session.address, lock_group, rights: session.rights })
    }

    async fn login(&self, _underway: Underway<'_>) -> Result<(KeptSession, LockGroup), Error> {
        let outcome = self.login_steps().await;
        let mut state = self.state.borrow_mut();
        match outcome {
            Ok((session, lock_group)) => {
                self.keeper.save(&session);
                state.asked = true;
                state.failure = None;
                state.current = Some(session.clone());
                Ok((session, lock_group))
            }
            Err(error) => {
                state.failure = Some((state.logins, error.clone()));
                Err(error)
            }
        }
    }

    async fn login_steps(&self) -> Result<(KeptSession, LockGroup), Error> {
        let address = self.resolve().await?;
        let session_id = self.create_session(&address).await?;
        let body = self.exchange(&address, Some(&session_id), &Call::get(LOCK_GROUPS, "LockGroups")).await?;
        let lock_group = match chosen(decode(LOCK_GROUPS, &body)?, self.credentials.lock_group) {
            Ok(lock_group) => lock_group,
            Err(error) => {
                // Nothing can be done with this session.
                self.kill(&address, &session_id).await;
                return Err(error);
            }
        };
        self.state.borrow_mut().chosen = Some(lock_group.clone());
        let rights = self.set_lock_group(&address, &session_id, lock_group.id).await?;
        let session = KeptSession {
            address: address.to_string(),
            session_id,
            lock_group: lock_group.id,
            rights,
            opened_at: self.clock.now(),
        };
        Ok((session, lock_group))
    }

    /// The locking system that the last login chose.
    pub(crate) fn chosen(&self) -> Option<LockGroup> {
        self.state.borrow().chosen.clone()
    }

    /// `GetUrl`: the address that the work goes to. Null or empty means the one asked.
    pub(crate) async fn resolve(&self) -> Result<Address, Error> {
        let service = self.allowed(&self.credentials.service_address)?;
        let ask = Call::ask(GET_URL, "Url/GetUrl", &Wrapped("CustomerCode", &self.credentials.service_code))?;
        let body = self.exchange(&service, None, &ask).await?;
        if body.is_empty() {
            return Ok(service);
        }
        match decode::<Option<String>>(GET_URL, &body)?.as_deref().map(str::trim) {
            None | Some("") => Ok(service),
            Some(address) => self.allowed(address).map_err(|_| {
                let detail = "it leads to an address that may not be called".to_owned();
                ErrorKind::Unexpected { operation: GET_URL, detail }.into()
            }),
        }
    }

    async fn create_session(&self, address: &Address) -> Result<Secret, Error> {
        let login = Login::of(&self.credentials);
        let call = Call::write(CREATE_SESSION, crate::io::Method::Post, "CreateSession", &login)?;
        let body = self.exchange(address, None, &call).await?;
        let answer: CreateSessionAnswer = decode(CREATE_SESSION, &body)?;
        if answer.result != CreateSessionResult::Ok {
            return Err(ErrorKind::LoginRefused(answer.result).into());
        }
        let id = answer.session_id.filter(|id| !id.expose_secret().is_empty()).ok_or_else(|| {
            ErrorKind::Unexpected { operation: CREATE_SESSION, detail: "no session id".to_owned() }
        })?;
        self.state.borrow_mut().opened.push((address.clone(), id.clone()));
        Ok(id)
    }

    async fn set_lock_group(
        &self,
        address: &Address,
        id: &Secret,
        group: LockGroupId,
    ) -> Result<RightsMask, Error> {
        // Setting the same locking system twice changes nothing: it is repeated like a read.
        let call = Call::ask(SET_LOCK_GROUP, "SetLockgroup", &Wrapped("LockGroup_ID", &group))?;
        let body = self.exchange(address, Some(id), &call).await?;
        decode::<SetLockGroupAnswer>(SET_LOCK_GROUP, &body).map(|answer| answer.rights)
    }

    /// `SetLockgroup` again within the living session.
    pub(crate) async fn rights_now(&self) -> Result<RightsMask, Error> {
        let group = self.current().await?.lock_group;
        let call = Call::ask(SET_LOCK_GROUP, "SetLockgroup", &Wrapped("LockGroup_ID", &group))?;
        let body = self.call(&call).await?;
        let rights = decode::<SetLockGroupAnswer>(SET_LOCK_GROUP, &body)?.rights;
        let mut state = self.state.borrow_mut();
        if let Some(current) = &mut state.current
            && current.rights != rights
        {
            current.rights = rights;
            // Another run may have kept a newer session meanwhile.
            if self.keeper.load().is_none_or(|kept| kept.session_id == current.session_id) {
                self.keeper.save(current);
            }
        }
        Ok(rights)
    }

    /// The address to ask without a session: that of the session if there is one.
    pub(crate) async fn address(&self) -> Result<Address, Error> {
        match self.known() {
            Some(session) => self.allowed(&session.address),
            None => self.resolve().await,
        }
    }

    fn allowed(&self, address: &str) -> Result<Address, Error> {
        let parsed = address.parse::<Address>().ok().filter(|parsed| self.origins.allows(parsed));
        parsed.ok_or_else(|| ErrorKind::Address { address: address.to_owned() }.into())
    }

    /// `KillSession` for the sessions that this client opened and that are not kept; for the kept one too
    /// if `also_kept`.
    pub(crate) async fn kill_sessions(&self, also_kept: bool) {
        let kept = self.keeper.load();
        let is_kept = |id: &Secret| kept.as_ref().is_some_and(|kept| kept.session_id == *id);
        let mut doomed: Vec<(Address, Secret)>;
        {
            let mut state = self.state.borrow_mut();
            let opened = std::mem::take(&mut state.opened);
            (doomed, state.opened) = opened.into_iter().partition(|(_, id)| also_kept || !is_kept(id));
            if also_kept {
                for session in kept.iter().chain(state.current.iter()) {
                    if let Ok(address) = self.allowed(&session.address)
                        && doomed.iter().all(|(_, id)| *id != session.session_id)
                    {
                        doomed.push((address, session.session_id.clone()));
                    }
                }
                self.keeper.clear();
            }
            let dies = |session: &KeptSession| doomed.iter().any(|(_, id)| *id == session.session_id);
            if state.current.as_ref().is_some_and(dies) {
                state.current = None;
            }
        }
        for (address, id) in &doomed {
            self.kill(address, id).await;
        }
    }

    async fn kill(&self, address: &Address, id: &Secret) {
        self.state.borrow_mut().opened.retain(|(_, opened)| opened != id);
        // A courtesy: a session that stays open ends by itself.
        let _ = self.attempt(address, Some(id), &Call::get(KILL_SESSION, "KillSession")).await;
    }
}

/// The locking system to work on.
fn chosen(groups: Vec<LockGroup>, wanted: Option<LockGroupId>) -> Result<LockGroup, Error> {
    if groups.is_empty() {
        return Err(ErrorKind::NoLockGroup.into());
    }
    let single = groups.len() == 1;
    let choices = groups.iter().map(|group| (group.id, group.name.clone().unwrap_or_default())).collect();
    let fits = |group: &LockGroup| wanted.map_or(single, |wanted| wanted == group.id);
    groups.into_iter().find(fits).ok_or_else(|| ErrorKind::LockGroupChoice(choices).into())
}
