//! Where an invitation goes: what the request says, else what is known.

use portal_api::{
    Code, Problem,
    types::{Contact, MobileKeyChannel, check_email, check_phone},
};

use crate::users::fields::{Field, Fields};

/// How an invitation goes: as the request says, else the way of the only address that it gives, else `default`.
pub fn channel(contact: &Contact, default: MobileKeyChannel) -> MobileKeyChannel {
    let given = match (&contact.phone, &contact.email) {
        (Some(_), None) => Some(MobileKeyChannel::Sms),
        (None, Some(_)) => Some(MobileKeyChannel::Email),
        _ => None,
    };
    contact.channel.or(given).unwrap_or(default)
}

/// What the request gives for that channel.
pub fn given(contact: &Contact, channel: MobileKeyChannel) -> Option<&str> {
    match channel {
        MobileKeyChannel::Sms => contact.phone.as_deref(),
        MobileKeyChannel::Email => contact.email.as_deref(),
    }
}

/// What is saved with the user for that channel, checked: iLOQ's own records may hold anything.
///
/// # Errors
/// `missing-contact` if there is nothing; `invalid-phone-number` or `invalid-email`.
pub fn saved(user: &Fields, channel: MobileKeyChannel) -> Result<String, Problem> {
    let (field, pointer, what) = match channel {
        MobileKeyChannel::Sms => (Field::MobilePhone, "/phone", "mobile phone number"),
        MobileKeyChannel::Email => (Field::Email, "/email", "e-mail address"),
    };
    let text = user.get(field);
    if text.is_empty() {
        let fact = format!("The user has no {what}, and the request gives none.");
        let why = format!("is needed: no {what} is saved with the user");
        return Err(Problem::because(Code::MissingContact, &fact).with_error(pointer, why));
    }
    let (checked, code) = match channel {
        MobileKeyChannel::Sms => (check_phone(text), Code::InvalidPhoneNumber),
        MobileKeyChannel::Email => (check_email(text), Code::InvalidEmail),
    };
    checked.map_err(|_| {
        let fact = format!("The {what} that is saved with the user can't be used.");
        Problem::because(code, &fact)
            .with_error(pointer, format!("is needed: the saved {what} can't be used"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(phone: Option<&str>, email: Option<&str>) -> Contact {
        Contact { channel: None, phone: phone.map(str::to_owned), email: email.map(str::to_owned) }
    }

    #[test]
    fn the_only_address_given_decides_the_channel() {
        use MobileKeyChannel::{Email, Sms};
        let (phone, email) = (Some("+358401234567"), Some("a@example.com"));
        for (contact, default, wanted) in [
            (contact(None, None), Sms, Sms),
            (contact(None, None), Email, Email),
            (contact(phone, None), Email, Sms),
            (contact(None, email), Sms, Email),
            (contact(phone, email), Email, Email),
            (Contact { channel: Some(Sms), ..contact(None, email) }, Email, Sms),
        ] {
            assert_eq!(channel(&contact, default), wanted, "{contact:?}");
        }
    }

    #[test]
    fn what_is_saved_is_checked() {
        let mut user = Fields::default();
        assert_eq!(saved(&user, MobileKeyChannel::Sms).unwrap_err().code, Code::MissingContact);
        user.set(Field::MobilePhone, "040 1234567");
        assert_eq!(saved(&user, MobileKeyChannel::Sms).unwrap_err().code, Code::InvalidPhoneNumber);
        user.set(Field::MobilePhone, "+358401234567");
        assert_eq!(saved(&user, MobileKeyChannel::Sms).unwrap(), "+358401234567");
        user.set(Field::Email, "nobody");
        assert_eq!(saved(&user, MobileKeyChannel::Email).unwrap_err().code, Code::InvalidEmail);
    }
}
