//! Persons.

use crate::record::record;
use crate::{DateText, PersonId, PersonState};

record! {
    /// A person, usually the holder of keys (model `Person`).
    pub struct Person [
        /// The id; of a new person the caller makes it.
        id: PersonId = "Person_ID",
    ] {
        /// Given names.
        nullable first_name: String = "FirstName",
        /// Family name.
        nullable last_name: String = "LastName",
        /// E-mail address (spelled with a small e on the wire).
        nullable email: String = "eMail",
        /// First phone number.
        nullable phone1: String = "Phone1",
        /// Second phone number.
        nullable phone2: String = "Phone2",
        /// Third phone number.
        nullable phone3: String = "Phone3",
        /// The id in another system; unique within the locking system when it is given.
        nullable external_person_id: String = "ExternalPersonId",
        /// A free code for the person, at most 20 characters.
        nullable person_code: String = "PersonCode",
        /// Language of messages to the person, for example `FIN`.
        nullable language_code: String = "LanguageCode",
        /// Street address.
        nullable address: String = "Address",
        /// Postal code.
        nullable zip_code: String = "ZipCode",
        /// Post office, city.
        nullable post_office: String = "PostOffice",
        /// Country.
        nullable country: String = "Country",
        /// Company.
        nullable company_name: String = "CompanyName",
        /// Title at work.
        nullable work_title: String = "WorkTitle",
        /// Free text.
        nullable description: String = "Description",
        /// Free text on how to reach the person.
        nullable contact_info: String = "ContactInfo",
        /// End of the employment; the time zone is not documented.
        nullable employment_end_date: DateText = "EmploymentEndDate",
        /// Whether the person may be edited.
        optional external_can_edit: bool = "ExternalCanEdit",
        /// Whether the person is in use; iLOQ ignores it on writes.
        optional state: PersonState = "State",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_person_keeps_everything_else() {
        let json = r#"{"Person_ID":"3FA85F64-5717-4562-B3FC-2C963F66AFA6","FirstName":"Åke","eMail":"a@b.fi",
            "Phone1":"","State":0,"ExternalCanEdit":true,"EmploymentEndDate":"2027-01-31T00:00:00","Hobby":["chess"]}"#;
        let mut person: Person = serde_json::from_str(json).unwrap();
        assert_eq!(person.phone1.as_deref(), Some(""));
        person.last_name = Some("Öberg".to_owned());
        let written = serde_json::to_value(&person).unwrap();
        assert_eq!(written["Person_ID"], "3fa85f64-5717-4562-b3fc-2c963f66afa6");
        assert_eq!((&written["FirstName"], &written["LastName"]), (&"Åke".into(), &"Öberg".into()));
        assert_eq!(written["EmploymentEndDate"], "2027-01-31T00:00:00");
        assert_eq!(written["Hobby"][0], "chess");
        assert!(written["Phone2"].is_null());
    }
}
