//! The two-way sync of users.
#![cfg_attr(target_family = "wasm", allow(unsafe_code, missing_docs, clippy::pedantic))] // the SDK's macro

use integration::{http, users};
use portal_api::routes::Component;
use spin_sdk::http::{IncomingRequest, ResponseOutparam};

#[cfg_attr(target_family = "wasm", spin_sdk::http_component)]
#[cfg_attr(not(target_family = "wasm"), allow(dead_code))]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    platform::serve(request, out, async |platform, head, body| {
        http::serve(platform, Component::SyncUsers, head, body, users::handle_sync).await
    })
    .await;
}
