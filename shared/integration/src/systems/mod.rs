//! Systems: connected, shown, checked, removed.

mod check;
mod list;
mod remove;
mod routes;
mod settings;
mod view;

pub use routes::handle;
