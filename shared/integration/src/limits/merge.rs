//! What a request names is laid over what a key has; all else goes back as it came.

use std::collections::BTreeSet;

use iloq_model::{DateText, Key, KeyTimeLimitSlot, KeyTimeLimits, LocalTime, SlotNo, TimeLimitTitleId};
use portal_api::{
    Date, Patch, Problem,
    types::{LimitsView, MAX_OFFLINE_PHONE, PutLimits},
};

/// The time profiles on a key that the API user sees.
#[must_use]
pub fn profiles(limits: &KeyTimeLimits) -> BTreeSet<TimeLimitTitleId> {
    let profile = |slot: &&KeyTimeLimitSlot| slot.slot == SlotNo::Profile;
    limits.slots.iter().filter(profile).filter_map(|slot| slot.title_id).collect()
}

/// The date of a start or end slot.
#[must_use]
pub fn date(limits: &KeyTimeLimits, which: SlotNo) -> Option<LocalTime> {
    let slot = limits.slots.iter().find(|slot| slot.slot == which)?;
    Some(LocalTime(slot.date_lg.as_ref()?.local().ok()?))
}

/// Lays `request` over `limits`; `added` are the profiles that the key lacks.
#[must_use]
pub fn merge(limits: &KeyTimeLimits, request: &PutLimits, added: Vec<KeyTimeLimitSlot>) -> KeyTimeLimits {
    let mut merged = limits.clone();
    set_date(&mut merged, SlotNo::Start, &request.starts);
    set_date(&mut merged, SlotNo::End, &request.ends);
    let stays = |id: Option<TimeLimitTitleId>| match &request.time_profile_ids {
        Patch::Absent => true,
        Patch::Null => id.is_none(),
        Patch::Value(wanted) => id.is_none_or(|id| wanted.contains(&id)),
    };
    merged.slots.retain(|slot| slot.slot != SlotNo::Profile || stays(slot.title_id));
    merged.slots.extend(added);
    match &request.offline_expiry_seconds {
        Patch::Absent => {}
        Patch::Value(seconds) => merged.offline_expiration_seconds = Some(*seconds),
        Patch::Null => {
            merged.offline_expiration_seconds = merged.offline_expiration_seconds.map(|_| 0);
        }
    }
    merged
}

fn set_date(limits: &mut KeyTimeLimits, which: SlotNo, wanted: &Patch<LocalTime>) {
    match wanted {
        Patch::Absent => {}
        Patch::Null => limits.slots.retain(|slot| slot.slot != which),
        Patch::Value(time) if date(limits, which) == Some(*time) => {}
        Patch::Value(time) => {
            let text = Some(DateText::from(*time));
            match limits.slots.iter_mut().find(|slot| slot.slot == which) {
                Some(slot) => slot.date_lg = text,
                None => {
                    let slot = KeyTimeLimitSlot { date_lg: text, ..KeyTimeLimitSlot::new(which) };
                    limits.slots.push(slot);
                }
            }
        }
    }
}

/// What no phone key can hold.
///
/// # Errors
/// `invalid-request`.
pub fn check_phone(request: &PutLimits) -> Result<(), Problem> {
    if matches!(request.offline_expiry_seconds, Patch::Value(seconds) if seconds > MAX_OFFLINE_PHONE) {
        let detail = format!("must be at most {MAX_OFFLINE_PHONE} for a phone");
        return Err(Problem::invalid("/offlineExpirySeconds", detail));
    }
    Ok(())
}

/// A date in iLOQ's form.
#[must_use]
pub fn date_text(date: Date) -> DateText {
    DateText::from(format!("{date}T00:00:00").as_str())
}

/// The key's expected return as a request wants it; `None` if it is that already.
#[must_use]
pub fn expected_return(key: &Key, wanted: &Patch<Date>) -> Option<Option<DateText>> {
    let date = match wanted {
        Patch::Absent => return None,
        Patch::Null => None,
        Patch::Value(date) => Some(*date),
    };
    (key.returns_on().map(Date::new) != date).then_some(date.map(date_text))
}

/// Limits as answers show them.
#[must_use]
pub fn view(key: &Key, limits: &KeyTimeLimits) -> LimitsView {
    LimitsView {
        starts: date(limits, SlotNo::Start),
        ends: date(limits, SlotNo::End),
        time_profile_ids: profiles(limits),
        offline_expiry_seconds: limits.offline_expiration_seconds.filter(|seconds| *seconds > 0),
        expected_return: key.returns_on().map(Date::new),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn limits() -> Value {
        json!({
            "KeyTimeLimitSlots": [
                { "SlotNo": 2, "TimeLimitTitle_ID": "00000000-0000-0000-0000-000000000001", "New": { "x": [1.5] },
                  "TimeLimitData": [{ "WeekDayMask": 31, "StartTimeMS": 0, "EndTimeMS": 900_000, "StartTime": "0:00" }] },
                { "SlotNo": 7, "TimeZone_ID": "somewhere" },
                { "SlotNo": 1, "LimitDateLg": "2026-06-30T18:00:00.0000000", "Odd": null },
            ],
            "KeyScheduler": { "RenewGapType": 1, "RenewMinute": 70 },
            "OfflineExpirationSeconds": 3600,
            "OutsideUserZoneTimeLimitTitleSlots": [2, 2],
            "Newer": {},
        })
    }

    fn merged(request: &Value) -> Value {
        let Value::Object(request) = request.clone() else { panic!("an object") };
        let request = PutLimits::read(request).unwrap();
        let read: KeyTimeLimits = serde_json::from_value(limits()).unwrap();
        serde_json::to_value(merge(&read, &request, Vec::new())).unwrap()
    }

    /// For every request: what it does not name is the same afterwards, member for member.
    #[test]
    fn what_is_not_named_goes_back_as_it_came() {
        let time = json!("2026-12-01T08:00:00");
        let same = json!("2026-06-30T18:00:00");
        let one = json!(["00000000-0000-0000-0000-000000000001"]);
        let choices: [(&str, Vec<Option<Value>>); 5] = [
            ("startsLocal", vec![None, Some(Value::Null), Some(json!("2026-01-01T00:00:00"))]),
            ("endsLocal", vec![None, Some(Value::Null), Some(same), Some(time)]),
            ("timeProfileIds", vec![None, Some(json!([])), Some(one)]),
            ("offlineExpirySeconds", vec![None, Some(Value::Null), Some(json!(60))]),
            ("expectedReturn", vec![None, Some(json!("2026-12-31"))]),
        ];
        let total: usize = choices.iter().map(|(_, values)| values.len()).product();
        for mut n in 0..total {
            let mut request = serde_json::Map::new();
            for (name, values) in &choices {
                if let Some(value) = &values[n % values.len()] {
                    request.insert((*name).to_owned(), value.clone());
                }
                n /= values.len();
            }
            let request = Value::Object(request);
            let (before, after) = (limits(), merged(&request));
            for name in ["KeyScheduler", "OutsideUserZoneTimeLimitTitleSlots", "Newer"] {
                assert_eq!(before[name], after[name], "{request}");
            }
            if request.get("offlineExpirySeconds").is_none() {
                assert_eq!(
                    before["OfflineExpirationSeconds"], after["OfflineExpirationSeconds"],
                    "{request}"
                );
            }
            let slots = after["KeyTimeLimitSlots"].as_array().unwrap();
            let names = [(2, "timeProfileIds"), (7, ""), (1, "endsLocal")];
            for (slot, (number, name)) in before["KeyTimeLimitSlots"].as_array().unwrap().iter().zip(names) {
                let now = slots.iter().find(|slot| slot["SlotNo"] == number);
                if request.get(name).is_none() {
                    assert_eq!(now, Some(slot), "{request}");
                } else if let Some(now) = now {
                    assert_eq!(
                        (now.get("Odd"), now.get("New")),
                        (slot.get("Odd"), slot.get("New")),
                        "{request}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_removed_is_gone() {
        let gone = json!({ "endsLocal": null, "timeProfileIds": null, "offlineExpirySeconds": null });
        let after = merged(&gone);
        assert_eq!(after["KeyTimeLimitSlots"], json!([{ "SlotNo": 7, "TimeZone_ID": "somewhere" }]));
        assert_eq!(after["OfflineExpirationSeconds"], 0);
    }
}
