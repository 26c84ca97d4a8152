//! What wasmtime makes of the interfaces in `wit/`.

wasmtime::component::bindgen!({
    world: "local:host/host",
    path: "wit",
    imports: { default: async | trappable },
    with: { "fermyon:spin/key-value@2.0.0.store": super::key_value::Opened },
});

pub(super) use fermyon::spin::{key_value, variables};

/// What Spin's cron trigger calls.
pub(super) mod cron {
    wasmtime::component::bindgen!({
        world: "fermyon:spin-cron/spin-cron@2.0.0",
        path: "../../wit/deps/spin-cron",
        exports: { default: async },
    });
}
