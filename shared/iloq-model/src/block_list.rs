//! The block list.

use crate::record::record;
use crate::{
    BlockListChange, BlockListPacketId, BlockListRowId, DateText, KeyId, KeyTypeMask, ProgrammingState,
};

record! {
    /// A key on the block list (model `BlackList`).
    pub struct BlockListItem [
        /// The key.
        key_id: KeyId = "FNKey_ID",
    ] {
        /// The row's own id.
        optional row_id: BlockListRowId = "FNKeyBlacklistPacketLink_ID",
        /// The key's printed label.
        nullable stamp: String = "KeyStamp",
        /// The key's type.
        optional kind: KeyTypeMask = "KeyTypeMask",
        /// The key's name.
        nullable name: String = "Name",
        /// The holder's name.
        nullable person_name: String = "PersonName",
        /// Since when it has been listed (UTC).
        optional listed_at: DateText = "BlackListDateUtc",
        /// The version of the list that it came with.
        nullable version: String = "BlacklistVersion",
        /// The difference to the list ordered last.
        optional change: BlockListChange = "ChangeType",
    }
}

record! {
    /// The list as it is sent out (model `BlacklistPacket`).
    pub struct BlockListPacket [] {
        /// Its id.
        optional id: BlockListPacketId = "BlacklistPacket_ID",
        /// A version number; its meaning is not documented.
        optional hard_version: i64 = "HardDataVersion",
        /// A version number; its meaning is not documented.
        optional soft_version: i64 = "SoftDataVersion",
        /// How far it has got.
        optional state: ProgrammingState = "State",
    }
}

record! {
    /// The block list (`GET Blacklists`).
    pub struct BlockList [] {
        /// The keys that the API user sees.
        listed items: BlockListItem = "BlacklistItems",
        /// The list as it is sent out.
        nullable packet: BlockListPacket = "BlacklistPacket",
        /// How many more keys there are outside the zones of the API user.
        optional outside_user_zones: u32 = "OutsideUserZoneKeyCount",
    }
}
