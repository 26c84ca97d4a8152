//! Randomness for unit tests.

use std::cell::Cell;

use iloq_client::io::Random;

/// A deterministic source of bytes.
pub struct SeededRandom(Cell<u64>);

impl SeededRandom {
    /// Different seeds give different bytes.
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1))
    }
}

impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let mut x = self.0.get();
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            self.0.set(x);
            *byte = x.to_le_bytes()[3];
        }
    }
}
