//! The phone of a phone key: where messages go.

use iloq_client::{Error, IloqApi};
use iloq_model::{KeyPhone, KeyPhoneOptions};
use portal_api::{Code, IloqCause, Problem, types::MobileKeyChannel};

use crate::problem::Stop;

/// Directs messages to `address`; what is known of the other channel stays.
pub fn direct(phone: &mut KeyPhone, channel: MobileKeyChannel, address: &str) {
    let options = phone.options.unwrap_or_default();
    match channel {
        MobileKeyChannel::Sms => {
            phone.phone_no = Some(address.to_owned());
            phone.options = Some(options.without(KeyPhoneOptions::USE_EMAIL));
        }
        MobileKeyChannel::Email => {
            phone.email = Some(address.to_owned());
            phone.options = Some(options.with(KeyPhoneOptions::USE_EMAIL));
        }
    }
}

/// Where messages go now, if anywhere.
pub fn directed(phone: &KeyPhone) -> (MobileKeyChannel, Option<&str>) {
    let by_email = phone.options.unwrap_or_default().contains(KeyPhoneOptions::USE_EMAIL);
    let channel = if by_email { MobileKeyChannel::Email } else { MobileKeyChannel::Sms };
    (channel, stored(phone, channel))
}

/// The address that iLOQ has for that channel.
pub fn stored(phone: &KeyPhone, channel: MobileKeyChannel) -> Option<&str> {
    let address = match channel {
        MobileKeyChannel::Sms => &phone.phone_no,
        MobileKeyChannel::Email => &phone.email,
    };
    address.as_deref().filter(|address| !address.is_empty())
}

/// `PUT KeyPhones`. May be repeated; after a lost answer the phone itself tells whether it was taken.
///
/// # Errors
/// `phone-number-in-use`; iLOQ's error.
pub async fn put(api: &impl IloqApi, phone: &KeyPhone) -> Result<(), Stop> {
    match api.update_key_phone(phone).await {
        Ok(()) => Ok(()),
        Err(error) if error.outcome_unknown() => {
            let now = api.key_phone(phone.key_id).await?;
            if directed(&now) == directed(phone) { Ok(()) } else { Err(error.into()) }
        }
        Err(error) if is_taken(&error, phone) => {
            let cause = IloqCause::operation(error.operation());
            let cause = match error.status() {
                Some(status) => cause.with_status(status),
                None => cause,
            };
            Err(Problem::of(Code::PhoneNumberInUse).with_iloq(cause).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// iLOQ takes a number once in a locking system. Its form has been checked before, so that a number that it
/// names in a refusal is in use.
fn is_taken(error: &Error, phone: &KeyPhone) -> bool {
    stored(phone, MobileKeyChannel::Sms).is_some_and(|number| {
        error.status() == Some(409)
            || error.is_validation_about("PhoneNo")
            || error.is_validation_about(number)
    })
}
