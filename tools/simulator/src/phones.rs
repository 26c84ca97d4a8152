//! Phone keys: numbers, registration messages.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::Call,
    clock::utc_text,
    http::{Answer, Outcome, Refusal},
    keys::{KeyRow, PHONE, in_use, visible},
    operation::{Operation, Rights},
    shape::{Record, shape},
    world::{Message, System, guid, number, text},
};

/// `KeyPhone.OptionMask`: waiting for registration, registered, messages by e-mail.
const WAITING: i64 = 1;
const REGISTERED: i64 = 2;
pub(crate) const BY_EMAIL: i64 = 8;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("KeyPhones_GetByKeyId", "GET", "Keys/{}/KeyPhone", Rights::All(512), |call| {
        let id = call.id(0)?;
        let phone = visible(call, id)?.phone.as_ref().ok_or_else(|| Refusal::not_found("Key phone", id))?;
        Answer::of(&shape("KeyPhone").render(phone))
    }),
    Operation::new("KeyPhones_Update", "PUT", "KeyPhones", Rights::All(34_078_752), update)
        .body("UpdateKeyPhone"),
    Operation::new(
        "KeyPhones_SendPhoneRegistration",
        "POST",
        "KeyPhones/{}/ReRegister",
        Rights::All(34_360_262_688),
        re_register,
    ),
    Operation::new(
        "Keys_GetKeyLocationReportingInAuditTrail",
        "GET",
        "Keys/{}/LocationReporting",
        Rights::All(512),
        |call| {
            let row = visible(call, call.id(0)?)?;
            Answer::of(&json!({ "LocationReportingInAuditTrail": row.location_reporting }))
        },
    ),
    Operation::new(
        "Keys_SetKeyLocationReportingInAuditTrail",
        "PUT",
        "Keys/{}/LocationReporting",
        Rights::All(512),
        set_location_reporting,
    )
    .body("LocationReporting"),
];

/// The phone of a new phone key.
pub(crate) fn new(key: Value) -> Record {
    Record::from_iter([("FNKey_ID".to_owned(), key)])
}

fn phone_key(call: &Call<'_>, id: Uuid) -> Result<(), Refusal> {
    if in_use(call, id)?.kind() & PHONE != 0 { Ok(()) } else { Err(Refusal::not_found("Key phone", id)) }
}

/// Number and address are taken as they are; of the options only "by e-mail". The number is unique among keys in use.
fn update(call: &mut Call<'_>) -> Outcome {
    let id = guid(&call.body, "FNKey_ID").unwrap_or_default();
    phone_key(call, id)?;
    let phone_number = text(&call.body, "PhoneNo");
    let same = |(other, row): &(Uuid, &KeyRow)| {
        *other != id && row.phone.as_ref().is_some_and(|phone| text(phone, "PhoneNo") == phone_number)
    };
    if !phone_number.is_empty() && call.system.keys.iter().any(|pair| same(&pair)) {
        return Err(Refusal::invalid("PhoneNo", phone_number));
    }
    let by_email = number(&call.body, "OptionMask") & BY_EMAIL;
    if let Some(phone) = call.system.keys.get_mut(id).and_then(|row| row.phone.as_mut()) {
        for name in ["PhoneNo", "Email"] {
            phone.insert(name.to_owned(), call.body.get(name).cloned().unwrap_or_default());
        }
        let options = number(phone, "OptionMask") & !BY_EMAIL | by_email;
        phone.insert("OptionMask".to_owned(), Value::from(options));
    }
    Ok(Answer::Void)
}

/// Sends the registration message again. The key must have been ordered and its phone reachable.
fn re_register(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    phone_key(call, id)?;
    let row = in_use(call, id)?;
    if row.ordered.is_none() {
        return Err(Refusal::validation("The key has not been ordered yet."));
    }
    if address(row).is_none() {
        return Err(Refusal::validation(
            "The key phone has neither a phone number nor an e-mail address to use.",
        ));
    }
    if let Some(row) = call.system.keys.get_mut(id) {
        await_registration(row);
    }
    send(call.system, id, "re-register", call.now);
    Ok(Answer::Void)
}

fn set_location_reporting(call: &mut Call<'_>) -> Outcome {
    let id = call.id(0)?;
    phone_key(call, id)?;
    let on = call.body.get("LocationReportingInAuditTrail").and_then(Value::as_bool).unwrap_or(false);
    if let Some(row) = call.system.keys.get_mut(id) {
        row.location_reporting = on;
    }
    Ok(Answer::Void)
}

/// Where messages for the key go, and by which way.
fn address(row: &KeyRow) -> Option<(&'static str, String)> {
    let phone = row.phone.as_ref()?;
    let by_email = number(phone, "OptionMask") & BY_EMAIL != 0;
    let (channel, name) = if by_email { ("email", "Email") } else { ("sms", "PhoneNo") };
    let address = text(phone, name);
    (!address.is_empty()).then(|| (channel, address.to_owned()))
}

/// The phone has to register (again) before it can open a session.
pub(crate) fn await_registration(row: &mut KeyRow) {
    set_registration(row, WAITING);
}

/// The phone has registered.
pub(crate) fn registered(row: &mut KeyRow) {
    set_registration(row, REGISTERED);
}

fn set_registration(row: &mut KeyRow, state: i64) {
    if let Some(phone) = row.phone.as_mut() {
        let options = number(phone, "OptionMask") & !(WAITING | REGISTERED) | state;
        phone.insert("OptionMask".to_owned(), Value::from(options));
    }
}

/// Sends the registration message, in the language of the key's person.
pub(crate) fn send(system: &mut System, key: Uuid, reason: &'static str, at: DateTime<Utc>) {
    let Some(row) = system.keys.get(key) else { return };
    let Some((channel, address)) = address(row) else { return };
    let person = row.person().and_then(|person| system.persons.table.get(person));
    let language = person.map(|person| text(&person.record, "LanguageCode")).filter(|code| !code.is_empty());
    let language = language.map(str::to_owned);
    system.messages.push(Message { address, channel, language, key, reason, at: utc_text(at) });
}
