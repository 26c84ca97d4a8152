//! Keys, as far as deleting a user needs them: taken away from their holder.

mod order;
mod take_away;

pub use take_away::{Taken, take_away};
