//! The feed of changes: one schema for each type of change, with what its `data` holds.
#![expect(dead_code, reason = "only the schemas are used")]

use std::borrow::Cow;
use std::collections::BTreeMap;

use iloq_model::{AccessRightId, PersonId};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::scalars::{ClosedSet, paragraph};
use crate::{Candidate, Change, ChangeType, DeleteReason, KeyStatus, MobileKeyChannel, Time, User};

/// Defines what `data` holds, member by member; `?` may be left out.
macro_rules! data {
    ($($(#[doc = $about:literal])* $name:ident { $($(#[doc = $doc:literal])* $member:ident: $kind:ty $(, $optional:ident)?;)* })*) => {$(
        $(#[doc = $about])*
        #[derive(JsonSchema)]
        #[schemars(rename_all = "camelCase")]
        struct $name { $($(#[doc = $doc])* $(#[schemars($optional, skip_serializing_if = "Option::is_none")])? $member: $kind,)* }
    )*};
}

data! {
    /// The user as it is now.
    UserImportedData {
        /// The user.
        user: User;
    }
    /// What a run took over from iLOQ.
    UserUpdatedData {
        /// The members of the user that changed.
        fields: Vec<String>;
        /// The user as it is now.
        user: User;
    }
    /// The id that the user had before the portal adopted it.
    UserAdoptedData {
        /// The id, which answers 404 with `movedTo` from now on.
        previous_id: String;
    }
    /// The person that is no more.
    UserGoneData {
        /// The person's id.
        person_id: Option<PersonId>;
    }
    /// The user is back: the person is in iLOQ again, or still.
    UserRestoredData {
        /// The user as it is now.
        user: User;
        /// Why iLOQ did not let the person be deleted.
        reason: Option<DeleteReason>, default;
    }
    /// Either the persons among whom somebody has to decide, or the members that changed on both sides.
    UserConflictData {
        /// The persons that could be the user.
        candidates: Option<Vec<Candidate>>, default;
        /// By member: both values, of which the portal's stands.
        fields: Option<BTreeMap<String, FieldConflict>>, default;
    }
    /// A member of a user that changed on both sides.
    FieldConflict {
        /// iLOQ's value, which was overwritten.
        iloq: String;
        /// The portal's value, which stands.
        portal: String;
    }
    /// How the key stood and how it stands.
    KeyStatusData {
        /// Before.
        from: KeyStatus;
        /// Now.
        to: KeyStatus;
    }
    /// Who holds the key now.
    KeyAttachedData {
        /// The user's id.
        user: String;
        /// How the key stands.
        status: KeyStatus;
    }
    /// Who held the key.
    KeyDetachedData {
        /// The user's id.
        user: String;
    }
    /// The API rights that the key has in Manager, and those that the portal wants.
    KeyRightsChangedData {
        /// In iLOQ, to be programmed.
        planned: Vec<AccessRightId>;
        /// As the portal wants them.
        wanted: Vec<AccessRightId>;
    }
    /// Nothing more to say.
    NoData {}
    /// Since when rights that were taken off are still on the key.
    KeyRevocationOverdueData {
        /// Since when.
        since: Option<Time>;
    }
    /// The invitation of the phone key.
    InvitationData {
        /// When it was sent.
        sent_at: Time;
        /// How it was sent.
        channel: MobileKeyChannel;
    }
}

fn data_of(change: ChangeType, generator: &mut SchemaGenerator) -> Schema {
    match change {
        ChangeType::UserImported => generator.subschema_for::<UserImportedData>(),
        ChangeType::UserUpdated => generator.subschema_for::<UserUpdatedData>(),
        ChangeType::UserAdopted => generator.subschema_for::<UserAdoptedData>(),
        ChangeType::UserGone => generator.subschema_for::<UserGoneData>(),
        ChangeType::UserRestored => generator.subschema_for::<UserRestoredData>(),
        ChangeType::UserConflict => generator.subschema_for::<UserConflictData>(),
        ChangeType::KeyStatus => generator.subschema_for::<KeyStatusData>(),
        ChangeType::KeyAttached => generator.subschema_for::<KeyAttachedData>(),
        ChangeType::KeyDetached => generator.subschema_for::<KeyDetachedData>(),
        ChangeType::KeyRightsChanged => generator.subschema_for::<KeyRightsChangedData>(),
        ChangeType::KeyReturned | ChangeType::KeyRemoved => generator.subschema_for::<NoData>(),
        ChangeType::KeyRevocationOverdue => generator.subschema_for::<KeyRevocationOverdueData>(),
        ChangeType::MobileKeyActivated | ChangeType::MobileKeyStale => {
            generator.subschema_for::<InvitationData>()
        }
    }
}

/// One type of change. All have a user or a key, those of keys often both.
fn variant(change: ChangeType, about: &str, generator: &mut SchemaGenerator) -> Value {
    let of_user = change.name().starts_with("user.");
    let required = ["at", "type", "data", if of_user { "user" } else { "key" }];
    let mut properties = json!({
        "at": { "type": "string", "format": "date-time", "description": "When it was found." },
        "type": { "type": "string", "const": change.name() },
        "user": { "type": "string", "description": "The user's id." },
        "data": data_of(change, generator),
    });
    if !of_user {
        properties["key"] = json!({ "type": "string", "format": "uuid", "description": "The key's id." });
    }
    json!({ "type": "object", "description": about, "required": required, "properties": properties })
}

impl JsonSchema for Change {
    fn schema_name() -> Cow<'static, str> {
        "Change".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut mapping = Map::new();
        let mut variants = Vec::new();
        for (change, (word, about)) in ChangeType::ALL.iter().zip(ChangeType::WORDS) {
            let name = format!("{change:?}Change");
            let schema = variant(*change, &paragraph(about), generator);
            let reference = format!("#/components/schemas/{name}");
            generator.definitions_mut().insert(name, schema);
            variants.push(json!({ "$ref": &reference }));
            mapping.insert((*word).to_owned(), reference.into());
        }
        json_schema!({
            "description": "One change. It is given at least once, in order for each user or key, and kept 30 days.",
            "oneOf": variants,
            "discriminator": { "propertyName": "type", "mapping": mapping },
        })
    }
}
