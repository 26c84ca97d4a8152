//! What runs found and the portal has to apply.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::time::Time;
use crate::words::words;

words! {
    /// What changed.
    ChangeType {
        /// A person that was new in iLOQ became a user.
        UserImported = "user.imported",
        /// Fields changed in iLOQ.
        UserUpdated = "user.updated",
        /// The portal gave an imported user its own id.
        UserAdopted = "user.adopted",
        /// The person was deleted in iLOQ.
        UserGone = "user.gone",
        /// A user deleted here is back: iLOQ did not let the person go.
        UserRestored = "user.restored",
        /// A person has to decide.
        UserConflict = "user.conflict",
        /// A key's status changed.
        KeyStatus = "key.status",
        /// A key was attached in Manager.
        KeyAttached = "key.attached",
        /// A key was detached in Manager.
        KeyDetached = "key.detached",
        /// A key's rights were changed in Manager.
        KeyRightsChanged = "key.rightsChanged",
        /// A key was returned.
        KeyReturned = "key.returned",
        /// A key was deleted.
        KeyRemoved = "key.removed",
        /// A key still holds rights that were revoked long ago.
        KeyRevocationOverdue = "key.revocationOverdue",
        /// A phone was registered.
        MobileKeyActivated = "mobileKey.activated",
        /// An invitation was not answered.
        MobileKeyStale = "mobileKey.stale",
    }
}

/// One change. It is given at least once, in order for each user or key, and kept 30 days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// When it was found.
    pub at: Time,
    /// What changed.
    #[serde(rename = "type")]
    pub change: ChangeType,
    /// The user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What else belongs to it.
    #[serde(default)]
    pub data: Map<String, Value>,
}
