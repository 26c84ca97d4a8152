//! How state lies in the key-value store: names of keys, versioned values, append-only streams, what writers do
//! that may cross, leases, the registry of systems.

mod doubt;
mod error;
mod hash;
mod lease;
pub mod licence;
mod registry;
mod runs;
mod session;
mod space;
mod stream;
mod suspension;
pub mod tree;
mod waiting;

pub use doubt::Doubt;
pub use error::{Fault, StateError};
pub use hash::{spread, work_id};
pub use lease::{Busy, Lease};
pub use registry::{Registry, SystemRecord};
pub use runs::{ITEMS_PER_PAGE, JobRecord, RunRecord, Runs};
pub use session::StoredSession;
pub use space::{GLOBAL_PREFIX, PREFIX, Space};
pub use stream::{Position, Stream, StreamEntry};
pub use suspension::Suspension;
pub use waiting::{Due, Waiting};
