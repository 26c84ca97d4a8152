//! One incoming request through a handler.

use integration::http::{Answer, Body, Broken, Head, Rest};
use spin_sdk::http::{Headers, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam};

use wasi::io::streams::OutputStream;

use crate::{
    SpinPlatform,
    stream::{self, ReadError},
    wait,
};

/// Longest body of a request, in bytes.
pub const MAX_REQUEST_BODY: usize = 1 << 20;

/// Reads the request (its body up to [`MAX_REQUEST_BODY`]), lets `handler` answer it, and gives the answer to the
/// host. A body that breaks off is a bare 400: its sender is gone.
pub async fn serve<H>(request: IncomingRequest, out: ResponseOutparam, handler: H)
where
    H: AsyncFnOnce(&SpinPlatform, Head, Body) -> Answer,
{
    let head = head(&request);
    let platform = SpinPlatform::default();
    let answer = match read_body(&request, &head).await {
        Some(body) => handler(&platform, head, body).await,
        None => Answer::empty(400),
    };
    give(&platform, out, answer).await;
}

fn head(request: &IncomingRequest) -> Head {
    let text = |value: Vec<u8>| String::from_utf8_lossy(&value).into_owned();
    let header = |(name, value): (String, Vec<u8>)| (name.to_ascii_lowercase(), text(value));
    Head {
        method: method(request.method()),
        path_and_query: request.path_with_query().unwrap_or_else(|| "/".to_owned()),
        headers: request.headers().entries().into_iter().map(header).collect(),
    }
}

fn method(method: Method) -> String {
    let known = match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Connect => "CONNECT",
        Method::Options => "OPTIONS",
        Method::Trace => "TRACE",
        Method::Patch => "PATCH",
        Method::Other(other) => return other,
    };
    known.to_owned()
}

/// `None` when the body broke off.
async fn read_body(request: &IncomingRequest, head: &Head) -> Option<Body> {
    let length = head.header("content-length").and_then(|value| value.parse().ok());
    let body = request.consume().ok()?;
    let stream = body.stream().ok()?;
    match stream::read_all(&stream, length, MAX_REQUEST_BODY).await {
        Ok(bytes) => Some(Body::Bytes(bytes)),
        Err(ReadError::TooLarge) => Some(Body::TooLarge),
        Err(ReadError::Broken) => None,
    }
}

/// Not through the SDK's sink for bodies: it ends a body properly when it is dropped, and one that stops before its end
/// must be broken off.
async fn give(platform: &SpinPlatform, out: ResponseOutparam, answer: Answer) {
    let header = |(name, value): (String, String)| (name, value.into_bytes());
    let mut headers: Vec<_> = answer.headers.into_iter().map(header).collect();
    // Without it the host sends chunks, whose end tells that all of them came. 204 and 304 may not have it.
    if answer.rest.is_none() && !matches!(answer.status, 204 | 304) {
        headers.push(("content-length".to_owned(), answer.body.len().to_string().into_bytes()));
    }
    // A header that the host does not take is a mistake of ours: a bare 500, which is what an empty response is.
    let (headers, status, bytes, rest) = match Headers::from_list(&headers) {
        Ok(headers) => (headers, answer.status, answer.body, answer.rest),
        Err(_) => (Headers::new(), 500, Vec::new(), None),
    };
    let response = OutgoingResponse::new(headers);
    let _ = response.set_status_code(status);
    let body = response.body();
    out.set(response);
    let Ok(body) = body else { return };
    let whole = match body.write() {
        Ok(stream) => {
            stream::write_all(&stream, &bytes).await;
            match rest {
                Some(rest) => write_rest(platform, &stream, rest).await,
                None => true,
            }
        }
        Err(()) => true,
    };
    if whole {
        // The caller may have gone.
        let _ = OutgoingBody::finish(body, None);
    }
    // Dropped without an end the body is broken off: the host closes the connection before the last chunk.
}

/// Writes what is made meanwhile; `false` if it stops before its end.
async fn write_rest(platform: &SpinPlatform, stream: &OutputStream, mut rest: Rest) -> bool {
    loop {
        let piece = match rest.next(platform) {
            Ok(Some(piece)) => piece,
            Ok(None) => return true,
            Err(Broken) => return false,
        };
        let Some(left) = rest.left(platform) else { return false };
        // A caller that reads too slowly is left at the end of the call's time.
        match wait::within(left, stream::write_all(stream, &piece)).await {
            Some(true) => {}
            Some(false) => return false,
            None => return rest.left(platform).is_some(),
        }
    }
}
