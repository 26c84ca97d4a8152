//! What wasmtime makes of the interfaces in `wit/`.

wasmtime::component::bindgen!({
    world: "local:host/host",
    path: "wit",
    imports: { default: async | trappable },
    with: { "fermyon:spin/key-value@2.0.0.store": super::key_value::Opened },
});

pub(super) use fermyon::spin::{key_value, variables};
