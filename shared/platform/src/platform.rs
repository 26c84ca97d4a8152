//! The pieces as one.

use std::io::Write;

use iloq_client::io::Random;
use integration::platform::{Platform, Variables};

use crate::{clock::WasiClock, http::WasiHttp, kv::SpinStore};

/// Everything outside, for one request. Cheap to make: the store is opened at its first use.
#[derive(Default)]
pub struct SpinPlatform {
    store: SpinStore,
    http: WasiHttp,
    clock: WasiClock,
    random: WasiRandom,
}

/// The host's source of randomness for secrets (`wasi:random/random`).
#[derive(Clone, Copy, Debug, Default)]
pub struct WasiRandom;

impl Random for WasiRandom {
    fn fill(&self, buffer: &mut [u8]) {
        let length = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        buffer.copy_from_slice(&wasi::random::random::get_random_bytes(length));
    }
}

impl Variables for SpinPlatform {
    fn variable(&self, name: &str) -> Option<String> {
        spin_sdk::variables::get(name).ok()
    }
}

impl Platform for SpinPlatform {
    type Store = SpinStore;
    type Http = WasiHttp;
    type Clock = WasiClock;
    type Random = WasiRandom;

    fn store(&self) -> &SpinStore {
        &self.store
    }

    fn http(&self) -> &WasiHttp {
        &self.http
    }

    fn clock(&self) -> &WasiClock {
        &self.clock
    }

    fn random(&self) -> &WasiRandom {
        &self.random
    }

    fn log(&self, line: &str) {
        // In one write: lines of guests that run side by side must not mix. A log that is closed loses lines only.
        let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
    }
}
