//! Phone keys: sent, and sent again.

use std::collections::BTreeSet;

use iloq_model::AccessRightId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::keys::{KeyItem, KeyView, access_rights};
use super::limits::{PutLimits, read_limits};
use super::rules::{check_email, check_phone, line};
use super::settings::MobileKeyChannel;
use crate::json::Reader;
use crate::problem::Problem;
use crate::time::Time;
use crate::words::words;

/// The most characters of a key's name: iLOQ's `Description` has no room for more.
const MAX_NAME: usize = 50;

/// Where an invitation goes. What is left out comes from the system's settings and the user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// By text message or e-mail.
    pub channel: Option<MobileKeyChannel>,
    /// The phone number in E.164.
    pub phone: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
}

impl Contact {
    fn read(reader: &mut Reader) -> Self {
        Self {
            channel: reader.word("channel", MobileKeyChannel::ALL, MobileKeyChannel::name).value(),
            phone: reader.text("phone", check_phone).value(),
            email: reader.text("email", check_email).value(),
        }
    }
}

/// The body of `POST …/users/{user}/mobile-keys`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendMobileKey {
    /// The key's name, 1 to 50 characters; `None`: made from the user's.
    pub name: Option<String>,
    /// Where the invitation goes.
    pub contact: Contact,
    /// Its API rights. A right that the request repeats is here once.
    pub access_right_ids: BTreeSet<AccessRightId>,
    /// Its limits in time; `None`: none.
    pub limits: Option<PutLimits>,
}

impl SendMobileKey {
    /// Reads and checks the body.
    ///
    /// # Errors
    /// 422 with one error for each wrong member: `invalid-phone-number`, `invalid-email` or
    /// `invalid-time-limit` if only that is wrong, else `invalid-request`.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::new(body);
        let name = reader.text("name", |text| line(text, 1, MAX_NAME)).value();
        let contact = Contact::read(&mut reader);
        let rights = access_rights(&mut reader);
        let limits = reader.open("limits").value().map(|mut inner| {
            let limits = read_limits(&mut inner);
            reader.close(inner);
            limits
        });
        reader.finish(rights.map(|access_right_ids| Self { name, contact, access_right_ids, limits }))
    }
}

/// The body of `POST …/mobile-keys/{key}/resend`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResendMobileKey {
    /// Where the invitation goes.
    pub contact: Contact,
    /// The person has a new phone: the registration of the old one ends.
    pub force: bool,
}

impl ResendMobileKey {
    /// Reads and checks the body.
    ///
    /// # Errors
    /// 422 with one error for each wrong member: `invalid-phone-number` or `invalid-email` if only that is
    /// wrong, else `invalid-request`.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::new(body);
        let request = Self { contact: Contact::read(&mut reader), force: reader.flag("force") };
        reader.finish(Some(request))
    }
}

words! {
    /// Whether the phone answered an invitation.
    Registration {
        /// Not yet.
        Waiting = "waiting",
        /// It is registered.
        Registered = "registered",
    }
}

/// The last invitation of a phone key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// How it went.
    pub channel: MobileKeyChannel,
    /// Where it went.
    pub address: String,
    /// When it went.
    pub sent_at: Time,
    /// How many went so far, this one counted.
    pub count: u32,
    /// Whether the phone answered.
    pub registration: Registration,
}

/// The answer of sending a phone key, and of sending it again: the key, and what was done as an item.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MobileKeyAnswer {
    /// The key.
    #[serde(flatten)]
    pub key: KeyView,
    /// What was done with it: one item.
    pub items: Vec<KeyItem>,
    /// What a person should know of limits that were taken: a time that the clock shows twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}
