//! Structure: locations, zones, doors, scanners, access rights, time profiles. They are iLOQ's; here they are
//! read, kept as the portal sees them, and shown.

mod list;
mod map;
pub(crate) mod names;
mod routes;
mod store;
mod sync;
#[cfg(test)]
mod tests;

pub use routes::handle;
pub use store::{Listed, StructureStore};
pub use sync::sync;
