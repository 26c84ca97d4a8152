//! What components may import.

use anyhow::Result;
use wasmtime::{
    Engine,
    component::{HasSelf, Linker},
};

use super::{bindings, ctx::Ctx};

pub(super) fn linker(engine: &Engine) -> Result<Linker<Ctx>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    bindings::key_value::add_to_linker::<_, HasSelf<Ctx>>(&mut linker, |ctx| ctx)?;
    bindings::variables::add_to_linker::<_, HasSelf<Ctx>>(&mut linker, |ctx| ctx)?;
    Ok(linker)
}
