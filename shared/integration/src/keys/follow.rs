//! One key that is followed: what it is now, beside what was known of it.

use iloq_client::{IloqApi, Lookup};
use iloq_model::{Key, KeyId, ProgrammingState};
use portal_api::{
    Time,
    types::{Change, ChangeType, KeyStatus},
};
use serde_json::{Map, Value, json};

use super::{
    invitation::{self, Invited},
    list,
    record::KeyRecord,
    sending, status,
};
use crate::{platform::Platform, problem::Stop, system::System};

/// One key that is followed.
pub struct Follow<'s, 'a, P: Platform> {
    /// Where it is.
    pub system: &'s System<'a, P>,
    /// Its id.
    pub id: &'s str,
    /// What was known of it.
    pub before: &'s KeyRecord,
    /// The user whose person holds it.
    pub holder: Option<&'s String>,
    /// iLOQ has told of it.
    pub told: bool,
}

impl<P: Platform> Follow<'_, '_, P> {
    /// A key that the list has: its record now, and what the portal is told.
    ///
    /// # Errors
    /// iLOQ's or the store's error.
    pub async fn present(
        &self,
        api: &impl IloqApi,
        key: &Key,
    ) -> Result<(Option<KeyRecord>, Vec<Change>), Stop> {
        let mut after = self.before.clone();
        let mut changes = Vec::new();
        let programming = key.programming_state.map_or(0, |state| state.code());
        let seen = self.before.seen.clone().unwrap_or_default();
        let wanted = self.before.wanted.clone().unwrap_or_else(|| seen.planned.clone());
        let moved = seen.programming != programming;
        let settled = key.programming_state == Some(ProgrammingState::Programmed);
        if moved || self.told || (settled && (seen.programmed != wanted || self.before.revoked_at.is_some()))
        {
            let now = list::look(self.system, api, key).await?;
            if moved {
                let from = status::of(&Key {
                    programming_state: Some(ProgrammingState::from_code(seen.programming)),
                    ..key.clone()
                });
                let data = json!({ "from": from, "to": status::of(key) });
                changes.push(self.change(ChangeType::KeyStatus, data));
            }
            let known = self.before.wanted.is_some() || self.before.seen.is_some();
            if known && !self.is_worked_on() && now.planned != seen.planned && now.planned != wanted {
                let data = json!({ "planned": now.planned, "wanted": wanted });
                changes.push(self.change(ChangeType::KeyRightsChanged, data));
            }
            after.saw(now);
        }
        self.held(key, &mut after, &mut changes)?;
        self.overdue(api, key, &mut after, &mut changes).await?;
        self.invitation(api, key, moved && settled, &mut after, &mut changes).await?;
        Ok((Some(after), changes))
    }

    /// A request works on it, or died while it did: what iLOQ has is not what somebody did in Manager.
    fn is_worked_on(&self) -> bool {
        self.before.working || self.before.leaving
    }

    /// Who holds it, if that was changed in Manager.
    fn held(&self, key: &Key, after: &mut KeyRecord, changes: &mut Vec<Change>) -> Result<(), Stop> {
        let before = self.before.user.as_ref();
        if self.is_worked_on() || before == self.holder || (key.person_id.is_some() && self.holder.is_none())
        {
            return Ok(());
        }
        let attached = self.holder.cloned();
        // A user who was adopted under another id, or is no more: the holder in iLOQ is the same.
        let moved = match before {
            Some(user) => self.system.users().get(user)?.is_some_and(|user| user.is_visible()),
            None => false,
        };
        if let Some(user) = before.filter(|_| moved || key.person_id.is_none()) {
            changes.push(self.detached(user));
        }
        after.user = attached;
        if key.person_id.is_none() {
            // Nothing is wanted any more of a key that is nobody's.
            after.wanted = None;
        }
        if let Some(user) = self.holder.filter(|_| moved || before.is_none()) {
            let data = json!({ "user": user, "status": status::of(key) });
            let user = Some(user.clone());
            changes.push(change_of(self.system, user, self.id, ChangeType::KeyAttached, data));
        }
        Ok(())
    }

    /// It was taken from `user`.
    pub fn detached(&self, user: &str) -> Change {
        self.change(ChangeType::KeyDetached, json!({ "user": user }))
    }

    /// Whether the invitation of a phone key was followed, or waits for too long: each told once.
    async fn invitation(
        &self,
        api: &impl IloqApi,
        key: &Key,
        just_programmed: bool,
        after: &mut KeyRecord,
        changes: &mut Vec<Change>,
    ) -> Result<(), Stop> {
        let Some(Invited { sent_at: Some(sent_at), told: false, registered, stale, .. }) = after.invitation
        else {
            return Ok(());
        };
        let programmed = key.programming_state == Some(ProgrammingState::Programmed);
        let late = self.system.now_ms() - sent_at >= invitation::STALE_MS;
        if !just_programmed && !registered && (programmed || (late && !stale)) {
            invitation::read(api, key, after).await?;
        }
        let Some(invited) = &mut after.invitation else { return Ok(()) };
        invited.registered |= just_programmed;
        let data = json!({ "sentAt": Time::from_millis(sent_at), "channel": invited.channel });
        if programmed && invited.registered {
            invited.told = true;
            changes.push(self.change(ChangeType::MobileKeyActivated, data));
        } else if late && !invited.registered && !stale {
            invited.stale = true;
            changes.push(self.change(ChangeType::MobileKeyStale, data));
        }
        Ok(())
    }

    /// A key that the list lacks: gone only if iLOQ says so of it alone. Then that is told, and nothing is left to
    /// follow.
    ///
    /// # Errors
    /// iLOQ's or the store's error.
    pub async fn absent(&self, api: &impl IloqApi) -> Result<(Option<KeyRecord>, Vec<Change>), Stop> {
        let stays = (Some(self.before.clone()), Vec::new());
        let Ok(id) = self.id.parse::<KeyId>() else { return Ok(stays) };
        let change = match api.key(id).await? {
            Lookup::Absent if self.before.is_unmade() => return self.unmade(),
            Lookup::Absent => ChangeType::KeyRemoved,
            Lookup::Found(key) => match status::of(&key) {
                KeyStatus::Deleted => ChangeType::KeyRemoved,
                KeyStatus::Returned => ChangeType::KeyReturned,
                _ => return Ok(stays),
            },
        };
        Ok((None, vec![self.change(change, json!({}))]))
    }

    /// A phone key that a call may be making just now, or died before it did.
    fn unmade(&self) -> Result<(Option<KeyRecord>, Vec<Change>), Stop> {
        let began = sending::began(&self.system.space, self.id)?;
        if began.is_some_and(|began| sending::may_come(began, self.system.now_ms())) {
            return Ok((Some(self.before.clone()), Vec::new()));
        }
        sending::end(&self.system.space, self.id)?;
        Ok((None, Vec::new()))
    }

    /// Rights that were taken off are still on the key after the time that the settings allow: told once, after a last
    /// look.
    async fn overdue(
        &self,
        api: &impl IloqApi,
        key: &Key,
        after: &mut KeyRecord,
        changes: &mut Vec<Change>,
    ) -> Result<(), Stop> {
        let hours = i64::from(self.system.record.settings.revocation_alert_hours);
        let is_late = |record: &KeyRecord| {
            record.revoked_at.is_some_and(|at| self.system.now_ms() - at > hours * 3_600_000)
        };
        if is_late(after) && !after.overdue {
            after.saw(list::look(self.system, api, key).await?);
            if is_late(after) {
                let since = after.revoked_at.map(Time::from_millis);
                changes.push(self.change(ChangeType::KeyRevocationOverdue, json!({ "since": since })));
            }
        }
        after.overdue = is_late(after);
        Ok(())
    }

    fn change(&self, change: ChangeType, data: Value) -> Change {
        change_of(self.system, self.before.user.clone(), self.id, change, data)
    }
}

/// What the portal is told of a key.
pub fn change_of<P: Platform>(
    system: &System<'_, P>,
    user: Option<String>,
    key: &str,
    change: ChangeType,
    data: Value,
) -> Change {
    let data = match data {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    Change { at: Time::from_millis(system.now_ms()), change, user, key: Some(key.to_owned()), data }
}
