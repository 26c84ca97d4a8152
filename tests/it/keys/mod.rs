//! Operations on keys: deaths at every effect, of the guest and of the whole runner, and crowds on one key.

mod crash;
mod crowd;
mod deaths;
mod house;
mod sigkill;
