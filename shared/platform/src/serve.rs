//! One incoming request through a handler.

use integration::http::{Answer, Body, Head};
use spin_sdk::http::{Headers, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam};

use crate::{
    SpinPlatform,
    stream::{self, ReadError},
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
    let answer = match read_body(&request, &head).await {
        Some(body) => handler(&SpinPlatform::default(), head, body).await,
        None => Answer::empty(400),
    };
    give(out, answer).await;
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

/// Without the SDK's response builder, whose maps and errors are a tenth of a small guest.
async fn give(out: ResponseOutparam, answer: Answer) {
    let header = |(name, value): (String, String)| (name, value.into_bytes());
    let mut headers: Vec<_> = answer.headers.into_iter().map(header).collect();
    // Without it the host sends chunks. 204 and 304 may not have it.
    if !matches!(answer.status, 204 | 304) {
        headers.push(("content-length".to_owned(), answer.body.len().to_string().into_bytes()));
    }
    // A header that the host does not take is a mistake of ours: a bare 500, which is what an empty response is.
    let (headers, status, bytes) = match Headers::from_list(&headers) {
        Ok(headers) => (headers, answer.status, answer.body),
        Err(_) => (Headers::new(), 500, Vec::new()),
    };
    let response = OutgoingResponse::new(headers);
    let _ = response.set_status_code(status);
    let body = response.body();
    out.set(response);
    if let Ok(body) = body {
        if let Ok(stream) = body.write() {
            stream::write_all(&stream, &bytes).await;
        }
        // The caller may have gone.
        let _ = OutgoingBody::finish(body, None);
    }
}
