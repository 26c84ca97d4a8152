//! A component that does, on request, whatever the host has to cope with.
#![cfg_attr(target_family = "wasm", allow(unsafe_code))] // expanded by the SDK's macro
#![allow(clippy::panic, reason = "a panic is what one of the routes is for")]

mod routes;

use spin_sdk::http::{IncomingRequest, IntoResponse};

#[cfg_attr(target_family = "wasm", spin_sdk::http_component)]
#[cfg_attr(not(target_family = "wasm"), allow(dead_code))]
async fn handle(request: IncomingRequest) -> impl IntoResponse {
    routes::answer(request).await
}
