//! Keys in phones: made and sent, and sent again.

mod contact;
mod make;
mod name;
mod phone;
mod resend;
mod send;

pub use resend::handle as handle_resend;
pub use send::handle as handle_send;
