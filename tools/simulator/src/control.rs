//! What happens in a real locking system outside the API, and how the simulator itself is steered.
//!
//! [`actions`] are the things that can be done; [`methods`] offers them on [`crate::Simulator`], [`routes`] as JSON
//! under `/_control/`.

mod actions;
mod methods;
mod routes;

pub use actions::{NewKey, Opening, UserChange};
pub use routes::CONTROL;
pub(crate) use routes::handle;
