//! Outbound HTTP through `wasi:http`, with limits: the SDK's own `send` sets none, and the host's are 600 s.

use std::time::Duration;

use iloq_client::io::{HttpRequest, HttpResponse, Method, Transport, TransportError};
use wasi::{
    clocks::monotonic_clock,
    http::{
        outgoing_handler,
        types::{
            ErrorCode, Fields, IncomingResponse, Method as WasiMethod, OutgoingBody, OutgoingRequest,
            RequestOptions, Scheme,
        },
    },
};

use crate::{
    stream::{self, ReadError},
    wait,
};

/// Longest body of an answer, in bytes. A listing of 10,000 persons is 8 MB; a guest has 128 MiB.
const MAX_ANSWER_BODY: usize = 64 << 20;
/// Longest wait for a TCP connection.
const CONNECT: Duration = Duration::from_secs(5);

/// `wasi:http/outgoing-handler`.
#[derive(Clone, Copy, Debug, Default)]
pub struct WasiHttp;

impl Transport for WasiHttp {
    async fn send(&self, request: HttpRequest, timeout: Duration) -> Result<HttpResponse, TransportError> {
        self.send_within(request, timeout, MAX_ANSWER_BODY).await
    }

    async fn send_within(
        &self,
        request: HttpRequest,
        timeout: Duration,
        most: usize,
    ) -> Result<HttpResponse, TransportError> {
        let most = most.min(MAX_ANSWER_BODY);
        // The host's limits don't cover the TLS handshake and the sending of the body; this one covers all.
        wait::within(timeout, exchange(request, timeout, most)).await.unwrap_or(Err(TransportError::Timeout))
    }
}

async fn exchange(
    request: HttpRequest,
    timeout: Duration,
    most: usize,
) -> Result<HttpResponse, TransportError> {
    let end = wait::after(timeout);
    let body = request.body.as_slice();
    let out =
        outgoing(&request).ok_or_else(|| TransportError::NotConnected("not a valid request".to_owned()))?;
    let out_body = out.body().map_err(|()| lost("the host gave no request body"))?;
    // Handed over before the body is written: else a body larger than the host's buffer would wait for ever.
    let pending = outgoing_handler::handle(out, Some(limits(timeout))).map_err(|code| failed(&code))?;
    if let Ok(stream) = out_body.write() {
        stream::write_all(&stream, body).await;
    }
    // An unfinished body is an answer that came early; the answer decides.
    let _ = OutgoingBody::finish(out_body, None);
    let response = loop {
        if let Some(answer) = pending.get() {
            break answer.map_err(|()| lost("the answer was taken twice"))?.map_err(|code| failed(&code))?;
        }
        wait::ready(pending.subscribe()).await;
    };
    let answer = read_answer(&response, most).await;
    match answer {
        // The host's limit for silence was cut to what is left, so either of the two may be first.
        Err(TransportError::Lost(_)) if monotonic_clock::now() >= end => Err(TransportError::Timeout),
        other => other,
    }
}

fn outgoing(request: &HttpRequest) -> Option<OutgoingRequest> {
    let header = |(name, value): &(&'static str, String)| ((*name).to_owned(), value.as_bytes().to_vec());
    let mut headers: Vec<(String, Vec<u8>)> = request.headers.iter().map(header).collect();
    if request.method != Method::Get || !request.body.is_empty() {
        // Without it every body goes out in chunks, an empty one too.
        headers.push(("content-length".to_owned(), request.body.len().to_string().into_bytes()));
    }
    let method = match request.method {
        Method::Get => WasiMethod::Get,
        Method::Post => WasiMethod::Post,
        Method::Put => WasiMethod::Put,
        Method::Delete => WasiMethod::Delete,
    };
    let out = OutgoingRequest::new(Fields::from_list(&headers).ok()?);
    let scheme = if request.https { Scheme::Https } else { Scheme::Http };
    out.set_method(&method).ok()?;
    out.set_scheme(Some(&scheme)).ok()?;
    out.set_authority(Some(&request.authority)).ok()?;
    out.set_path_with_query(Some(&request.path_and_query)).ok()?;
    Some(out)
}

fn limits(timeout: Duration) -> RequestOptions {
    let nanoseconds = |limit: Duration| Some(u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX));
    let options = RequestOptions::new();
    // A host that does not know a limit refuses to set it; our own holds all the same.
    let _ = options.set_connect_timeout(nanoseconds(CONNECT.min(timeout)));
    let _ = options.set_first_byte_timeout(nanoseconds(timeout));
    let _ = options.set_between_bytes_timeout(nanoseconds(timeout));
    options
}

async fn read_answer(response: &IncomingResponse, most: usize) -> Result<HttpResponse, TransportError> {
    let text = |value: Vec<u8>| String::from_utf8_lossy(&value).into_owned();
    let header = |(name, value): (String, Vec<u8>)| (name.to_ascii_lowercase(), text(value));
    let headers: Vec<_> = response.headers().entries().into_iter().map(header).collect();
    let length =
        headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let body = response.consume().map_err(|()| lost("the answer has no body"))?;
    let stream = body.stream().map_err(|()| lost("the answer's body was taken twice"))?;
    let body = stream::read_all(&stream, length, most).await.map_err(|error| match error {
        ReadError::TooLarge => TransportError::TooLarge(most),
        ReadError::Broken => lost("the answer's body broke off"),
    })?;
    Ok(HttpResponse { status: response.status(), headers, body })
}

fn lost(what: &str) -> TransportError {
    TransportError::Lost(what.to_owned())
}

/// Sorts the host's errors by the one question that matters: can the request have had its effect? In doubt, yes.
fn failed(code: &ErrorCode) -> TransportError {
    match code {
        ErrorCode::HttpRequestDenied => TransportError::Denied,
        ErrorCode::DnsTimeout
        | ErrorCode::DnsError(_)
        | ErrorCode::DestinationNotFound
        | ErrorCode::DestinationUnavailable
        | ErrorCode::DestinationIpProhibited
        | ErrorCode::DestinationIpUnroutable
        | ErrorCode::ConnectionRefused
        | ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionLimitReached
        | ErrorCode::TlsProtocolError
        | ErrorCode::TlsCertificateError
        | ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestUriTooLong => TransportError::NotConnected(name(code)),
        ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => TransportError::Timeout,
        _ => TransportError::Lost(name(code)),
    }
}

/// In words where callers are likely to meet it.
fn name(code: &ErrorCode) -> String {
    let words = match code {
        ErrorCode::DnsTimeout => "DNS timeout",
        ErrorCode::DnsError(_) => "DNS error",
        ErrorCode::DestinationNotFound => "destination not found",
        ErrorCode::DestinationUnavailable => "destination unavailable",
        ErrorCode::DestinationIpProhibited => "destination IP prohibited",
        ErrorCode::DestinationIpUnroutable => "destination IP unroutable",
        ErrorCode::ConnectionRefused => "connection refused",
        ErrorCode::ConnectionTerminated => "connection terminated",
        ErrorCode::ConnectionTimeout => "connection timeout",
        ErrorCode::ConnectionLimitReached => "connection limit reached",
        ErrorCode::TlsProtocolError => "TLS protocol error",
        ErrorCode::TlsCertificateError => "TLS certificate error",
        ErrorCode::TlsAlertReceived(_) => "TLS alert received",
        ErrorCode::HttpProtocolError => "HTTP protocol error",
        ErrorCode::HttpResponseIncomplete => "the answer is incomplete",
        ErrorCode::InternalError(None) => "internal error of the host",
        other => return other.to_string(),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_errors_from_before_the_sending_say_that_nothing_happened() {
        assert_eq!(failed(&ErrorCode::HttpRequestDenied), TransportError::Denied);
        assert!(!failed(&ErrorCode::ConnectionRefused).may_have_acted());
        assert!(!failed(&ErrorCode::TlsCertificateError).may_have_acted());
        for code in
            [ErrorCode::HttpProtocolError, ErrorCode::ConnectionTerminated, ErrorCode::ConnectionReadTimeout]
        {
            assert!(failed(&code).may_have_acted(), "{code:?}");
        }
    }
}
