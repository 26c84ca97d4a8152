//! The closed sets of words about keys.

use crate::words::words;

words! {
    /// What a key is, from iLOQ's `KeyTypeMask`.
    KeyType {
        /// A mechanical key of the 5 Series (bits 256 and 8).
        Key = "key",
        /// A key fob (bits 2 and 8).
        Fob = "fob",
        /// A key in a phone (bit 4).
        Mobile = "mobile",
        /// An RFID tag (bit 128).
        Tag = "tag",
    }
}

words! {
    /// How a key stands in iLOQ: the first of these that applies.
    KeyStatus {
        /// Deleted, kept for the log (`State` 3).
        Deleted = "deleted",
        /// Returned (`State` 4).
        Returned = "returned",
        /// Hidden in Manager (`State` 2).
        Hidden = "hidden",
        /// Programming failed (`ProgrammingState` -1).
        Error = "error",
        /// Changes wait to be ordered (`ProgrammingState` 0).
        NotOrdered = "notOrdered",
        /// Ordered, waiting to be fetched (`ProgrammingState` 1).
        Ordered = "ordered",
        /// The same of a phone: the message went out.
        Sent = "sent",
        /// Fetched for programming, not confirmed yet (`ProgrammingState` 2 or 7).
        Fetched = "fetched",
        /// What is in the hand equals the record (`ProgrammingState` 3).
        Programmed = "programmed",
    }
}

words! {
    /// What was done with a key.
    ItemAction {
        /// Given to the user.
        Attach = "attach",
        /// Taken away from the user.
        Detach = "detach",
        /// Its API rights were set.
        Rights = "rights",
        /// Its limits in time were set.
        Limits = "limits",
        /// Put on the block list.
        Block = "block",
        /// Taken off the block list.
        Unblock = "unblock",
        /// Made the successor of another key.
        Replace = "replace",
        /// Made and sent to a phone.
        Send = "send",
        /// Sent to a phone again.
        Resend = "resend",
        /// Read anew.
        Refresh = "refresh",
    }
}

words! {
    /// What became of it. Of a dry run: what would.
    ItemOutcome {
        /// iLOQ took the change, and it is ordered.
        Ordered = "ordered",
        /// There was nothing to do.
        Unchanged = "unchanged",
        /// iLOQ took the change and refused the order; the order alone is tried again.
        ChangedNotOrdered = "changedNotOrdered",
        /// The key is the user's no more.
        Removed = "removed",
        /// The phone key was returned, which deletes it.
        Returned = "returned",
        /// The phone key was deleted before it was ever programmed.
        Deleted = "deleted",
        /// The key is on the block list.
        BlockListed = "blockListed",
        /// It is kept and done by the jobs.
        Pending = "pending",
        /// The answer was lost and can't be read back: a person has to look.
        Unknown = "unknown",
        /// It failed; see the problem.
        Failed = "failed",
    }
}

words! {
    /// From when a change counts at the doors.
    Effective {
        /// At once.
        Now = "now",
        /// When the person opens the app.
        WhenAppOpened = "whenAppOpened",
        /// When the key is programmed, for example at a wall reader.
        WhenProgrammed = "whenProgrammed",
        /// When the block list has reached the locks.
        WhenListSpreads = "whenListSpreads",
    }
}
