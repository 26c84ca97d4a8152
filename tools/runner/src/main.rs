//! The embedded host's binary.

fn main() {}
