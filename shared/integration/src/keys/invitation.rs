//! The invitation of a phone key: where it went, and whether the phone answered.

use iloq_client::IloqApi;
use iloq_model::{Key, KeyPhone, KeyPhoneOptions};
use portal_api::{
    Time,
    types::{Invitation, KeyType, MobileKeyChannel, Registration},
};
use serde::{Deserialize, Serialize};

use super::{record::KeyRecord, status};
use crate::problem::Stop;

/// After so long without an answer the portal is told, in milliseconds: 7 days.
pub const STALE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// An invitation as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invited {
    /// How it goes.
    #[serde(rename = "c")]
    pub channel: MobileKeyChannel,
    /// Where it goes.
    #[serde(rename = "a")]
    pub address: String,
    /// When the last one went, in milliseconds since the epoch; `None`: none has gone yet.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<i64>,
    /// How many went.
    #[serde(rename = "n", default)]
    pub count: u32,
    /// The phone has answered the last one.
    #[serde(rename = "g", default)]
    pub registered: bool,
    /// The portal was told so.
    #[serde(rename = "d", default)]
    pub told: bool,
    /// The portal was told that the last one is unanswered for long.
    #[serde(rename = "s", default)]
    pub stale: bool,
    /// The last requests to send it again, the newest at the end.
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    pub resends: Vec<Resend>,
}

/// So many requests to send again are told from new ones: far more than a person makes in a day.
const KEPT_RESENDS: usize = 20;

/// A request to send an invitation again, stored before it is sent: iLOQ does not tell afterwards whether it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resend {
    /// The same for a request that is repeated with its idempotency key.
    #[serde(rename = "i")]
    pub intent: String,
    /// iLOQ has confirmed it.
    #[serde(rename = "k", default)]
    pub confirmed: bool,
}

impl Invited {
    /// An invitation that has not gone yet.
    #[must_use]
    pub fn new(channel: MobileKeyChannel, address: String) -> Self {
        Self {
            channel,
            address,
            sent_at: None,
            count: 0,
            registered: false,
            told: false,
            stale: false,
            resends: Vec::new(),
        }
    }

    /// Notes that `intent` is about to be sent.
    pub fn goes_again(&mut self, intent: &str) {
        if self.resends.len() == KEPT_RESENDS {
            self.resends.remove(0);
        }
        self.resends.push(Resend { intent: intent.to_owned(), confirmed: false });
    }

    /// The first order of a key sends its first invitation; later ones send none.
    pub fn went_with_the_order(&mut self, at: i64) {
        if self.sent_at.is_none() {
            self.went(at);
        }
    }

    /// One more has gone, and the phone has to answer it.
    pub fn went(&mut self, at: i64) {
        self.sent_at = Some(at);
        self.count += 1;
        (self.registered, self.told, self.stale) = (false, false, false);
    }

    /// As the portal sees it; `None` before the first has gone.
    #[must_use]
    pub fn view(&self) -> Option<Invitation> {
        Some(Invitation {
            channel: self.channel,
            address: self.address.clone(),
            sent_at: Time::from_millis(self.sent_at?),
            count: self.count,
            registration: if self.registered { Registration::Registered } else { Registration::Waiting },
        })
    }
}

/// Reads whether the phone has answered: one call, for phone keys with an invitation.
///
/// # Errors
/// iLOQ's error.
pub async fn read(api: &impl IloqApi, key: &Key, record: &mut KeyRecord) -> Result<(), Stop> {
    if status::kind(key) == Some(KeyType::Mobile)
        && status::is_alive(status::of(key))
        && let Some(invited) = &mut record.invitation
    {
        invited.registered = is_registered(&api.key_phone(key.id).await?);
    }
    Ok(())
}

/// Whether the phone is registered and nothing else is asked of it.
#[must_use]
pub fn is_registered(phone: &KeyPhone) -> bool {
    let options = phone.options.unwrap_or_default();
    options.contains(KeyPhoneOptions::REGISTERED) && !options.contains(KeyPhoneOptions::WAITING)
}
