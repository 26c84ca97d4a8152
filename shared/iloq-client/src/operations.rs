//! The operations, one after another as in [`IloqApi`].

use std::collections::BTreeMap;

use crate::bodies::{InsertPerson, LogWindow, UpdateKeyPhone, Wrapped, subscription};
use crate::call::Call;
use crate::decode::{decode, decode_each};
use crate::io::{Clock, Method, Random, SessionKeeper, Transport};
use crate::lookup::{absent_or, encoded};
use crate::{AnswerLimit, Client, Error, ErrorKind, IloqApi, LogSink, Lookup, SessionFacts, SignIn, View};
use chrono::{DateTime, Utc};
use iloq_model::{
    AccessRight, AccessRightId, BlockList, CanAddAccessRight, CanAddTimeLimit, CanDeleteAccessRight,
    CanDeleteKey, CanDeletePerson, CanOrder, CanOrderBlockList, CanReturn, CanUpdateMainZone, InsertKey,
    InsertedPersons, Key, KeyAccessRights, KeyId, KeyPhone, KeyTimeLimitSlot, KeyTimeLimits, KeyZones,
    KeysOfPerson, Lock, LockGroup, LockId, LockLogData, LogRows, LogSearch, NetworkModule,
    NetworkModuleDevice, Person, PersonId, RealEstate, RightsMask, SubscriptionId, TimeLimitData,
    TimeLimitTitle, TimeLimitTitleId, UpdateKeyAccessRights, WebhookEvent, WebhookSubscription, Zone, ZoneId,
};

use Method::{Delete, Post, Put};

impl View {
    fn mode(self) -> u8 {
        match self {
            Self::Planned => 1,
            Self::Programmed => 2,
        }
    }
}

impl<T: Transport, C: Clock, R: Random, K: SessionKeeper> IloqApi for Client<T, C, R, K> {
    async fn version(&self) -> Result<String, Error> {
        const OPERATION: &str = "Authentication_Version";
        let body = self.exchange(&self.address().await?, None, &Call::get(OPERATION, "Version")).await?;
        decode(OPERATION, &body)
    }

    async fn sign_in(&self) -> Result<SignIn, Error> {
        self.fresh().await
    }

    fn chosen_lock_group(&self) -> Option<LockGroup> {
        self.chosen()
    }

    async fn session(&self) -> Result<SessionFacts, Error> {
        self.current()
            .await
            .map(|session| SessionFacts { lock_group: session.lock_group, rights: session.rights })
    }

    async fn refresh_rights(&self) -> Result<RightsMask, Error> {
        self.rights_now().await
    }

    async fn kill_session(&self, kept: bool) {
        self.kill_sessions(kept).await;
    }

    async fn persons(&self) -> Result<Vec<Person>, Error> {
        self.list("Persons_GetAllPersons", "Persons").await
    }

    async fn person(&self, id: PersonId) -> Result<Lookup<Person>, Error> {
        self.entity("Persons_GetPerson", format!("Persons/{id}"), id, |person: &Person| person.id).await
    }

    async fn persons_by_external_id(&self, external_id: &str) -> Result<Vec<Person>, Error> {
        const OPERATION: &str = "Persons_GetPersonsByExternalPersonIds";
        let path = format!("Persons/GetByExternalPersonIds?externalPersonIds={}", encoded(external_id));
        match self.read(OPERATION, path).await {
            // iLOQ calls an id that nobody has an invalid value.
            Err(error) if error.is_validation_about("externalPersonIds") => Ok(Vec::new()),
            Err(error) if !external_id.is_empty() && error.is_validation_about(external_id) => Ok(Vec::new()),
            result => result,
        }
    }

    async fn insert_person(&self, person: &Person, zones: &[ZoneId]) -> Result<(), Error> {
        const OPERATION: &str = "Persons_Insert";
        let body = InsertPerson::of(person, zones);
        let answer: InsertedPersons = self.answer(Call::write(OPERATION, Post, "Persons", &body)?).await?;
        if answer.ids.contains(&person.id) {
            return Ok(());
        }
        Err(ErrorKind::Unexpected {
            operation: OPERATION,
            detail: "the new person has another id".to_owned(),
        }
        .into())
    }

    async fn update_person(&self, person: &Person) -> Result<(), Error> {
        self.write(Call::write("Persons_Update", Put, "Persons", &Wrapped("Person", person))?).await
    }

    async fn can_delete_person(&self, id: PersonId) -> Result<Lookup<CanDeletePerson>, Error> {
        let check = self.read("Persons_CanDelete", format!("Persons/{id}/CanDelete")).await;
        absent_or(check.map(Lookup::Found), &id.to_string())
    }

    async fn delete_person(&self, id: PersonId) -> Result<Lookup<()>, Error> {
        let deleted = self.write(Call::act("Persons_Delete", Delete, format!("Persons/{id}"))).await;
        absent_or(deleted.map(Lookup::Found), &id.to_string())
    }

    async fn person_keys(&self, id: PersonId) -> Result<Lookup<Vec<Key>>, Error> {
        let keys = self.read("Keys_GetKeysByPerson", format!("Persons/{id}/Keys")).await;
        absent_or(keys.map(|answer: KeysOfPerson| Lookup::Found(answer.keys)), &id.to_string())
    }

    async fn zones(&self) -> Result<Vec<Zone>, Error> {
        self.list("Zones_GetAllZones", "Zones").await
    }

    async fn real_estates(&self) -> Result<Vec<RealEstate>, Error> {
        self.list("RealEstates_GetValues", "RealEstates").await
    }

    async fn locks(&self) -> Result<Vec<Lock>, Error> {
        self.list("Locks_GetAllLocks", "Locks").await
    }

    async fn lock_access_rights(&self, id: LockId) -> Result<Vec<AccessRight>, Error> {
        let path = format!("Locks/{id}/SecurityAccesses?mode={}", View::Planned.mode());
        self.read("Locks_GetSecurityAccesses", path).await.map(|answer: KeyAccessRights| answer.rights)
    }

    async fn lock_options(&self, id: LockId) -> Result<BTreeMap<String, bool>, Error> {
        let options = self.read("Locks_GetLockOptions", format!("Locks/{id}/Options")).await?;
        let known = |(name, value): (String, serde_json::Value)| value.as_bool().map(|value| (name, value));
        let mut all = BTreeMap::new();
        all.extend(serde_json::Map::into_iter(options).filter_map(known));
        Ok(all)
    }

    async fn network_modules(&self) -> Result<Vec<NetworkModule>, Error> {
        self.list("NetworkModules_GetAll", "NetworkModules").await
    }

    async fn network_module_devices(&self) -> Result<Vec<NetworkModuleDevice>, Error> {
        self.list("NetworkModuleDevices_GetAll", "NetworkModuleDevices").await
    }

    async fn access_rights(&self) -> Result<Vec<AccessRight>, Error> {
        self.list("SecurityAccess_GetAllSecurityAccesses", "SecurityAccesses").await
    }

    async fn time_profiles(&self) -> Result<Vec<TimeLimitTitle>, Error> {
        self.list("TimeLimitTitles_GetAll", "TimeLimitTitles").await
    }

    async fn time_profile_rows(&self, id: TimeLimitTitleId) -> Result<Vec<TimeLimitData>, Error> {
        self.read("TimeLimitData_GetByTimeLimitTitleId", format!("TimeLimitTitles/{id}/TimeLimitData")).await
    }

    async fn keys(&self) -> Result<Vec<Key>, Error> {
        self.list("Keys_GetAllKeys", "Keys").await
    }

    async fn key(&self, id: KeyId) -> Result<Lookup<Key>, Error> {
        self.entity("Keys_GetKey", format!("Keys/{id}"), id, |key: &Key| key.id).await
    }

    async fn insert_key(&self, key: &InsertKey) -> Result<Key, Error> {
        const OPERATION: &str = "Keys_Insert";
        let inserted: Key = self.answer(Call::write(OPERATION, Post, "Keys", key)?).await?;
        if inserted.id == key.key.id {
            return Ok(inserted);
        }
        Err(ErrorKind::Unexpected { operation: OPERATION, detail: "the new key has another id".to_owned() }
            .into())
    }

    async fn update_key(&self, key: &Key) -> Result<(), Error> {
        self.write(Call::write("Keys_Update", Put, "Keys", &Wrapped("Key", key))?).await
    }

    async fn key_zones(&self, id: KeyId) -> Result<KeyZones, Error> {
        self.read("Keys_GetZones", format!("Keys/{id}/Zones")).await
    }

    async fn can_update_main_zone(&self, id: KeyId) -> Result<CanUpdateMainZone, Error> {
        self.read("Keys_CanUpdateKeyMainZone", format!("Keys/{id}/CanUpdateMainZone")).await
    }

    async fn update_main_zone(&self, id: KeyId, zone: ZoneId) -> Result<(), Error> {
        let path = format!("Keys/{id}/UpdateMainZone");
        self.write(Call::write("Keys_UpdateMainZone", Put, path, &Wrapped("Zone_ID", &zone))?).await
    }

    async fn key_access_rights(&self, id: KeyId, view: View) -> Result<KeyAccessRights, Error> {
        self.read("Keys_GetSecurityAccesses", format!("Keys/{id}/SecurityAccesses?mode={}", view.mode()))
            .await
    }

    async fn can_add_access_right(&self, id: KeyId) -> Result<CanAddAccessRight, Error> {
        self.read("Keys_CanAddSecurityAccess", format!("Keys/{id}/SecurityAccesses/CanAdd")).await
    }

    async fn add_access_right(&self, id: KeyId, right: AccessRightId) -> Result<(), Error> {
        let path = format!("Keys/{id}/SecurityAccesses");
        self.write(Call::write(
            "Keys_InsertSecurityAccess",
            Post,
            path,
            &Wrapped("SecurityAccess_ID", &right),
        )?)
        .await
    }

    async fn can_delete_access_right(
        &self,
        id: KeyId,
        right: AccessRightId,
    ) -> Result<CanDeleteAccessRight, Error> {
        self.read("Keys_CanDeleteSecurityAccess", format!("Keys/{id}/SecurityAccesses/{right}/CanDelete"))
            .await
    }

    async fn delete_access_right(&self, id: KeyId, right: AccessRightId) -> Result<(), Error> {
        let path = format!("Keys/{id}/SecurityAccesses/{right}");
        self.write(Call::act("Keys_DeleteSecurityAccess", Delete, path)).await
    }

    async fn put_access_rights(&self, id: KeyId, all: &UpdateKeyAccessRights) -> Result<(), Error> {
        let path = format!("Keys/{id}/SecurityAccesses");
        self.write(Call::write("Keys_UpdateSecurityAccesses", Put, path, all)?).await
    }

    async fn key_time_limits(&self, id: KeyId, view: View) -> Result<KeyTimeLimits, Error> {
        self.read("Keys_GetTimeLimits", format!("Keys/{id}/TimeLimitTitles?mode={}", view.mode())).await
    }

    async fn can_add_time_limit(&self, id: KeyId, slot: &KeyTimeLimitSlot) -> Result<CanAddTimeLimit, Error> {
        let path = format!("Keys/{id}/TimeLimitTitles/CanAdd");
        self.answer(Call::ask("Keys_CanAddTimeLimitTitle", path, &Wrapped("TimeLimitSlot", slot))?).await
    }

    async fn add_time_limit(&self, id: KeyId, slot: &KeyTimeLimitSlot) -> Result<(), Error> {
        let path = format!("Keys/{id}/TimeLimitTitles");
        self.write(Call::write("Keys_InsertTimeLimitTitle", Post, path, &Wrapped("TimeLimitSlot", slot))?)
            .await
    }

    async fn update_time_limit(
        &self,
        id: KeyId,
        title: TimeLimitTitleId,
        slot: &KeyTimeLimitSlot,
    ) -> Result<(), Error> {
        let path = format!("Keys/{id}/TimeLimitTitles/{title}");
        self.write(Call::write("Keys_UpdateTimeLimit", Put, path, &Wrapped("TimeLimitSlot", slot))?).await
    }

    async fn delete_time_limit(&self, id: KeyId, title: TimeLimitTitleId) -> Result<(), Error> {
        let path = format!("Keys/{id}/TimeLimitTitles/{title}");
        self.write(Call::act("Keys_DeleteTimeLimit", Delete, path)).await
    }

    async fn can_order(&self, id: KeyId) -> Result<CanOrder, Error> {
        self.read("Keys_CanOrderKey", format!("Keys/{id}/CanOrder")).await
    }

    async fn order(&self, id: KeyId) -> Result<(), Error> {
        self.write(Call::act("Keys_OrderKey", Post, format!("Keys/{id}/Order"))).await
    }

    async fn can_return(&self, id: KeyId) -> Result<CanReturn, Error> {
        self.read("Keys_CanReturnKey", format!("Keys/{id}/CanReturn")).await
    }

    async fn return_key(&self, id: KeyId) -> Result<(), Error> {
        self.write(Call::act("Keys_ReturnKey", Post, format!("Keys/{id}/Return"))).await
    }

    async fn can_delete_key(&self, id: KeyId) -> Result<CanDeleteKey, Error> {
        self.read("Keys_CanDeleteKey", format!("Keys/{id}/CanDelete")).await
    }

    async fn delete_key(&self, id: KeyId) -> Result<(), Error> {
        self.write(Call::act("Keys_Delete", Delete, format!("Keys/{id}"))).await
    }

    async fn key_phone(&self, id: KeyId) -> Result<KeyPhone, Error> {
        self.read("KeyPhones_GetByKeyId", format!("Keys/{id}/KeyPhone")).await
    }

    async fn update_key_phone(&self, phone: &KeyPhone) -> Result<(), Error> {
        self.write(Call::write("KeyPhones_Update", Put, "KeyPhones", &UpdateKeyPhone::of(phone))?).await
    }

    async fn re_register(&self, id: KeyId) -> Result<(), Error> {
        let path = format!("KeyPhones/{id}/ReRegister");
        self.write(Call::act("KeyPhones_SendPhoneRegistration", Post, path)).await
    }

    async fn block_list(&self) -> Result<BlockList, Error> {
        self.answer(Call::get("Blacklists_GetAll", "Blacklists").listing()).await
    }

    async fn can_block(&self, id: KeyId) -> Result<bool, Error> {
        self.read("Blacklists_CanAddKey", format!("Blacklists/CanAddKey/{id}")).await
    }

    async fn block(&self, id: KeyId) -> Result<(), Error> {
        self.write(Call::act("Blacklists_AddKey", Post, format!("Blacklists/AddKey/{id}"))).await
    }

    async fn can_unblock(&self, id: KeyId) -> Result<bool, Error> {
        self.read("Blacklists_CanRemoveKey", format!("Blacklists/CanRemoveKey/{id}")).await
    }

    async fn unblock(&self, id: KeyId) -> Result<(), Error> {
        self.write(Call::act("Blacklists_RemoveKey", Delete, format!("Blacklists/RemoveKey/{id}"))).await
    }

    async fn can_order_block_list(&self) -> Result<CanOrderBlockList, Error> {
        self.read("Blacklists_CanOrderS40Blacklist", "Blacklists/CanOrderS40Blacklist").await
    }

    async fn order_block_list(&self) -> Result<(), Error> {
        self.write(Call::act("Blacklists_OrderS40Blacklist", Post, "Blacklists/OrderS40Blacklist")).await
    }

    async fn log_by_arrival(
        &self,
        from: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
        limit: AnswerLimit,
        rows: &mut dyn LogSink,
    ) -> Result<usize, Error> {
        const OPERATION: &str = "LockLogs_GetLockLogDataByTimestamp";
        let window = LogWindow { start_date_utc: from.map(Into::into), end_date_utc: until.map(Into::into) };
        let call = Call::ask(OPERATION, "LockLogs/GetLockLogDataByTimestamp", &window)?;
        let body = self.call(&call.listing().within(limit)).await?;
        decode_each(OPERATION, &body, "LockLogs", &mut |row| rows.take(row))?;
        Ok(body.len())
    }

    async fn log_by_passage(
        &self,
        from: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<Vec<LockLogData>, Error> {
        self.log("LockLogs_GetLockLogDataByGoingDates", "LockLogs/GetLockLogDataByGoingDates", from, until)
            .await
    }

    async fn search_log(&self, search: &LogSearch) -> Result<LogRows, Error> {
        self.answer(Call::ask("LockLogs_GetLockLogs", "LockLogs", search)?.listing()).await
    }

    async fn webhook_events(&self) -> Result<Vec<WebhookEvent>, Error> {
        self.list("Webhooks_GetEvents", "Webhooks/Events").await
    }

    async fn webhook_subscriptions(&self) -> Result<Vec<WebhookSubscription>, Error> {
        self.list("Webhooks_GetSubscriptions", "Webhooks/Subscriptions").await
    }

    async fn webhook_subscription(&self, id: SubscriptionId) -> Result<Lookup<WebhookSubscription>, Error> {
        let path = format!("Webhooks/Subscriptions/{id}");
        self.entity("Webhooks_GetSubscription", path, id, |found: &WebhookSubscription| found.id).await
    }

    async fn add_webhook_subscription(&self, new: &WebhookSubscription) -> Result<(), Error> {
        let body = subscription(new);
        self.write(Call::write("Webhooks_AddSubscription", Post, "Webhooks/Subscriptions", &body)?).await
    }

    async fn update_webhook_subscription(&self, changed: &WebhookSubscription) -> Result<(), Error> {
        let body = subscription(changed);
        self.write(Call::write("Webhooks_UpdateSubscription", Put, "Webhooks/Subscriptions", &body)?).await
    }

    async fn delete_webhook_subscription(&self, id: SubscriptionId) -> Result<Lookup<()>, Error> {
        let path = format!("Webhooks/Subscriptions/{id}");
        let deleted = self.write(Call::act("Webhooks_DeleteSubscription", Delete, path)).await;
        absent_or(deleted.map(Lookup::Found), &id.to_string())
    }
}
