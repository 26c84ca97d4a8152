//! A platform in memory, the simulator behind its HTTP, and callers of the portal's API.

mod clock;
mod dice;
mod effects;
mod hostile;
mod house;
mod portal;
mod store;
mod turns;
mod world;

pub use dice::Dice;
pub use effects::{Effects, catch_crash};
pub use hostile::Troubles;
pub use house::{House, PHONE};
pub use portal::{Response, SYSTEM, TOKEN, settings};
pub use store::MemoryStore;
pub use turns::Turn;
pub use world::{Place, World};
