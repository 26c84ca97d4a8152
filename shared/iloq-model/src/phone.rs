//! The phone of a phone key.

use crate::record::record;
use crate::{KeyId, KeyPhoneOptions, KeyPhoneRequests};

record! {
    /// The phone of a phone key (model `KeyPhone`).
    pub struct KeyPhone [
        /// The key.
        key_id: KeyId = "FNKey_ID",
    ] {
        /// The phone number; unique within the locking system.
        nullable phone_no: String = "PhoneNo",
        /// The e-mail address.
        nullable email: String = "Email",
        /// Registration, and where messages go.
        optional options: KeyPhoneOptions = "OptionMask",
        /// What the phone is asked to do; not part of an update.
        optional requests: KeyPhoneRequests = "RequestTypeMask",
    }
}
