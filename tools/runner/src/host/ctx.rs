//! The data of one instance.

use std::sync::{Arc, atomic::Ordering};

use wasmtime::{ResourceLimiter, component::ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::{engine::MEMORY, outgoing::Outgoing, output::Output, scope::Scope};

pub(super) struct Ctx {
    pub(super) scope: Arc<Scope>,
    pub(super) table: ResourceTable,
    pub(super) memory: Memory,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outgoing: Outgoing,
}

impl Ctx {
    pub(super) fn new(scope: &Arc<Scope>) -> Self {
        let output = Output::new(&scope.component.id, &scope.app.options.log);
        let mut wasi = WasiCtx::builder();
        wasi.envs(&scope.component.environment)
            .stdout(output.clone())
            .stderr(output)
            .wall_clock(scope.app.clock.clone());
        Self {
            table: ResourceTable::new(),
            memory: Memory { scope: Arc::clone(scope), now: 0 },
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            outgoing: Outgoing(Arc::clone(scope)),
            scope: Arc::clone(scope),
        }
    }
}

impl WasiView for Ctx {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Ctx {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outgoing, table: &mut self.table, ctx: &mut self.http }
    }
}

/// Limits and measures the guest's linear memory.
pub(super) struct Memory {
    scope: Arc<Scope>,
    now: usize,
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.now + desired.saturating_sub(current);
        if total > MEMORY {
            return Ok(false);
        }
        self.now = total;
        self.scope.peak_memory.fetch_max(total, Ordering::Relaxed);
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= 20_000)
    }
}
