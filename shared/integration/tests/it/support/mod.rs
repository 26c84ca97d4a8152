//! A platform in memory, the simulator behind its HTTP, and callers of the portal's API.

mod clock;
mod effects;
mod portal;
mod store;
mod world;

pub use effects::{Effects, catch_crash};
pub use portal::{Response, SYSTEM, TOKEN, settings};
pub use store::MemoryStore;
pub use world::World;
