//! One incoming request through a handler.

use std::pin::pin;

use futures::TryStreamExt;
use integration::http::{Answer, Body, Head};
use spin_sdk::http::{IncomingRequest, Response};

use crate::platform::SpinPlatform;

/// Longest body of a request, in bytes.
pub const MAX_REQUEST_BODY: usize = 1 << 20;

/// Reads the request (its body up to [`MAX_REQUEST_BODY`]), lets `handler` answer it, and gives the answer to the
/// host. A body that breaks off is a bare 400: its sender is gone.
pub async fn serve<H>(request: IncomingRequest, handler: H) -> Response
where
    H: AsyncFnOnce(&SpinPlatform, Head, Body) -> Answer,
{
    let head = head(&request);
    let Ok(body) = read_body(request, &head).await else { return Response::new(400, ()) };
    let answer = handler(&SpinPlatform::default(), head, body).await;
    let mut response = Response::builder();
    response.status(answer.status);
    // Without it the host sends chunks. 204 and 304 may not have it.
    if !matches!(answer.status, 204 | 304) {
        response.header("content-length", answer.body.len().to_string());
    }
    for (name, value) in answer.headers {
        response.header(name, value);
    }
    response.body(answer.body).build()
}

fn head(request: &IncomingRequest) -> Head {
    let text = |value: Vec<u8>| String::from_utf8_lossy(&value).into_owned();
    let header = |(name, value): (String, Vec<u8>)| (name.to_ascii_lowercase(), text(value));
    Head {
        method: request.method().to_string(),
        path_and_query: request.path_with_query().unwrap_or_else(|| "/".to_owned()),
        headers: request.headers().entries().into_iter().map(header).collect(),
    }
}

/// `Err` when the body broke off.
async fn read_body(request: IncomingRequest, head: &Head) -> Result<Body, ()> {
    let length = head.header("content-length").and_then(|value| value.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_REQUEST_BODY) {
        return Ok(Body::TooLarge);
    }
    let mut all = Vec::with_capacity(length.unwrap_or(0));
    let mut stream = pin!(request.into_body_stream());
    while let Some(chunk) = stream.try_next().await.map_err(|_| ())? {
        if all.len() + chunk.len() > MAX_REQUEST_BODY {
            return Ok(Body::TooLarge);
        }
        all.extend_from_slice(&chunk);
    }
    Ok(Body::Bytes(all))
}
