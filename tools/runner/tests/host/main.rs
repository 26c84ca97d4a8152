//! The host against a component that misbehaves on request.

mod effects;
mod limits;
mod manifest;
mod outbound;
mod probe;
mod state;
