//! The wasmtime engine and its clock tick.

use std::time::Duration;

use anyhow::{Context, Result};
use wasmtime::{Cache, CacheConfig, Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::options::Options;

/// The most requests that are served at once.
pub(super) const REQUESTS: u32 = 100;
/// The most ticks of schedules that run at once.
pub(super) const TICKS: u32 = 16;
/// Instances in the pool.
const SLOTS: u32 = REQUESTS + TICKS;
/// The most linear memory a guest may have, in bytes.
pub(super) const MEMORY: usize = 128 << 20;
/// How often a running guest looks at its deadline.
const TICK: Duration = Duration::from_millis(10);

pub(super) fn engine(options: &Options) -> Result<Engine> {
    let mut config = Config::new();
    config.epoch_interruption(true);
    // Else each slot of the pool reserves 4 GiB of address space.
    config.memory_reservation(MEMORY as u64);
    if options.pooling {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    }
    if let Some(folder) = &options.cache_dir {
        let folder = std::path::absolute(folder)?;
        let mut cache = CacheConfig::new();
        cache.with_directory(folder);
        config.cache(Some(
            Cache::new(cache).map_err(anyhow::Error::from).context("the cache of compiled components")?,
        ));
    }
    let engine = Engine::new(&config).map_err(anyhow::Error::from).context(
        "the engine could not start; where address space is limited (ulimit -v), turn pooling off",
    )?;
    tick(&engine)?;
    Ok(engine)
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(SLOTS)
        .total_memories(SLOTS)
        .total_stacks(SLOTS)
        .total_tables(SLOTS * 2)
        .total_core_instances(SLOTS * 4)
        .max_memory_size(MEMORY)
        .linear_memory_keep_resident(2 << 20);
    pool
}

/// Turns the engine's epoch until the engine is gone.
fn tick(engine: &Engine) -> Result<()> {
    let weak = engine.weak();
    let turn = move || {
        while let Some(engine) = weak.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    };
    std::thread::Builder::new().name("epoch".to_owned()).spawn(turn)?;
    Ok(())
}
