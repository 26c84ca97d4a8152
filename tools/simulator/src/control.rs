//! What happens in a real locking system outside the API, and how the simulator itself is steered.
//!
//! [`records`], [`events`] and [`trail`] are the things that can be done; [`methods`] offers them on [`crate::Simulator`],
//! [`routes`] as JSON under `/_control/`.

mod events;
mod methods;
mod records;
mod routes;
mod trail;

pub use events::{Opening, UserChange};
pub use records::NewKey;
pub use routes::CONTROL;
pub(crate) use routes::handle;
pub use trail::{LogFill, NewLogRow};
