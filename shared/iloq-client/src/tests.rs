//! The client against a scripted iLOQ, in virtual time.

mod calls;
mod leaks;
mod operations;
mod script;
mod session;
